//! The history of a room: the recorded events of each type, oldest first.
//!
//! An event beyond its type's limit is *evicted*. If a store takes evicted events, they stay in memory until they are
//! stored, so that memory and store together have no gap.

use indexmap::IndexMap;

use super::log::{Change, Evict, Log, Record};

/// Maximum number of stored events of a type that are kept for concurrent readers of the store. A reader that needs
/// more finds a gap.
const MOST_PINNED: usize = 1000;

/// The recorded events of one room.
#[derive(Debug)]
pub(super) struct History<P> {
    logs: IndexMap<Box<str>, Log<P>>,
    /// The number of readers of the store. While there are any, stored events stay in memory, so that reads of the
    /// store and of memory are consistent.
    pins: usize,
}

/// The oldest events of one type that wait for the store, oldest first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch<P> {
    pub(crate) event: Box<str>,
    pub(crate) entries: Vec<(u64, P)>,
}

/// A part of one type's history, newest first, and the part of it that is not in memory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<P> {
    pub(crate) events: Vec<P>,
    /// The number of older events to skip beyond those in memory, and the number to load.
    pub(crate) older: Option<(usize, usize)>,
    /// The missing events are older than this offset.
    pub(crate) older_than: u64,
    /// Whether the store may have events that are in memory.
    pub(crate) overlaps: bool,
}

/// Older events that a new member should receive and that are not in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) event: Box<str>,
    pub(crate) count: usize,
    /// The offset of the newest event that is not in memory.
    pub(crate) upto: u64,
}

/// A gap in memory: events of one type after `after`, up to `upto`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) event: Box<str>,
    pub(crate) after: u64,
    pub(crate) upto: u64,
}

impl<P: Record> History<P> {
    pub(super) fn new() -> Self {
        Self { logs: IndexMap::new(), pins: 0 }
    }

    /// Records an event. `limit` events of its type are kept.
    pub(super) fn record(&mut self, event: &str, limit: usize, evict: Evict, offset: u64, packet: P) -> Change {
        let log = match self.logs.get_mut(event) {
            Some(log) => log,
            None => self.logs.entry(event.into()).or_insert_with(Log::new),
        };
        let mut change = Change { recorded: packet.bytes(), ..Change::default() };
        log.make_room(limit);
        log.entries.push_back((offset, packet));
        if log.entries.len() - log.evicted > limit {
            log.evict_one(evict, &mut change);
        }
        change
    }

    /// Evicts everything.
    pub(super) fn shed(&mut self, evict: Evict) -> Change {
        let mut change = Change::default();
        for log in self.logs.values_mut() {
            for _ in log.evicted..log.entries.len() {
                log.evict_one(evict, &mut change);
            }
            log.shrink();
        }
        change
    }

    /// Returns the oldest events of each type that wait for the store, at most `max` per type.
    pub(super) fn batches(&self, max: usize) -> Vec<Batch<P>> {
        let batches = self.logs.iter().map(|(event, log)| {
            let entries = log.entries.range(log.waiting()).take(max).cloned().collect();
            Batch { event: event.clone(), entries }
        });
        batches.filter(|batch| !batch.entries.is_empty()).collect()
    }

    /// Whether this many events of one type wait for the store.
    pub(super) fn has_batch(&self, least: usize) -> bool {
        self.logs.values().any(|log| log.waiting().len() >= least)
    }

    /// Records that the events up to `offset` have been stored.
    pub(super) fn taken(&mut self, event: &str, offset: u64) -> Change {
        if let Some(log) = self.logs.get_mut(event) {
            let evicted = log.evicted.checked_sub(1).and_then(|last| log.entries.get(last));
            let newest = evicted.map_or(0, |(newest, _)| *newest);
            log.taken = log.taken.max(offset.min(newest));
        }
        self.purge()
    }

    /// Keeps stored events in memory until [`unpin`](Self::unpin) is called.
    pub(super) fn pin(&mut self) {
        self.pins += 1;
    }

    pub(super) fn unpin(&mut self) -> Change {
        self.pins = self.pins.saturating_sub(1);
        self.purge()
    }

