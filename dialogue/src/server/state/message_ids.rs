//! The messages that were published within a window, with their answers, in about 64 bytes each.
//!
//! Entries are in a ring in the order of publication, so they expire from its front without a search. Two tables hold
//! numbers of entries: of each message, and of each user's newest entry. A user's entries form a circular list, in
//! which the newest one links to the oldest one.

use std::collections::VecDeque;

use hashbrown::HashTable;

/// The ring grows by at least this many entries.
const LEAST_GROWTH: usize = 16;

/// Marks an entry that was removed before it expired.
const FORGOTTEN: u64 = u64::MAX;

/// A message, identified by keyed hashes. Two messages of one user share a key with a probability of 2^-64, and those
/// of two users with one of 2^-128. An attacker who does not know the process's hash keys cannot search for such a
/// pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MessageKey {
    pub(crate) user: u64,
    /// A hash of the user, the epoch of the room, and the id.
    pub(crate) message: u64,
}

/// The time at which a message was published, and its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Publication {
    pub(crate) timestamp: u64,
    pub(crate) offset: Option<u64>,
}

/// The published messages of some users.
#[derive(Debug)]
pub(crate) struct MessageIds {
    /// In milliseconds, like all times in this module.
    window: u64,
    per_user: u32,
    /// Oldest first.
    ring: VecDeque<Entry>,
    /// The number of the oldest entry of the ring; numbers wrap around.
    front: u32,
    by_message: HashTable<u32>,
    /// The newest entry of each user.
    by_user: HashTable<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: MessageKey,
    at: u64,
    timestamp: u64,
    /// 0 means none, because offsets begin at 1.
    offset: u64,
    /// The user's next newer entry, or the oldest one if this is the newest.
    next: u32,
    /// The number of the user's entries; valid only in the newest one.
    count: u32,
}

impl MessageIds {
    /// Creates a table that keeps messages for `window` milliseconds, and at most the newest `per_user` of each user.
    pub(crate) fn new(window: u64, per_user: usize) -> Self {
        let per_user = u32::try_from(per_user).unwrap_or(u32::MAX).max(1);
        let (by_message, by_user) = (HashTable::new(), HashTable::new());
        Self { window, per_user, ring: VecDeque::new(), front: 0, by_message, by_user }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_message.len()
    }

    pub(crate) fn get(&self, key: MessageKey) -> Option<Publication> {
        let (ring, front) = (&self.ring, self.front);
        let number = self.by_message.find(key.message, |number| at(ring, front, *number).key == key)?;
        let Entry { timestamp, offset, .. } = *at(ring, front, *number);
        Some(Publication { timestamp, offset: (offset > 0).then_some(offset) })
    }

    /// Adds a message that is not in the table. If the user has the maximum number of messages, the user's oldest is
    /// removed.
    pub(crate) fn insert(&mut self, key: MessageKey, publication: Publication, now: u64) {
        if self.ring.len() == self.ring.capacity() {
            // A `VecDeque` would double its capacity, and half of it would be unused.
            self.ring.reserve_exact((self.ring.len() / 4).max(LEAST_GROWTH));
        }
        let Publication { timestamp, offset } = publication;
        let entry = Entry { key, at: now, timestamp, offset: offset.unwrap_or(0), next: 0, count: 1 };
        self.push(entry);
        let live = self.by_message.len();
        if self.ring.len() - live > live.max(LEAST_GROWTH) {
            self.compact();
        }
    }

    /// Removes messages that are older than the window.
    pub(crate) fn expire(&mut self, now: u64) {
        let is_over = |entry: &Entry| entry.at == FORGOTTEN || now.saturating_sub(entry.at) > self.window;
        let over = self.ring.iter().take_while(|entry| is_over(entry)).count();
        for _ in 0..over {
            self.pop();
        }
        if self.ring.capacity() > 4 * self.ring.len().max(LEAST_GROWTH) {
            let (len, front) = (self.ring.len(), self.front);
            self.ring.shrink_to(2 * len);
            self.by_message.shrink_to(len, |number| at(&self.ring, front, *number).key.message);
            self.by_user.shrink_to(len, |number| at(&self.ring, front, *number).key.user);
        }
    }

    /// Returns the time at which the next message expires, if there is any.
    pub(crate) fn next_expiry(&self) -> Option<u64> {
        let oldest = self.ring.iter().find(|entry| entry.at != FORGOTTEN)?;
        Some(oldest.at.saturating_add(self.window))
    }

    /// Appends an entry, and makes it the newest one of its user.
    fn push(&mut self, entry: Entry) {
        let Self { per_user, ring, front, by_message, by_user, .. } = self;
        let (key, front) = (entry.key, *front);
        let number = front.wrapping_add(u32::try_from(ring.len()).unwrap_or(u32::MAX));
        ring.push_back(Entry { next: number, count: 1, ..entry });
        by_message.insert_unique(key.message, number, |number| at(ring, front, *number).key.message);
        let newest = by_user.find_mut(key.user, |newest| at(ring, front, *newest).key.user == key.user);
        let Some(newest) = newest else {
            by_user.insert_unique(key.user, number, |newest| at(ring, front, *newest).key.user);
            return;
        };
        let before = at_mut(ring, front, *newest);
        let (mut oldest, mut count) = (before.next, before.count + 1);
        before.next = number;
        *newest = number;
        if count > *per_user {
            // The entry stays in the ring until it reaches the front, because closing the gap would cost more.
            let forgotten = at_mut(ring, front, oldest);
            forgotten.at = FORGOTTEN;
            if let Ok(place) = by_message.find_entry(forgotten.key.message, |number| *number == oldest) {
                place.remove();
            }
            (oldest, count) = (forgotten.next, count - 1);
        }
        let own = at_mut(ring, front, number);
        (own.next, own.count) = (oldest, count);
    }

