//! Deduplication of events. A trigger whose message id (an idempotency key) the user has used within the window is not
//! published again, and receives the first answer.
//!
//! A message that is being published has a cell, and duplicates wait for it. A published message has an entry of a
//! fixed size. All messages of a user are in the same shard, because they are counted per user.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::protocol::Triggered;
use crate::room::UserId;
use crate::server::config::Config;
use crate::server::state::{MessageIds, MessageKey, Publication};

/// The number of shards, which can be locked independently.
const SHARDS: usize = 16;

/// Maximum number of entries of a shard: their numbers have 32 bits.
const MOST_IDS: usize = 1 << 30;

/// The answer to a message, once it is known. Duplicates wait for it.
type Answer = Arc<OnceCell<Triggered>>;

/// The messages that users have sent with an id.
pub(crate) struct Dedup {
    /// The hashers of the user and of the whole message; see [`MessageKey`].
    hashers: [RandomState; 2],
    shards: [Mutex<Shard>; SHARDS],
    /// The number of messages in all shards, including those in flight.
    total: AtomicUsize,
    max: usize,
    started: Instant,
}

struct Shard {
    published: MessageIds,
    /// The messages that are being published.
    in_flight: HashMap<MessageKey, Answer>,
}

/// The state of a message.
pub(crate) enum Seen<'a> {
    /// The message was published.
    Published(Triggered),
    /// The message is to be published, unless another task is publishing it.
    Open(Place<'a>),
}

/// The slot of a message that is being published. Dropping it stores the answer, or releases the slot if there is none.
pub(crate) struct Place<'a> {
    /// Set by the task that publishes the message.
    pub(crate) answer: Answer,
    dedup: &'a Dedup,
    key: MessageKey,
}

/// The table is full, and no entry has expired.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full {
    pub(crate) max: usize,
    pub(crate) retry_after: Duration,
}

impl Dedup {
    pub(crate) fn new(config: &Config) -> Self {
        let window = millis(config.message_id_window);
        let shard =
            || Shard { published: MessageIds::new(window, config.max_message_ids_per_user), in_flight: HashMap::new() };
        Self {
            hashers: [RandomState::new(), RandomState::new()],
            shards: std::array::from_fn(|_| Mutex::new(shard())),
            total: AtomicUsize::new(0),
            max: config.max_message_ids.min(MOST_IDS),
            started: Instant::now(),
        }
    }

