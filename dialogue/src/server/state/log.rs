//! The recorded events of one type in one room, and their eviction.

use std::collections::VecDeque;
use std::ops::Range;

/// A log of this capacity or less is not shrunk.
const SMALL_LOG: usize = 16;

/// A record of a log.
pub(crate) trait Record: Clone {
    /// The memory that it takes, in bytes.
    fn bytes(&self) -> usize;
}

/// The recorded events of one type.
#[derive(Debug)]
pub(super) struct Log<P> {
    pub(super) entries: VecDeque<(u64, P)>,
    /// The number of evicted events, which are the oldest ones.
    pub(super) evicted: usize,
    /// The offset of the newest stored event.
    pub(super) taken: u64,
    /// The offset of the newest event that is no longer in memory.
    pub(super) removed_upto: u64,
    /// The offset of the newest event that was lost: it is no longer in memory and was not stored.
    pub(super) lost: u64,
    /// Whether no older events exist anywhere.
    pub(super) is_complete: bool,
}

/// What happens to an event beyond the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evict {
    /// It is discarded, because there is no store.
    Forget,
    /// It waits for the store.
    Keep,
    /// It waits for the store, and the event that has waited longest is lost, because too many wait.
    Lose,
}

/// The changes of the counts of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Bytes that were added to memory.
    pub(crate) recorded: usize,
    /// Events that have started to wait for the store, and their bytes, which no longer count as history.
    pub(crate) evicted: Amount,
    /// Events that no longer wait.
    pub(crate) taken: Amount,
    /// How many of these were lost instead of stored.
    pub(crate) lost: usize,
}

/// A number of events, and the memory that they take.
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

    /// Reserves capacity for one more event, without exceeding the limit. `VecDeque` would double its capacity.
    pub(super) fn make_room(&mut self, limit: usize) {
        let (len, most) = (self.entries.len(), limit.saturating_add(1));
        if len == self.entries.capacity() && len < most && most < 2 * len {
            self.entries.reserve_exact(most - len);
        }
    }

    /// The indexes of the entries that wait for the store.
    pub(super) fn waiting(&self) -> Range<usize> {
        let evicted = self.entries.range(..self.evicted);
        // Stored events that are pinned precede those that wait.
        let taken = evicted.take_while(|(offset, _)| *offset <= self.taken).count();
        taken..self.evicted
    }

    /// Frees the memory of removed events. The offsets of the gaps are kept.
    pub(super) fn shrink(&mut self) {
        let (len, places) = (self.entries.len(), self.entries.capacity());
        if len == 0 || (places > SMALL_LOG && places / 4 > len) {
            self.entries.shrink_to(2 * len);
        }
    }

    /// Evicts the oldest event that is not evicted.
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

    /// Removes the oldest event, which is evicted.
    pub(super) fn forget_oldest(&mut self, change: &mut Change) {
        let Some((offset, packet)) = self.entries.pop_front() else { return };
        self.evicted = self.evicted.saturating_sub(1);
        self.removed_upto = offset;
        self.is_complete = false;
        change.taken.add(packet.bytes());
    }
}
