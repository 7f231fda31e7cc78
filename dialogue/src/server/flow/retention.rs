//! How much history all rooms keep together, and what is evicted beyond that.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use parking_lot::Mutex;
use tracing::warn;

use crate::server::config::Config;
use crate::server::connection::LiveRoom;
use crate::server::state::{Change, Evict};

/// The sum of the rooms' histories.
pub(crate) struct Retention {
    /// Someone takes over what is evicted.
    has_store: bool,
    max_rooms: usize,
    max_bytes: i64,
    max_waiting: i64,
    /// Of events that are remembered, without those that wait.
    bytes: AtomicI64,
    /// Evicted events that wait to be taken over.
    waiting: AtomicI64,
    waiting_bytes: AtomicI64,
    /// Evicted events that could not be taken over.
    lost: AtomicU64,
    /// The rooms that remember something.
    rooms: Mutex<Vec<Arc<LiveRoom>>>,
}

impl Retention {
    pub(crate) fn new(config: &Config, has_store: bool) -> Self {
        Self {
            has_store,
            max_rooms: config.max_history_rooms,
            max_bytes: signed(config.max_history_bytes),
            max_waiting: signed(config.max_evicted_events),
            bytes: AtomicI64::new(0),
            waiting: AtomicI64::new(0),
            waiting_bytes: AtomicI64::new(0),
            lost: AtomicU64::new(0),
            rooms: Mutex::default(),
        }
    }

    /// What becomes of an event that is evicted now.
    pub(crate) fn evict(&self) -> Evict {
        let has_room = self.waiting.load(Ordering::Relaxed) < self.max_waiting
            && self.waiting_bytes.load(Ordering::Relaxed) < self.max_bytes;
        match (self.has_store, has_room) {
            (false, _) => Evict::Forget,
            (true, true) => Evict::Keep,
            (true, false) => Evict::Lose,
        }
    }

    /// Keeps count. The counts are signed: an event's end may be counted before its beginning.
    pub(crate) fn account(&self, room: &LiveRoom, change: Change) {
        let Change { recorded, evicted, taken, lost } = change;
        let add = |count: &AtomicI64, more: usize, less: usize| {
            if more != less {
                count.fetch_add(signed(more) - signed(less), Ordering::Relaxed);
            }
        };
        add(&self.bytes, recorded, evicted.bytes);
        add(&self.waiting, evicted.events, taken.events);
        add(&self.waiting_bytes, evicted.bytes, taken.bytes);
        if lost > 0 {
            self.lose(room, lost);
        }
    }

    /// Counts events that are lost to the store, and says so now and then.
    pub(crate) fn lose(&self, room: &LiveRoom, events: usize) {
        let events = events as u64;
        let before = self.lost.fetch_add(events, Ordering::Relaxed);
        if before == 0 || before / 1000 != (before + events) / 1000 {
            let lost = before + events;
            warn!(room = %room.profile.id, lost, "evicted events are lost: `on_cleanup` does not keep up");
        }
    }

    /// How many evicted events could not be taken over, so far.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Notes that a room remembers something.
    pub(crate) fn list(&self, room: &Arc<LiveRoom>) {
        let mut rooms = self.rooms.lock();
        if !room.is_listed.swap(true, Ordering::Relaxed) {
            rooms.push(Arc::clone(room));
        }
    }

    pub(crate) fn unlist(&self, room: &Arc<LiveRoom>) {
        let mut rooms = self.rooms.lock();
        if room.is_listed.swap(false, Ordering::Relaxed) {
            rooms.retain(|listed| !Arc::ptr_eq(listed, room));
        }
    }

    /// The room that is to forget, when too much is remembered: the one in which nothing was recorded for longest.
    pub(crate) fn surplus(&self) -> Option<Arc<LiveRoom>> {
        let rooms = self.rooms.lock();
        let over = rooms.len() > self.max_rooms || self.bytes.load(Ordering::Relaxed) > self.max_bytes;
        let oldest = rooms.iter().filter(|_| over).min_by_key(|room| room.recorded_at())?;
        Some(Arc::clone(oldest))
    }

    /// Whether there may be a [surplus](Self::surplus), for a glance.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > self.max_bytes
    }

    /// The rooms that remember something.
    pub(crate) fn rooms(&self) -> Vec<Arc<LiveRoom>> {
        self.rooms.lock().clone()
    }

    /// Counts what waits as lost, as nobody is going to take it any more; how much that is.
    pub(crate) fn lose_rest(&self) -> u64 {
        let waiting = u64::try_from(self.waiting.swap(0, Ordering::Relaxed)).unwrap_or_default();
        self.lost.fetch_add(waiting, Ordering::Relaxed);
        waiting
    }

    pub(crate) fn has_store(&self) -> bool {
        self.has_store
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