    /// Removes stored events from memory, unless a reader still needs them.
    fn purge(&mut self) -> Change {
        let mut change = Change::default();
        for log in self.logs.values_mut() {
            if self.pins > 0 && log.entries.get(MOST_PINNED).is_none_or(|(offset, _)| *offset > log.taken) {
                continue;
            }
            while log.evicted > 0 && log.entries.front().is_some_and(|(at, _)| *at <= log.taken) {
                log.forget_oldest(&mut change);
            }
            log.shrink();
        }
        change
    }

    /// Returns the events `start` to `end`, counted from the newest.
    pub(super) fn newest(&self, event: &str, start: usize, end: usize) -> Page<P> {
        let Some(log) = self.logs.get(event) else { return Page::outside_memory(start, end, u64::MAX) };
        let len = log.entries.len();
        let events = log.entries.iter().rev().skip(start).take(end.saturating_sub(start));
        let events = events.map(|(_, packet)| packet.clone()).collect();
        let older = (end > len).then(|| (start.saturating_sub(len), end - start.max(len)));
        Page { events, older, older_than: log.removed_upto.saturating_add(1), overlaps: log.evicted > 0 }
    }

    /// Returns up to `count` events that are older than `offset`.
    pub(super) fn before(&self, event: &str, offset: u64, count: usize) -> Page<P> {
        let Some(log) = self.logs.get(event) else { return Page::outside_memory(0, count, offset) };
        let older = log.entries.partition_point(|(at, _)| *at < offset);
        let events: Vec<P> = log.entries.range(..older).rev().take(count).map(|(_, packet)| packet.clone()).collect();
        let missing = count - events.len();
        let older_than = offset.min(log.removed_upto + 1);
        Page { events, older: (missing > 0).then_some((0, missing)), older_than, overlaps: log.evicted > 0 }
    }

    /// Returns the newest `per_type` events of each type, newest first, as many as fit into `bytes`, and whether all of
    /// them fit.
    pub(super) fn sync(&self, per_type: usize, bytes: usize) -> (Vec<(u64, P)>, bool) {
        let newest_of = |log: &'_ Log<P>| log.entries.len().saturating_sub(per_type);
        // The remaining events of each log. There are few types, so the newest event is found by comparing all logs.
        let mut left: Vec<_> = self.logs.values().map(|log| (log, newest_of(log)..log.entries.len())).collect();
        let mut events = Vec::new();
        let mut free = bytes;
        loop {
            left.retain(|(_, rest)| !rest.is_empty());
            let newest = left.iter_mut().max_by_key(|(log, rest)| log.entries[rest.end - 1].0);
            let Some((log, rest)) = newest else { return (events, true) };
            rest.end -= 1;
            let (offset, packet) = &log.entries[rest.end];
            match free.checked_sub(packet.bytes()) {
                Some(rest) => free = rest,
                None => return (events, false),
            }
            events.push((*offset, packet.clone()));
        }
    }

    /// Returns which of the newest `count` events of a type are not in memory.
    pub(super) fn missing(&self, event: &str, count: usize) -> Option<Missing> {
        let (has, upto, is_complete) = match self.logs.get(event) {
            Some(log) => (log.entries.len(), log.removed_upto, log.is_complete),
            None => (0, 0, false),
        };
        (has < count && !is_complete).then(|| Missing { event: event.into(), count: count - has, upto })
    }

    /// Whether the missing part has not changed since it was determined.
    pub(super) fn is_still_missing(&self, missing: &Missing) -> bool {
        self.logs.get(&missing.event).map_or(0, |log| log.removed_upto) == missing.upto
    }

    /// Records that no older events exist than those that filled this missing part, unless events were discarded since.
    pub(super) fn set_complete(&mut self, missing: &Missing) {
        if self.is_still_missing(missing) {
            self.logs.entry(missing.event.clone()).or_insert_with(Log::new).is_complete = true;
        }
    }

    /// Returns the gaps in memory after `offset`, for the types that `wants` selects. Returns `None` if some events are
    /// lost.
    pub(super) fn gaps(&self, offset: u64, wants: impl Fn(&str) -> bool) -> Option<Vec<Gap>> {
        let wanted = || self.logs.iter().filter(|(event, log)| log.removed_upto > offset && wants(event));
        if wanted().any(|(_, log)| log.lost > offset) {
            return None;
        }
        Some(wanted().map(|(event, log)| Gap { event: event.clone(), after: offset, upto: log.removed_upto }).collect())
    }

