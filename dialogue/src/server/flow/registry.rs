//! Entries that an application registers for single rooms at run time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::RwLock;

use crate::room::RoomId;

/// Entries by room. Each has a number by which it is removed.
pub(crate) struct Registry<T> {
    by_room: RwLock<HashMap<RoomId, Vec<(u64, T)>>>,
    next: AtomicU64,
    /// The number of entries. It makes the common case of no entries cheap.
    len: AtomicUsize,
}

impl<T> Registry<T> {
    pub(crate) fn add(&self, room: RoomId, entry: T) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut by_room = self.by_room.write();
        by_room.entry(room).or_default().push((number, entry));
        self.len.fetch_add(1, Ordering::Release);
        number
    }

    pub(crate) fn remove(&self, room: &RoomId, number: u64) {
        let mut by_room = self.by_room.write();
        if let Some(entries) = by_room.get_mut(room) {
            let before = entries.len();
            entries.retain(|(own, _)| *own != number);
            self.len.fetch_sub(before - entries.len(), Ordering::Release);
            if entries.is_empty() {
                by_room.remove(room);
            }
        }
    }

    /// Removes all entries.
    pub(crate) fn clear(&self) {
        let mut by_room = self.by_room.write();
        by_room.clear();
        self.len.store(0, Ordering::Release);
    }

    /// Whether nothing is registered for any room.
    pub(crate) fn is_empty(&self) -> bool {
        self.len.load(Ordering::Acquire) == 0
    }

    /// Returns the results of `pick` for the entries of a room, in the order of registration.
    pub(crate) fn of<U>(&self, room: &RoomId, pick: impl FnMut(&T) -> Option<U>) -> Vec<U> {
        if self.is_empty() {
            return Vec::new();
        }
        let by_room = self.by_room.read();
        let Some(entries) = by_room.get(room) else { return Vec::new() };
        entries.iter().map(|(_, entry)| entry).filter_map(pick).collect()
    }
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self { by_room: RwLock::default(), next: AtomicU64::new(0), len: AtomicUsize::new(0) }
    }
}
