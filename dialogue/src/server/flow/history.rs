//! The history of rooms: recording events, handing evicted ones to the store, and reading from memory and the store.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::{error, warn};

use crate::error::HistoryError;
use crate::protocol::EventMessage;
use crate::server::connection::{LiveRoom, Packet};
use crate::server::state::{Change, Gap, Missing, Page};

use super::core::Core;
use super::hooks::{self, Eviction, LoadRequest};

/// How many events are handed over at once.
const BATCH: usize = 100;

/// How long to wait after a first failure to hand over; then twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The wait while the server stops.
const LAST_PAUSE: Duration = Duration::from_millis(200);

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
        clean(core, room);
    }
    if is_new || retention.is_full() {
        while let Some(surplus) = retention.surplus() {
            shed(core, &surplus);
        }
    }
}

/// Makes a room forget; what it remembered is taken over.
pub(crate) fn shed(core: &Arc<Core>, room: &Arc<LiveRoom>) {
    core.retention.unlist(room);
    core.retention.account(room, room.shed(core.retention.evict()));
    clean(core, room);
}

/// Makes every room forget: the server stops.
pub(crate) fn shed_all(core: &Arc<Core>) {
    for room in core.retention.rooms() {
        shed(core, &room);
    }
}

/// Starts to hand over what a room has evicted, unless someone does already.
fn clean(core: &Arc<Core>, room: &Arc<LiveRoom>) {
    if core.retention.has_store() && !room.is_being_cleaned.swap(true, Ordering::AcqRel) {
        core.tasks.spawn(hand_over_all(Arc::clone(core), Arc::clone(room)));
    }
}

async fn hand_over_all(core: Arc<Core>, room: Arc<LiveRoom>) {
    let mut pause = FIRST_PAUSE;
    while !core.stopped.is_cancelled() {
        while let Some(batch) = room.batch(BATCH).filter(|_| !core.stopped.is_cancelled()) {
            let last = batch.entries.last().map_or(0, |(offset, _)| *offset);
            let events: Vec<_> =
                batch.entries.iter().filter_map(|(_, packet)| serde_json::from_str(packet.envelope()).ok()).collect();
            if events.len() < batch.entries.len() {
                // What cannot be read was checked before it was published, so this is a bug of ours; but not in silence.
                error!(room = %room.profile.id, event = &*batch.event, "an event cannot be handed over");
                core.retention.lose(&room, batch.entries.len() - events.len());
            }
            let eviction = Eviction { room: Arc::clone(&room), event: batch.event.clone().into(), events };
            if hand_over(&core, eviction).await {
                core.retention.account(&room, room.taken(&batch.event, last));
                pause = FIRST_PAUSE;
            } else {
                wait(&core, pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        room.is_being_cleaned.store(false, Ordering::Release);
        // Something may have been evicted between the two lines above, and found someone at work.
        if room.batch(1).is_none() || room.is_being_cleaned.swap(true, Ordering::AcqRel) {
            return;
        }
    }
}

/// Waits before the next try; not for long when the server stops.
async fn wait(core: &Core, pause: Duration) {
    let (pause, sooner) =
        if core.stopping.is_cancelled() { (pause.min(LAST_PAUSE), &core.stopped) } else { (pause, &core.stopping) };
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = sooner.cancelled() => {}
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

/// Whether the application has stored the events.
async fn hand_over(core: &Arc<Core>, eviction: Eviction) -> bool {
    let Some(hook) = &core.hooks.on_cleanup else { return true };
    let (room, event) = (eviction.room.profile.id.clone(), eviction.event.clone());
    match hooks::run(core, "on_cleanup", hook, eviction).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            warn!(%room, event, error, "evicted events were not stored: trying again");
            false
        }
        Err(hooks::Failed) => false,
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
    let Page { mut events, older, older_than } = match part {
        Part::Newest { start, end } => room.newest(event, start, end),
        Part::Before { offset, count } => room.before(event, offset, count),
    };
    if let Some((start, count)) = older {
        let loaded = load(core, room, event, start..start.saturating_add(count), older_than).await?;
        events.extend(loaded.iter().map(stored));
    }
    Ok(events)
}

/// Events from the store, newest first.
async fn load(
    core: &Arc<Core>,
    room: &Arc<LiveRoom>,
    event: &str,
    range: Range<usize>,
    older_than: u64,
) -> Result<Vec<EventMessage>, HistoryError> {
    let Some(hook) = &core.hooks.on_load else { return Ok(Vec::new()) };
    let wanted = range.len();
    let request = LoadRequest {
        room: Arc::clone(room),
        event: event.to_owned(),
        start: range.start,
        end: range.end,
        before: (older_than < u64::MAX).then_some(older_than),
    };
    let id = &room.profile.id;
    let mut loaded = match hooks::run(core, "on_load", hook, request).await {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(error)) => {
            error!(room = %id, event, error, "older events could not be loaded");
            return Err(HistoryError::Internal);
        }
        Err(hooks::Failed) => return Err(HistoryError::Internal),
    };
    if loaded.len() > wanted {
        warn!(room = %id, event, wanted, got = loaded.len(), "`on_load` answered with more events than were asked for");
        loaded.truncate(wanted);
    }
    for message in &mut loaded {
        // In the room and under the name that were asked for, whatever the store says.
        message.room_id = id.clone();
        event.clone_into(&mut message.event);
    }
    Ok(loaded)
}

/// An event from the store, as it is sent: no one else has its text.
fn stored(message: &EventMessage) -> Packet {
    Packet::of_room(message, 256).private()
}

/// What memory does not have of the history for a new member, from the store: with its time, newest first.
pub(crate) async fn older(
    core: &Arc<Core>,
    room: &Arc<LiveRoom>,
    missing_for_sync: Vec<Missing>,
) -> Vec<(Missing, Vec<(u64, Packet)>)> {
    let mut older = Vec::new();
    for missing in missing_for_sync {
        // A join does not fail because the store does; the log says so.
        let Ok(events) = load(core, room, &missing.event, 0..missing.count, missing.upto + 1).await else { continue };
        if events.len() < missing.count {
            room.set_complete(&missing);
        }
        let events = events.iter().map(|event| (event.timestamp, stored(event))).collect();
        older.push((missing, events));
    }
    older
}

/// The events that a gap in memory hides, from the store; `None` when they cannot all be had.
pub(crate) async fn fill(core: &Arc<Core>, room: &Arc<LiveRoom>, gap: &Gap) -> Option<Vec<(u64, Packet)>> {
    core.hooks.on_load.as_ref()?;
    // Offsets count the events of all types, so there are not more than this of one.
    let most = usize::try_from(gap.upto - gap.after).unwrap_or(usize::MAX);
    let count = most.min(core.config.max_history_page);
    let loaded = load(core, room, &gap.event, 0..count, gap.upto + 1).await.ok()?;
    let is_all = loaded.len() < count || count == most;
    let mut events = Vec::with_capacity(loaded.len());
    for event in loaded {
        match event.offset {
            Some(offset) if offset > gap.upto => return None,
            Some(offset) if offset > gap.after => events.push((offset, stored(&event))),
            // From here on it is older: nothing is missing before it.
            _ => return Some(events),
        }
    }
    is_all.then_some(events)
}