    /// Returns the state of the message `id` of this user in the room of this epoch. A new message takes a slot, and is
    /// refused if the table is full. Entries of other users are never discarded before they expire.
    pub(crate) fn look_up(&self, user: &UserId, epoch: &str, id: &str) -> Result<Seen<'_>, Full> {
        let [users, messages] = &self.hashers;
        let key = MessageKey { user: users.hash_one(user), message: messages.hash_one((user, epoch, id)) };
        if let Some(seen) = self.try_look_up(key) {
            return Ok(seen);
        }
        // Other shards may contain expired messages.
        let retry_after = self.expire_all();
        self.try_look_up(key).ok_or(Full { max: self.max, retry_after })
    }

    /// Returns `None` if the table is full.
    fn try_look_up(&self, key: MessageKey) -> Option<Seen<'_>> {
        let mut shard = self.shard(key).lock();
        self.expire(&mut shard.published);
        if let Some(Publication { timestamp, offset }) = shard.published.get(key) {
            return Some(Seen::Published(Triggered { timestamp, offset }));
        }
        let answer = match shard.in_flight.get(&key) {
            Some(answer) => Arc::clone(answer),
            None if self.total.fetch_add(1, Ordering::Relaxed) < self.max => {
                Arc::clone(shard.in_flight.entry(key).or_default())
            }
            None => {
                self.total.fetch_sub(1, Ordering::Relaxed);
                return None;
            }
        };
        Some(Seen::Open(Place { answer, dedup: self, key }))
    }

    /// Removes expired messages from all shards. Returns the time until the next one expires.
    fn expire_all(&self) -> Duration {
        let expiries = self.shards.iter().filter_map(|shard| {
            let mut shard = shard.lock();
            self.expire(&mut shard.published);
            shard.published.next_expiry()
        });
        let next = expiries.min().map_or(Duration::ZERO, Duration::from_millis);
        next.saturating_sub(self.started.elapsed())
    }

    fn expire(&self, published: &mut MessageIds) {
        let before = published.len();
        published.expire(self.now());
        self.total.fetch_sub(before - published.len(), Ordering::Relaxed);
    }

    fn shard(&self, key: MessageKey) -> &Mutex<Shard> {
        // The hash tables of a shard use the low bits and the highest seven, so the shard is chosen by others.
        &self.shards[(key.user >> 32) as usize % SHARDS]
    }

    fn now(&self) -> u64 {
        millis(self.started.elapsed())
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Self { answer, dedup, key } = self;
        let mut shard = dedup.shard(*key).lock();
        let Shard { published, in_flight } = &mut *shard;
        // Another waiting task may have released the slot already, and a third one may have taken a new one.
        if !in_flight.get(key).is_some_and(|own| Arc::ptr_eq(own, answer)) {
            return;
        }
        if let Some(Triggered { timestamp, offset }) = answer.get().copied() {
            in_flight.remove(key);
            let before = published.len();
            published.insert(*key, Publication { timestamp, offset }, dedup.now());
            // An older message of the user may have been discarded for it.
            dedup.total.fetch_sub(before + 1 - published.len(), Ordering::Relaxed);
        } else if Arc::strong_count(answer) <= 2 {
            // No other task waits for this slot: only the map and this task refer to it.
            in_flight.remove(key);
            dedup.total.fetch_sub(1, Ordering::Relaxed);
        }
        if in_flight.is_empty() && in_flight.capacity() > 64 {
            in_flight.shrink_to_fit();
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Triggered = Triggered { timestamp: 7, offset: Some(1) };

    fn dedup(max: usize, per_user: usize) -> Dedup {
        Dedup::new(&Config { max_message_ids: max, max_message_ids_per_user: per_user, ..Config::default() })
    }

    impl Dedup {
        fn open(&self, user: &str, room: &str, id: &str) -> Place<'_> {
            match self.look_up(&user.into(), room, id) {
                Ok(Seen::Open(place)) => place,
                Ok(Seen::Published(_)) => panic!("`{id}` was published"),
                Err(full) => panic!("{full:?}"),
            }
        }

        fn publish(&self, user: &str, room: &str, id: &str) {
            self.open(user, room, id).answer.set(ANSWER).expect("it is empty");
        }

        fn is_known(&self, user: &str, room: &str, id: &str) -> bool {
            let seen = self.look_up(&user.into(), room, id);
            matches!(seen, Ok(Seen::Published(Triggered { timestamp, .. })) if timestamp == ANSWER.timestamp)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_id_is_known_within_the_window_to_its_user_and_room() {
        let dedup = dedup(10, 3);
        dedup.publish("alice", "a", "1");
        tokio::time::advance(Duration::from_mins(2)).await;
        assert!(dedup.is_known("alice", "a", "1"));
        assert!(!dedup.is_known("bob", "a", "1"));
        assert!(!dedup.is_known("alice", "b", "1"));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!dedup.is_known("alice", "a", "1"));
        assert_eq!(dedup.total.load(Ordering::Relaxed), 0, "to look is to take no place");
    }

    #[tokio::test]
    async fn a_message_that_was_refused_takes_no_place() {
        let dedup = dedup(1, 1);
        drop(dedup.open("alice", "a", "1"));
        dedup.publish("alice", "a", "1");
        assert!(dedup.is_known("alice", "a", "1"));
    }

    #[tokio::test]
    async fn whoever_waits_for_a_message_that_was_refused_goes_on_with_its_place() {
        let dedup = dedup(10, 3);
        let (refused, waits) = (dedup.open("alice", "a", "1"), dedup.open("alice", "a", "1"));
        assert!(Arc::ptr_eq(&refused.answer, &waits.answer));
        drop(refused);
        let third = dedup.open("alice", "a", "1");
        assert!(Arc::ptr_eq(&waits.answer, &third.answer), "the third waits with the second");
        waits.answer.set(ANSWER).expect("it is empty");
        drop(waits);
        assert!(dedup.is_known("alice", "a", "1"));
        drop(third);
        assert!(dedup.is_known("alice", "a", "1"));
        assert_eq!(dedup.total.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_user_has_so_many_and_nobody_elses_are_forgotten() {
        let dedup = dedup(1000, 3);
        dedup.publish("bob", "a", "0");
        for id in 0..100 {
            dedup.publish("alice", "a", &id.to_string());
        }
        let known: Vec<_> = (0..100).filter(|id| dedup.is_known("alice", "a", &id.to_string())).collect();
        assert_eq!(known, [97, 98, 99]);
        assert!(dedup.is_known("bob", "a", "0"));
        assert_eq!(dedup.total.load(Ordering::Relaxed), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn when_there_is_no_place_a_new_id_is_refused_until_an_old_one_expires() {
        let dedup = dedup(10, 10);
        for user in 0..10 {
            tokio::time::advance(Duration::from_secs(1)).await;
            dedup.publish(&format!("user-{user}"), "a", "0");
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        let refused = dedup.look_up(&"mallory".into(), "a", "0").map(|_| ());
        assert_eq!(refused, Err(Full { max: 10, retry_after: Duration::from_secs(110) }));
        assert!((0..10).all(|user| dedup.is_known(&format!("user-{user}"), "a", "0")));
        tokio::time::advance(Duration::from_millis(110_001)).await;
        dedup.publish("mallory", "a", "0");
        assert!(dedup.look_up(&"eve".into(), "a", "0").is_err(), "one has expired, and not two");
        assert!(dedup.is_known("user-1", "a", "0"));
    }
}
