//! Publishing once what was sent twice: a trigger with an id that its user has used within the window is not published
//! again, and gets the first answer.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::protocol::Triggered;
use crate::room::UserId;

use crate::server::state::ExpiringMap;

/// How many users' messages are remembered at once. More would need as many who have published something within the window.
const USERS: usize = 10_000;

/// The answer to a message, once there is one. Whoever sends the same meanwhile waits for it.
pub(crate) type Answer = Arc<OnceCell<Triggered>>;

/// The ids of messages that users have sent.
pub(crate) struct Dedup {
    window: Duration,
    per_user: usize,
    users: Mutex<ExpiringMap<UserId, Recent>>,
}

#[derive(Debug, Default)]
struct Recent {
    answers: HashMap<Key, Answer>,
    /// Oldest first.
    order: VecDeque<(Duration, Key)>,
}

/// The life of a room and the id of a message.
type Key = (Box<str>, Box<str>);

impl Dedup {
    pub(crate) fn new(window: Duration, per_user: usize) -> Self {
        Self { window, per_user, users: Mutex::new(ExpiringMap::new(USERS)) }
    }

    /// The place of the answer to the message `id` of this user in the room of this epoch.
    pub(crate) fn answer(&self, user: &UserId, epoch: &str, id: &str, now: Duration) -> Answer {
        let mut users = self.users.lock();
        let is_stale = |recent: &mut Recent| {
            recent.forget(self.window, now);
            recent.order.is_empty()
        };
        let recent = users.entry(user.clone(), Recent::default, is_stale);
        recent.forget(self.window, now);
        let key = (Box::from(epoch), Box::from(id));
        if let Some(answer) = recent.answers.get(&key) {
            return Arc::clone(answer);
        }
        if recent.order.len() >= self.per_user {
            recent.forget_oldest();
        }
        let answer = Answer::default();
        recent.answers.insert(key.clone(), Arc::clone(&answer));
        recent.order.push_back((now, key));
        answer
    }

    /// The message was refused: it may be sent again, and takes no place.
    pub(crate) fn refused(&self, user: &UserId, epoch: &str, id: &str) {
        let mut users = self.users.lock();
        let Some(recent) = users.get_mut(user) else { return };
        let key = (Box::from(epoch), Box::from(id));
        // Whoever else waits for the answer goes on with this place: the map has one, and so has whoever was refused.
        let is_last = |answer: &Answer| !answer.initialized() && Arc::strong_count(answer) <= 2;
        if recent.answers.get(&key).is_some_and(is_last) {
            recent.answers.remove(&key);
            recent.order.retain(|(_, own)| *own != key);
        }
    }
}

impl Recent {
    /// Forgets what is older than the window.
    fn forget(&mut self, window: Duration, now: Duration) {
        while self.order.front().is_some_and(|(then, _)| now.saturating_sub(*then) > window) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.answers.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn an_id_is_known_within_the_window_to_its_user_and_room() {
        let dedup = Dedup::new(AT(120), 3);
        let answer = |user: &str, room: &str, id, now| dedup.answer(&user.into(), room, id, AT(now));
        let first = answer("alice", "a", "1", 0);
        assert!(Arc::ptr_eq(&first, &answer("alice", "a", "1", 120)));
        assert!(!Arc::ptr_eq(&first, &answer("bob", "a", "1", 120)));
        assert!(!Arc::ptr_eq(&first, &answer("alice", "b", "1", 120)));
        assert!(!Arc::ptr_eq(&first, &answer("alice", "a", "1", 121)));
    }

    #[test]
    fn a_message_that_was_refused_takes_no_place() {
        let dedup = Dedup::new(AT(120), 3);
        let answer = dedup.answer(&"alice".into(), "a", "1", AT(0));
        dedup.refused(&"alice".into(), "a", "1");
        let again = dedup.answer(&"alice".into(), "a", "1", AT(0));
        assert!(!Arc::ptr_eq(&answer, &again));
        again.set(Triggered { timestamp: 1, offset: None }).expect("it is empty");
        dedup.refused(&"alice".into(), "a", "1");
        assert!(Arc::ptr_eq(&again, &dedup.answer(&"alice".into(), "a", "1", AT(0))), "it was published after all");
    }

    #[test]
    fn whoever_waits_for_a_message_that_was_refused_goes_on_with_its_place() {
        let dedup = Dedup::new(AT(120), 3);
        let place = || dedup.answer(&"alice".into(), "a", "1", AT(0));
        let (refused, waits) = (place(), place());
        dedup.refused(&"alice".into(), "a", "1");
        drop(refused);
        assert!(Arc::ptr_eq(&waits, &place()), "the third waits with the second");
    }

    #[test]
    fn a_user_has_so_many_and_nobody_elses_are_forgotten() {
        let dedup = Dedup::new(AT(120), 3);
        let answer = |user: &str, id: &str| dedup.answer(&user.into(), "a", id, AT(1));
        let bobs = answer("bob", "0");
        let alices = answer("alice", "0");
        for id in 1..100 {
            answer("alice", &id.to_string());
        }
        assert!(!Arc::ptr_eq(&alices, &answer("alice", "0")));
        assert!(Arc::ptr_eq(&bobs, &answer("bob", "0")));
    }
}
