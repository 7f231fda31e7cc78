//! The limits on the history of all rooms together, and the choice of what to evict.
//!
//! Declared rooms keep their history regardless of other rooms. The other rooms have limits of their own, in total and
//! per user, so that clients that open rooms cannot evict the history of declared rooms or of other users.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use indexmap::IndexMap;
use parking_lot::Mutex;
use tracing::warn;

use crate::room::UserId;
use crate::server::config::Config;
use crate::server::connection::LiveRoom;
use crate::server::state::{Change, Evict, ExpiringMap};

/// Up to this many rooms, all rooms are compared to find the one whose latest event is oldest.
const FEW_ROOMS: usize = 32;

/// Among more rooms, this many random ones are compared, so that the cost is constant.
const SAMPLE: usize = 8;

/// The totals of the rooms' histories.
pub(crate) struct Retention {
    /// Whether a store takes evicted events.
    has_store: bool,
    max_rooms: usize,
    max_bytes: i64,
    max_rooms_per_user: usize,
    max_bytes_per_user: i64,
    max_waiting: i64,
    /// The size of the events in memory, without those that wait for the store.
    bytes: AtomicI64,
    /// The number of evicted events that wait for the store.
    waiting: AtomicI64,
    waiting_bytes: AtomicI64,
    /// The number of evicted events that were lost.
    lost: AtomicU64,
    /// Held briefly, and never together with the lock of a room: rooms are compared by values that need no lock.
    lists: Mutex<Lists>,
}

/// The rooms that have history.
struct Lists {
    declared: Pool,
    others: Pool,
    /// The rooms of users among the others.
    users: ExpiringMap<UserId, Owner>,
    random: u64,
}

#[derive(Default)]
struct Owner {
    /// The total size of the history of the user's rooms. Each room refers to it too, so that counting needs no lock.
    bytes: Arc<AtomicI64>,
    rooms: Pool,
}

/// Rooms by address, so that a room can be removed at any time.
#[derive(Default)]
struct Pool(IndexMap<usize, Arc<LiveRoom>>);

impl Retention {
    pub(crate) fn new(config: &Config, has_store: bool) -> Self {
        Self {
            has_store,
            max_rooms: config.max_history_rooms,
            max_bytes: signed(config.max_history_bytes),
            max_rooms_per_user: config.max_history_rooms_per_user,
            max_bytes_per_user: signed(config.max_history_bytes_per_user),
            max_waiting: signed(config.max_evicted_events),
            bytes: AtomicI64::new(0),
            waiting: AtomicI64::new(0),
            waiting_bytes: AtomicI64::new(0),
            lost: AtomicU64::new(0),
            lists: Mutex::new(Lists {
                declared: Pool::default(),
                others: Pool::default(),
                users: ExpiringMap::new(usize::MAX),
                random: RandomState::new().hash_one(0) | 1,
            }),
        }
    }

    /// Decides what happens to an event of this room that is evicted now.
    pub(crate) fn evict(&self, room: &LiveRoom) -> Evict {
        if !self.has_store {
            return Evict::Forget;
        }
        // The last quarter is reserved for declared rooms.
        let share = |max: i64| if room.is_declared() { max } else { max - max / 4 };
        let has_place = self.waiting.load(Ordering::Relaxed) < share(self.max_waiting)
            && self.waiting_bytes.load(Ordering::Relaxed) < share(self.max_bytes);
        if has_place { Evict::Keep } else { Evict::Lose }
    }

    /// Whether so many events wait for the store that batches should not wait for more.
    pub(crate) fn is_pressed(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > self.max_waiting / 2
            || self.waiting_bytes.load(Ordering::Relaxed) > self.max_bytes / 2
    }

    /// Updates the counts. They are signed, because the removal of an event may be counted before its addition.
    pub(crate) fn account(&self, room: &LiveRoom, change: Change) {
        let Change { recorded, evicted, taken, lost } = change;
        let add = |count: &AtomicI64, more: usize, less: usize| {
            if more != less {
                count.fetch_add(signed(more) - signed(less), Ordering::Relaxed);
            }
        };
        add(&self.bytes, recorded, evicted.bytes);
        // A room without history is not looked up when it closes.
        if recorded != evicted.bytes
            && let Some(bytes) = self.bytes_of_user(room)
        {
            add(bytes, recorded, evicted.bytes);
        }
        if self.has_store {
            add(&room.evicted, evicted.events, taken.events);
            add(&self.waiting, evicted.events, taken.events);
            add(&self.waiting_bytes, evicted.bytes, taken.bytes);
        }
        if lost > 0 {
            self.lose(room, lost);
        }
    }

