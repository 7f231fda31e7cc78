//! The history of rooms: recording events, evicting them, and reading from memory and the store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::error::HistoryError;
use crate::protocol::EventMessage;
use crate::server::connection::{LiveRoom, Packet};
use crate::server::state::{Change, Gap, Missing, Old, Page};

use super::cleanup;
use super::core::Core;
use super::store::Store;

/// A part of the history of one event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// From `start` to `end`, counted from the newest.
    Newest { start: usize, end: usize },
    /// Up to `count` events older than the offset `before`.
    Before { offset: u64, count: usize },
}

/// Called when an event has been recorded. Updates the counts, and passes evicted events to the store.
pub(crate) fn recorded(core: &Arc<Core>, room: &Arc<LiveRoom>, change: Change) {
    let retention = &core.retention;
    retention.account(room, change);
    let is_new = !room.is_listed.load(Ordering::Relaxed);
    if is_new {
        retention.list(room);
        if room.is_closed() {
            // The room may have evicted everything before it was added to the list.
            shed(core, room);
        }
    }
    if change.evicted.events > change.taken.events {
        cleanup::begin(core, room);
    }
    if is_new || retention.is_full(room) {
        while let Some(surplus) = retention.surplus(room) {
            shed(core, &surplus);
        }
    }
}

/// Evicts the history of a room and passes it to the store.
pub(crate) fn shed(core: &Arc<Core>, room: &Arc<LiveRoom>) {
    core.retention.unlist(room);
    core.retention.account(room, room.shed(core.retention.evict(room)));
    cleanup::begin(core, room);
}

/// Evicts the history of all rooms, because the server stops.
pub(crate) fn shed_all(core: &Arc<Core>) {
    for room in core.retention.rooms() {
        shed(core, &room);
    }
}

/// While this guard exists, memory keeps all events that have been stored, so that reads of memory and of the store are
/// consistent.
pub(crate) struct Pin {
    core: Arc<Core>,
    room: Arc<LiveRoom>,
}

impl Pin {
    pub(crate) fn new(core: &Arc<Core>, room: &Arc<LiveRoom>) -> Self {
        room.pin();
        Self { core: Arc::clone(core), room: Arc::clone(room) }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.core.retention.account(&self.room, self.room.unpin());
    }
}

/// Returns a part of one type's history, newest first, as encoded events.
pub(crate) async fn page(
    core: &Arc<Core>,
    room: &Arc<LiveRoom>,
    event: &str,
    part: Part,
) -> Result<Vec<Packet>, HistoryError> {
    if !room.profile.carries_event(event) {
        return Err(HistoryError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_owned() });
    }
    let max = core.config.max_history_page;
    let is_range = match part {
        Part::Newest { start, end } => start <= end && end - start <= max,
        Part::Before { count, .. } => count <= max,
    };
    if !is_range {
        return Err(HistoryError::Range { max });
    }
    let Page { mut events, older, older_than, overlaps } = match part {
        Part::Newest { start, end } => room.newest(event, start, end),
        Part::Before { offset, count } => room.before(event, offset, count),
    };
    if let Some((start, count)) = older {
        let store = Store { core, room, event, older_than };
        let loaded = store.read(start..start.saturating_add(count), overlaps).await?;
        events.extend(loaded.events.iter().map(stored));
    }
    Ok(events)
}

/// Encodes an event from the store. Its text is not shared.
fn stored(message: &EventMessage) -> Packet {
    Packet::of_room(message, 256).private()
}

/// Loads the events that a new member should receive and that are not in memory, newest first.
pub(crate) async fn older(
    core: &Arc<Core>,
    room: &Arc<LiveRoom>,
    missing_for_sync: Vec<Missing>,
) -> Vec<(Missing, Vec<Old<Packet>>)> {
    let mut older = Vec::new();
    for missing in missing_for_sync {
        let store = Store { core, room, event: &missing.event, older_than: missing.upto + 1 };
        // A join does not fail if the store fails. The failure is logged.
        let Ok(loaded) = store.read(0..missing.count, true).await else { continue };
        if loaded.is_all && loaded.events.len() < missing.count {
            room.set_complete(&missing);
        }
        let old =
            |event: &EventMessage| Old { offset: event.offset, timestamp: event.timestamp, packet: stored(event) };
        older.push((missing, loaded.events.iter().map(old).collect()));
    }
    older
}

/// Loads the events of a gap in memory. Returns `None` if some of them are not available.
pub(crate) async fn fill(core: &Arc<Core>, room: &Arc<LiveRoom>, gap: &Gap) -> Option<Vec<(u64, Packet)>> {
    core.hooks.on_load.as_ref()?;
    // Offsets count the events of all types, so one type has at most this many.
    let most = usize::try_from(gap.upto - gap.after).unwrap_or(usize::MAX);
    let count = most.min(core.config.max_history_page);
    let store = Store { core, room, event: &gap.event, older_than: gap.upto + 1 };
    let loaded = store.read(0..count, true).await.ok()?;
    let is_all = loaded.is_all || count == most;
    let mut events = Vec::with_capacity(loaded.events.len());
    for event in loaded.events {
        match event.offset {
            Some(offset) if offset > gap.after => events.push((offset, stored(&event))),
            // The remaining events are older, so nothing before them is missing.
            _ => return Some(events),
        }
    }
    is_all.then_some(events)
}