    /// Returns the events after `offset` that `wants` and `is_missed` select, in no particular order.
    pub(super) fn after(
        &self,
        offset: u64,
        wants: impl Fn(&str) -> bool,
        is_missed: impl Fn(&str, u64) -> bool,
    ) -> Vec<(u64, P)> {
        let mut after = Vec::new();
        for (event, log) in self.logs.iter().filter(|(event, _)| wants(event)) {
            let newer = log.entries.partition_point(|(at, _)| *at <= offset);
            let missed = log.entries.range(newer..).filter(|(at, _)| is_missed(event, *at));
            after.extend(missed.cloned());
        }
        after
    }
}

impl<P> Page<P> {
    fn outside_memory(start: usize, end: usize, older_than: u64) -> Self {
        let older = (end > start).then(|| (start, end - start));
        Self { events: Vec::new(), older, older_than, overlaps: false }
    }
}

#[cfg(test)]
mod tests {
    use super::super::log::Amount;
    use super::*;

    impl Record for u64 {
        fn bytes(&self) -> usize {
            10
        }
    }

    /// Offsets 1 to `count`, alternately of the types `a` and `b`. `limit` events of each are kept.
    fn history(count: u64, limit: usize, evict: Evict) -> History<u64> {
        let mut history = History::new();
        for offset in 1..=count {
            history.record(if offset % 2 == 1 { "a" } else { "b" }, limit, evict, offset, offset);
        }
        history
    }

    #[test]
    fn a_page_counts_from_the_newest_and_says_what_is_beyond_memory() {
        let history = history(20, 3, Evict::Forget);
        let page = |start, end| history.newest("a", start, end);
        assert_eq!(page(0, 2), Page { events: vec![19, 17], older: None, older_than: 14, overlaps: false });
        assert_eq!(page(1, 5), Page { events: vec![17, 15], older: Some((0, 2)), older_than: 14, overlaps: false });
        assert_eq!(page(5, 9), Page { events: vec![], older: Some((2, 4)), older_than: 14, overlaps: false });
        assert_eq!(
            history.newest("c", 2, 3),
            Page { events: vec![], older: Some((2, 1)), older_than: u64::MAX, overlaps: false }
        );
        assert_eq!(page(2, 2), Page { events: vec![], older: None, older_than: 14, overlaps: false });
    }

    #[test]
    fn a_cursor_goes_on_beyond_memory() {
        let history = history(20, 3, Evict::Forget);
        let page = |offset, count| history.before("a", offset, count);
        assert_eq!(page(19, 1), Page { events: vec![17], older: None, older_than: 14, overlaps: false });
        assert_eq!(page(17, 4), Page { events: vec![15], older: Some((0, 3)), older_than: 14, overlaps: false });
        assert_eq!(page(9, 4), Page { events: vec![], older: Some((0, 4)), older_than: 9, overlaps: false });
    }

    #[test]
    fn what_nobody_takes_over_is_dropped() {
        let mut history = history(20, 3, Evict::Forget);
        let six = Amount { events: 6, bytes: 60 };
        assert_eq!(history.shed(Evict::Forget), Change { evicted: six, taken: six, lost: 0, recorded: 0 });
        assert!(history.logs.values().all(|log| log.entries.is_empty()));
        assert_eq!(history.gaps(19, |_| true), Some(vec![Gap { event: "b".into(), after: 19, upto: 20 }]));
    }

    #[test]
    fn sync_is_newest_first_and_bounded() {
        let history = history(20, 5, Evict::Forget);
        let synced = |per_type, bytes| {
            let (events, is_all) = history.sync(per_type, bytes);
            assert!(events.iter().all(|(offset, packet)| offset == packet));
            (events.into_iter().map(|(_, packet)| packet).collect::<Vec<_>>(), is_all)
        };
        assert_eq!(synced(2, 1000), (vec![20, 19, 18, 17], true));
        assert_eq!(synced(usize::MAX, 55), (vec![20, 19, 18, 17, 16], false));
        assert_eq!(synced(5, 5), (vec![], false));
        assert_eq!(synced(0, 5), (vec![], true));
    }

