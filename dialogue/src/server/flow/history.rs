//! The history of rooms: recording events, making rooms forget, and reading from memory and the store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::error::HistoryError;
use crate::protocol::EventMessage;
use crate::server::connection::{LiveRoom, Packet};
use crate::server::state::{Change, Gap, Missing, Old, Page};

use super::cleanup;
use super::core::Core;
use super::store::Store;

/// Which part of a type's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// From `start` to `end`, counted from the newest.
    Newest { start: usize, end: usize },
    /// Up to `count` events older than the offset `before`.
    Before { offset: u64, count: usize },
}

/// An event has been recorded: keeps count, and has evicted events taken over.
pub(crate) fn recorded(core: &Arc<Core>, room: &Arc<LiveRoom>, change: Change) {
    let retention = &core.retention;
    retention.account(room, change);
    let is_new = !room.is_listed.load(Ordering::Relaxed);
    if is_new {
        retention.list(room);
        if room.is_closed() {
            // It may have forgotten everything before it was on the list.
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

/// Makes a room forget; what it remembered is taken over.
pub(crate) fn shed(core: &Arc<Core>, room: &Arc<LiveRoom>) {
    core.retention.unlist(room);
    core.retention.account(room, room.shed(core.retention.evict(room)));
    cleanup::begin(core, room);
}

/// Makes every room forget: the server stops.
pub(crate) fn shed_all(core: &Arc<Core>) {
    for room in core.retention.rooms() {
        shed(core, &room);
    }
}

/// As long as this lives, memory lets go of nothing that the store has taken over: what is read of the one and of the other
/// fits together.
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

/// A part of one type's history, newest first, as encoded events.
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

/// An event from the store, as it is sent: no one else has its text.
fn stored(message: &EventMessage) -> Packet {
    Packet::of_room(message, 256).private()
}

/// What memory lacks for a new member, from the store: newest first.
pub(crate) async fn older(
    core: &Arc<Core>,
    room: &Arc<LiveRoom>,
    missing_for_sync: Vec<Missing>,
) -> Vec<(Missing, Vec<Old<Packet>>)> {
    let mut older = Vec::new();
    for missing in missing_for_sync {
        let store = Store { core, room, event: &missing.event, older_than: missing.upto + 1 };
        // A join does not fail because the store does; the log says so.
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

/// The events that a gap in memory hides, from the store; `None` when they cannot all be had.
pub(crate) async fn fill(core: &Arc<Core>, room: &Arc<LiveRoom>, gap: &Gap) -> Option<Vec<(u64, Packet)>> {
    core.hooks.on_load.as_ref()?;
    // Offsets count the events of all types, so there are not more than this of one.
    let most = usize::try_from(gap.upto - gap.after).unwrap_or(usize::MAX);
    let count = most.min(core.config.max_history_page);
    let store = Store { core, room, event: &gap.event, older_than: gap.upto + 1 };
    let loaded = store.read(0..count, true).await.ok()?;
    let is_all = loaded.is_all || count == most;
    let mut events = Vec::with_capacity(loaded.events.len());
    for event in loaded.events {
        match event.offset {
            Some(offset) if offset > gap.after => events.push((offset, stored(&event))),
            // From here on it is older: nothing is missing before it.
            _ => return Some(events),
        }
    }
    is_all.then_some(events)
}
