//! The recorded events of one type in one room, and what becomes of them.

use std::collections::VecDeque;
use std::ops::Range;

/// A log of so few places is not worth shrinking.
const SMALL_LOG: usize = 16;

/// What can be remembered.
pub(crate) trait Record: Clone {
    /// How much memory it takes.
    fn bytes(&self) -> usize;
}

/// The recorded events of one type.
#[derive(Debug)]
pub(super) struct Log<P> {
    pub(super) entries: VecDeque<(u64, P)>,
    /// How many of them, from the oldest, are evicted.
    pub(super) evicted: usize,
    /// The offset of the newest event that has been taken over.
    pub(super) taken: u64,
    /// The offset of the newest event that is not here any more.
    pub(super) removed_upto: u64,
    /// The offset of the newest event that is not here, and that nobody has taken over although someone should.
    pub(super) lost: u64,
    /// There is nothing older anywhere.
    pub(super) is_complete: bool,
}

/// What becomes of an event that falls out of the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evict {
    /// It is forgotten: nobody takes it over.
    Forget,
    /// It waits to be taken over.
    Keep,
    /// It waits, and the one that has waited for longest is lost: too many wait.
    Lose,
}

/// What has become of remembered events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Bytes that are remembered now.
    pub(crate) recorded: usize,
    /// Events that have begun to wait to be taken over, and their bytes, which are not counted as remembered any more.
    pub(crate) evicted: Amount,
    /// Events that have ceased to wait.
    pub(crate) taken: Amount,
    /// How many of these were not taken over, but lost.
    pub(crate) lost: usize,
}

/// So many events, and how much memory they take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Amount {
    fn add(&mut self, bytes: usize) {
        self.events += 1;
        self.bytes += bytes;
    }
}

impl<P: Record> Log<P> {
    pub(super) fn new() -> Self {
        Self { entries: VecDeque::new(), evicted: 0, taken: 0, removed_upto: 0, lost: 0, is_complete: false }
    }

    /// Makes room for one more, and for no more than there may be in the end: `VecDeque` would double.
    pub(super) fn make_room(&mut self, limit: usize) {
        let (len, most) = (self.entries.len(), limit.saturating_add(1));
        if len == self.entries.capacity() && len < most && most < 2 * len {
            self.entries.reserve_exact(most - len);
        }
    }

    /// Which entries wait to be taken over.
    pub(super) fn waiting(&self) -> Range<usize> {
        let evicted = self.entries.range(..self.evicted);
        // What was taken over and is pinned stands before what waits.
        let taken = evicted.take_while(|(offset, _)| *offset <= self.taken).count();
        taken..self.evicted
    }

    /// Frees the memory of events that are gone. Where the gaps are stays known.
    pub(super) fn shrink(&mut self) {
        let (len, places) = (self.entries.len(), self.entries.capacity());
        if len == 0 || (places > SMALL_LOG && places / 4 > len) {
            self.entries.shrink_to(2 * len);
        }
    }

    /// Evicts the oldest event that is not evicted yet.
    pub(super) fn evict_one(&mut self, evict: Evict, change: &mut Change) {
        let Some((_, packet)) = self.entries.get(self.evicted) else { return };
        change.evicted.add(packet.bytes());
        self.evicted += 1;
        if evict == Evict::Keep {
            return;
        }
        let is_taken = self.entries.front().is_some_and(|(offset, _)| *offset <= self.taken);
        self.forget_oldest(change);
        if evict == Evict::Lose && !is_taken {
            self.lost = self.removed_upto;
            change.lost += 1;
        }
    }

    /// Forgets the oldest event, which is evicted.
    pub(super) fn forget_oldest(&mut self, change: &mut Change) {
        let Some((offset, packet)) = self.entries.pop_front() else { return };
        self.evicted = self.evicted.saturating_sub(1);
        self.removed_upto = offset;
        self.is_complete = false;
        change.taken.add(packet.bytes());
    }
}