    /// Removes the oldest entry from the ring.
    fn pop(&mut self) {
        let Self { ring, front, by_message, by_user, .. } = self;
        let (number, first) = (*front, *front);
        let Some(Entry { key, at: published, next, .. }) = ring.front().copied() else { return };
        // A removed entry is in no table and no circular list.
        if published != FORGOTTEN {
            if let Ok(place) = by_message.find_entry(key.message, |own| *own == number) {
                place.remove();
            }
            let newest = by_user.find_entry(key.user, |newest| at(ring, first, *newest).key.user == key.user);
            match newest {
                Ok(newest) if *newest.get() == number => drop(newest.remove()),
                Ok(newest) => {
                    // The ring and the circular list have the same order, so this entry was the oldest of both.
                    let newest = at_mut(ring, first, *newest.get());
                    (newest.next, newest.count) = (next, newest.count - 1);
                }
                Err(_absent) => {}
            }
        }
        ring.pop_front();
        *front = front.wrapping_add(1);
    }

    /// Rebuilds the ring and the tables without the removed entries.
    fn compact(&mut self) {
        let entries = std::mem::take(&mut self.ring);
        self.by_message.clear();
        self.by_user.clear();
        let live = entries.into_iter().filter(|entry| entry.at != FORGOTTEN);
        for entry in live {
            self.push(entry);
        }
    }
}

/// Returns the entry of this number, which must be in the ring.
fn at(ring: &VecDeque<Entry>, front: u32, number: u32) -> &Entry {
    &ring[number.wrapping_sub(front) as usize]
}

fn at_mut(ring: &mut VecDeque<Entry>, front: u32, number: u32) -> &mut Entry {
    &mut ring[number.wrapping_sub(front) as usize]
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    impl MessageIds {
        fn bytes(&self) -> usize {
            let ring = self.ring.capacity() * size_of::<Entry>();
            ring + self.by_message.allocation_size() + self.by_user.allocation_size()
        }
    }

    /// Spread like hashes are.
    fn key(user: u64, message: u64) -> MessageKey {
        let spread = |n: u64| (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        MessageKey { user: spread(user), message: spread(user << 32 | message) }
    }

    fn publication(timestamp: u64) -> Publication {
        Publication { timestamp, offset: timestamp.is_multiple_of(2).then_some(timestamp + 1) }
    }

    proptest! {
        /// Compares the table with a trivial model.
        #[test]
        fn ids_are_remembered_as_in_a_list(steps in prop::collection::vec((0..4_u64, 0..40_u64, 0..12_u64), 1..400)) {
            const WINDOW: u64 = 300;
            const PER_USER: usize = 5;
            let mut ids = MessageIds::new(WINDOW, PER_USER);
            let mut model = VecDeque::<(MessageKey, u64)>::new();
            let mut now = 0;
            for (user, message, pause) in steps {
                now += pause * pause;
                ids.expire(now);
                model.retain(|(_, at)| now - at <= WINDOW);
                let key = key(user, message);
                let known = model.iter().find(|(own, _)| *own == key).map(|(_, at)| publication(*at));
                prop_assert_eq!(ids.get(key), known);
                if known.is_none() {
                    ids.insert(key, publication(now), now);
                    let is_own = |(own, _): &(MessageKey, u64)| own.user == key.user;
                    if model.iter().filter(|entry| is_own(entry)).count() == PER_USER {
                        let oldest = model.iter().position(is_own).expect("there are some");
                        model.remove(oldest);
                    }
                    model.push_back((key, now));
                }
                prop_assert_eq!(ids.len(), model.len());
                prop_assert_eq!(ids.next_expiry(), model.front().map(|(_, at)| at + WINDOW));
                for (key, at) in &model {
                    prop_assert_eq!(ids.get(*key), Some(publication(*at)));
                }
            }
        }
    }

    #[test]
    fn an_id_takes_about_64_bytes() {
        for (users, most) in [(100, 72), (100_000, 90)] {
            let mut ids = MessageIds::new(120_000, 1000);
            for n in 0..100_000 {
                ids.insert(key(n % users, n), publication(n), n);
            }
            assert!(ids.bytes() / ids.len() <= most, "{} bytes for {users} users", ids.bytes() / ids.len());
        }
    }

    #[test]
    fn what_has_expired_or_was_forgotten_frees_its_memory() {
        let mut ids = MessageIds::new(120_000, 10);
        for n in 0..100_000 {
            ids.insert(key(n % 3, n), publication(n), n);
        }
        assert_eq!(ids.len(), 30);
        assert!(ids.bytes() < 10_000, "{} bytes of those that were forgotten", ids.bytes());
        let mut ids = MessageIds::new(120_000, 1000);
        for n in 0..100_000 {
            ids.insert(key(n % 1000, n), publication(n), n);
        }
        ids.expire(500_000);
        assert_eq!((ids.len(), ids.next_expiry()), (0, None));
        assert!(ids.bytes() < 10_000, "{} bytes of those that have expired", ids.bytes());
    }
}