    /// Returns the counter of the user who owns this room.
    fn bytes_of_user<'a>(&self, room: &'a LiveRoom) -> Option<&'a AtomicI64> {
        let bytes = room.bytes_of_user.get_or_init(|| {
            let user = room.user().filter(|_| !room.is_declared())?;
            // The entry stays as long as the room holds the counter.
            let is_stale = |owner: &mut Owner| owner.rooms.0.is_empty() && Arc::strong_count(&owner.bytes) == 1;
            let mut lists = self.lists.lock();
            Some(Arc::clone(&lists.users.entry(user.clone(), Owner::default, is_stale).bytes))
        });
        bytes.as_deref()
    }

    /// Counts events that were not stored, and logs a warning occasionally.
    pub(crate) fn lose(&self, room: &LiveRoom, events: usize) {
        let events = events as u64;
        let before = self.lost.fetch_add(events, Ordering::Relaxed);
        if before == 0 || before / 1000 != (before + events) / 1000 {
            let lost = before + events;
            warn!(room = %room.profile.id, lost, "evicted events are lost: `on_cleanup` does not keep up");
        }
    }

    /// The number of evicted events that were lost so far.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Adds a room to the list of rooms with history.
    pub(crate) fn list(&self, room: &Arc<LiveRoom>) {
        let mut lists = self.lists.lock();
        if !room.is_listed.swap(true, Ordering::Relaxed) {
            lists.pools(room, |pool| pool.add(room));
        }
    }

    pub(crate) fn unlist(&self, room: &Arc<LiveRoom>) {
        let mut lists = self.lists.lock();
        if room.is_listed.swap(false, Ordering::Relaxed) {
            lists.pools(room, |pool| pool.remove(room));
        }
    }

    /// Returns the room whose history should be evicted after an event was recorded in `room` and a limit was exceeded.
    /// The candidates are the rooms of the same user, or the rooms that are not declared, or, if there are none, the
    /// declared rooms. The one whose latest event is oldest is chosen.
    pub(crate) fn surplus(&self, room: &LiveRoom) -> Option<Arc<LiveRoom>> {
        let mut lists = self.lists.lock();
        let Lists { declared, others, users, random } = &mut *lists;
        let owner = room.user().filter(|_| !room.is_declared()).and_then(|user| users.get(user));
        let is_over = |owner: &&Owner| {
            owner.rooms.0.len() > self.max_rooms_per_user
                || owner.bytes.load(Ordering::Relaxed) > self.max_bytes_per_user
        };
        if let Some(quietest) = owner.filter(is_over).and_then(|owner| owner.rooms.quietest(random)) {
            return Some(quietest);
        }
        let is_full = self.bytes.load(Ordering::Relaxed) > self.max_bytes;
        if others.0.len() > self.max_rooms || is_full {
            let quietest = others.quietest(random);
            return quietest.or_else(|| if is_full { declared.quietest(random) } else { None });
        }
        None
    }

    /// Whether there may be a [surplus](Self::surplus). This check is cheap.
    pub(crate) fn is_full(&self, room: &LiveRoom) -> bool {
        let of_user = self.bytes_of_user(room).map_or(0, |bytes| bytes.load(Ordering::Relaxed));
        of_user > self.max_bytes_per_user || self.bytes.load(Ordering::Relaxed) > self.max_bytes
    }

    /// The rooms that have history.
    pub(crate) fn rooms(&self) -> Vec<Arc<LiveRoom>> {
        let lists = self.lists.lock();
        lists.declared.0.values().chain(lists.others.0.values()).cloned().collect()
    }

    /// Counts the waiting events as lost, because no task will store them. Returns their number.
    pub(crate) fn lose_rest(&self) -> u64 {
        let waiting = u64::try_from(self.waiting.swap(0, Ordering::Relaxed)).unwrap_or_default();
        self.lost.fetch_add(waiting, Ordering::Relaxed);
        waiting
    }

    pub(crate) fn has_store(&self) -> bool {
        self.has_store
    }
}

impl Lists {
    /// The lists that a room belongs on.
    fn pools(&mut self, room: &LiveRoom, mut change: impl FnMut(&mut Pool)) {
        if room.is_declared() {
            return change(&mut self.declared);
        }
        change(&mut self.others);
        if let Some(owner) = room.user().and_then(|user| self.users.get_mut(user)) {
            change(&mut owner.rooms);
        }
    }
}

impl Pool {
    fn add(&mut self, room: &Arc<LiveRoom>) {
        self.0.insert(address(room), Arc::clone(room));
    }

    fn remove(&mut self, room: &Arc<LiveRoom>) {
        self.0.swap_remove(&address(room));
    }

    /// The room whose latest event is oldest. With many rooms the choice is approximate.
    fn quietest(&self, random: &mut u64) -> Option<Arc<LiveRoom>> {
        let len = self.0.len();
        let recorded_at = |room: &&Arc<LiveRoom>| room.recorded_at();
        let quietest = if len <= FEW_ROOMS {
            self.0.values().min_by_key(recorded_at)
        } else {
            let sample = (0..SAMPLE).filter_map(|_| self.0.get_index(next(random) % len).map(|(_, room)| room));
            sample.min_by_key(recorded_at)
        };
        quietest.map(Arc::clone)
    }
}

fn address(room: &Arc<LiveRoom>) -> usize {
    Arc::as_ptr(room).addr()
}

/// Returns the next number of a pseudorandom sequence (xorshift), which need not be unpredictable.
fn next(random: &mut u64) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    (*random >> 32) as usize
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