    #[test]
    fn what_is_evicted_stays_at_hand_until_it_is_taken_over() {
        let mut history = history(20, 3, Evict::Keep);
        assert_eq!(history.newest("a", 0, 20).events.len(), 10);
        assert_eq!(history.gaps(0, |_| true), Some(vec![]));
        let batch = |event: &str, entries| Batch { event: event.into(), entries };
        let both = [batch("a", vec![(1, 1), (3, 3)]), batch("b", vec![(2, 2), (4, 4)])];
        assert_eq!(history.batches(2), both);
        assert!(history.has_batch(7) && !history.has_batch(8), "seven wait");
        assert!(history.newest("a", 0, 1).overlaps);
        let two = Amount { events: 2, bytes: 20 };
        assert_eq!(history.taken("a", 3), Change { taken: two, ..Change::default() });
        assert_eq!(history.gaps(2, |event| event == "a"), Some(vec![Gap { event: "a".into(), after: 2, upto: 3 }]));
        assert_eq!(history.gaps(3, |_| true), Some(vec![]));
        assert_eq!(history.taken("a", 100).taken.events, 5, "what is not evicted stays");
        assert_eq!(history.newest("a", 0, 20).events, [19, 17, 15]);
        assert_eq!(history.batches(100).into_iter().map(|batch| batch.event).collect::<Vec<_>>(), ["b".into()]);
        assert_eq!(history.shed(Evict::Keep).evicted, Amount { events: 6, bytes: 60 });
        assert_eq!(history.after(0, |_| true, |_, _| true).len(), 13, "all is still at hand");
        let change = history.record("a", 0, Evict::Lose, 21, 21);
        assert_eq!(change.lost, 1);
        assert_eq!(history.after(0, |_| true, |_, _| true).len(), 13, "the oldest made room");
        assert_eq!(history.gaps(14, |_| true), None, "15 is lost");
        assert_eq!(history.gaps(15, |_| true), Some(vec![]));
    }

    #[test]
    fn a_log_that_has_become_small_frees_its_memory_and_knows_its_gaps() {
        let places = |history: &History<u64>| history.logs.values().map(|log| log.entries.capacity()).sum::<usize>();
        let mut history = history(20_000, 10, Evict::Keep);
        assert!(places(&history) >= 20_000);
        history.taken("a", 20_000);
        history.taken("b", 20_000);
        assert!(places(&history) <= 80, "{} places for 20 events", places(&history));
        history.shed(Evict::Forget);
        assert_eq!(places(&history), 0);
        assert_eq!(history.gaps(19_999, |_| true).map(|gaps| gaps[0].upto), Some(20_000));
        history.record("a", 10, Evict::Keep, 20_001, 20_001);
        assert_eq!(history.newest("a", 0, 10).older_than, 20_000);
    }

    #[test]
    fn what_is_pinned_stays_though_it_is_taken_over() {
        let mut history = history(20, 3, Evict::Keep);
        history.pin();
        assert_eq!(history.taken("a", 13), Change::default());
        assert_eq!(history.gaps(0, |_| true), Some(vec![]));
        let waiting: Vec<_> = history.batches(100).into_iter().map(|batch| batch.event).collect();
        assert_eq!(waiting, ["b".into()], "it is not handed over twice");
        let seven = Amount { events: 7, bytes: 70 };
        assert_eq!(history.unpin(), Change { taken: seven, ..Change::default() });
        assert_eq!(history.gaps(0, |event| event == "a").map(|gaps| gaps[0].upto), Some(13));
    }

    #[test]
    fn what_was_missed_is_at_hand_or_there_is_a_gap() {
        let history = history(20, 3, Evict::Forget);
        assert_eq!(history.after(16, |event| event == "b", |_, _| true), [(18, 18), (20, 20)]);
        assert_eq!(
            history.after(16, |_| true, |event, offset| event == "b" || offset < 18),
            [(17, 17), (18, 18), (20, 20)]
        );
        assert_eq!(history.gaps(14, |_| true), Some(vec![]));
        let gap = |event: &str, upto| Gap { event: event.into(), after: 12, upto };
        assert_eq!(history.gaps(12, |_| true), Some(vec![gap("a", 13), gap("b", 14)]));
        assert_eq!(history.gaps(12, |event| event == "b"), Some(vec![gap("b", 14)]));
    }
}
