//! The past of rooms: recording it, handing over what is evicted, and reading it, from memory and then from the store.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use tracing::{error, warn};

use crate::error::HistoryError;
use crate::event::Event;
use crate::protocol::EventMessage;
use crate::room::EventOf;

use super::client::Client;
use super::hooks;
use super::packet::Packet;
use super::past::{Evicted, Query};
use super::room::Room;
use super::shared::Shared;
use super::state::{Change, Gap, Lack, LiveRoom, Page};

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

/// Events that are being read. An `async fn` would make rustc say three times that a room does not carry an event.
type Past<E> = BoxFuture<'static, Result<Vec<EventMessage<E>>, HistoryError>>;

impl<K> Room<K> {
    /// The events of one type in a range that is counted from the newest, newest first: from memory, and past that from
    /// the store, with [`on_load`](crate::DialogueBuilder::on_load).
    ///
    /// ```
    /// # use dialogue::Dialogue;
    /// # #[derive(Debug, serde::Serialize, serde::Deserialize, dialogue::Event)]
    /// # #[event(history = 100)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dialogue::Error> {
    /// # let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
    /// dialogue.trigger(General, Message { text: "first".into() }).await?;
    /// dialogue.trigger(General, Message { text: "second".into() }).await?;
    /// let newest = dialogue.room(General).history::<Message>(0..20).await?;
    /// assert_eq!((newest.len(), newest[0].data.text.as_str()), (2, "second"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`HistoryError`] when the room does not carry the event, the range is none or too long, or older events cannot be
    /// loaded or decoded.
    pub fn history<E: Event + EventOf<K>>(&self, range: Range<usize>) -> Past<E> {
        self.part(Part::Newest { start: range.start, end: range.end })
    }

    /// Up to `count` events of one type that are older than the one at `offset`, newest first. Unlike a range, this does
    /// not drift while new events arrive.
    ///
    /// # Errors
    ///
    /// As for [`history`](Self::history).
    pub fn history_before<E: Event + EventOf<K>>(&self, offset: u64, count: usize) -> Past<E> {
        self.part(Part::Before { offset, count })
    }

    /// The events of a type that is known by its name only, in a range that is counted from the newest, newest first.
    ///
    /// # Errors
    ///
    /// As for [`history`](Self::history).
    pub async fn history_named(&self, event: &str, range: Range<usize>) -> Result<Vec<EventMessage>, HistoryError> {
        let part = Part::Newest { start: range.start, end: range.end };
        let fault = |source: serde_json::Error| HistoryError::Decode { event: event.to_owned(), source: source.into() };
        let events = page(self.shared(), self.state(), event, part).await?;
        events.iter().map(|event| serde_json::from_str(event.envelope()).map_err(fault)).collect()
    }

    fn part<E: Event>(&self, part: Part) -> Past<E> {
        let (shared, room) = (Arc::clone(self.shared()), Arc::clone(self.state()));
        async move { page(&shared, &room, E::NAME, part).await?.iter().map(decoded).collect() }.boxed()
    }
}

fn decoded<E: Event>(event: &Packet) -> Result<EventMessage<E>, HistoryError> {
    let fault = |source: serde_json::Error| HistoryError::Decode { event: E::NAME.to_owned(), source: source.into() };
    let message: EventMessage<Box<RawValue>> = serde_json::from_str(event.envelope()).map_err(fault)?;
    let data = E::from_json(message.data.get()).map_err(fault)?;
    Ok(message.with(data))
}

/// An event has been recorded: keeps count, and has evicted events taken over.
pub(crate) fn recorded(shared: &Arc<Shared>, room: &Arc<LiveRoom<Client>>, change: Change) {
    let memory = &shared.memory;
    memory.account(room, change);
    let is_new = !room.is_listed.load(Ordering::Relaxed);
    if is_new {
        memory.list(room);
        if room.is_closed() {
            // It may have forgotten everything before it was on the list.
            shed(shared, room);
        }
    }
    if change.evicted.events > change.taken.events {
        clean(shared, room);
    }
    if is_new || memory.is_full() {
        while let Some(surplus) = memory.surplus() {
            shed(shared, &surplus);
        }
    }
}

/// Makes a room forget; what it remembered is taken over.
pub(crate) fn shed(shared: &Arc<Shared>, room: &Arc<LiveRoom<Client>>) {
    shared.memory.unlist(room);
    shared.memory.account(room, room.shed(shared.memory.evict()));
    clean(shared, room);
}

/// Makes every room forget: the server stops.
pub(crate) fn shed_all(shared: &Arc<Shared>) {
    for room in shared.memory.rooms() {
        shed(shared, &room);
    }
}

/// Starts to hand over what a room has evicted, unless someone does already.
fn clean(shared: &Arc<Shared>, room: &Arc<LiveRoom<Client>>) {
    if shared.memory.has_store() && !room.is_being_cleaned.swap(true, Ordering::AcqRel) {
        shared.tasks.spawn(hand_over_all(Arc::clone(shared), Arc::clone(room)));
    }
}

async fn hand_over_all(shared: Arc<Shared>, room: Arc<LiveRoom<Client>>) {
    let mut pause = FIRST_PAUSE;
    while !shared.stopped.is_cancelled() {
        while let Some(batch) = room.batch(BATCH).filter(|_| !shared.stopped.is_cancelled()) {
            let last = batch.entries.last().map_or(0, |(offset, _)| *offset);
            let events: Vec<_> =
                batch.entries.iter().filter_map(|(_, packet)| serde_json::from_str(packet.envelope()).ok()).collect();
            if events.len() < batch.entries.len() {
                // What cannot be read was checked before it was published, so this is a bug of ours; but not in silence.
                error!(room = %room.profile.id, event = &*batch.event, "an event cannot be handed over");
                shared.memory.lose(&room, batch.entries.len() - events.len());
            }
            let evicted = Evicted {
                room: Room::new(&shared, Arc::clone(&room)),
                event: batch.event.clone().into(),
                epoch: room.epoch.clone(),
                events,
            };
            if hand_over(&shared, evicted).await {
                shared.memory.account(&room, room.taken(&batch.event, last));
                pause = FIRST_PAUSE;
            } else {
                wait(&shared, pause).await;
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
async fn wait(shared: &Shared, pause: Duration) {
    let (pause, sooner) = if shared.stopping.is_cancelled() {
        (pause.min(LAST_PAUSE), &shared.stopped)
    } else {
        (pause, &shared.stopping)
    };
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = sooner.cancelled() => {}
    }
}

/// As long as this lives, memory lets go of nothing that the store has taken over: what is read of the one and of the other
/// fits together.
pub(crate) struct Pin {
    shared: Arc<Shared>,
    room: Arc<LiveRoom<Client>>,
}

impl Pin {
    pub(crate) fn new(shared: &Arc<Shared>, room: &Arc<LiveRoom<Client>>) -> Self {
        room.pin();
        Self { shared: Arc::clone(shared), room: Arc::clone(room) }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.shared.memory.account(&self.room, self.room.unpin());
    }
}

/// Whether the application has taken the events over.
async fn hand_over(shared: &Shared, evicted: Evicted) -> bool {
    let Some(hook) = &shared.hooks.on_cleanup else { return true };
    let (room, event) = (evicted.room_id().clone(), evicted.event.clone());
    match hooks::guarded("on_cleanup", shared.config.hook_timeout, || hook(evicted)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            warn!(%room, event, error, "evicted events were not taken over: trying again");
            false
        }
        Err(hooks::Failed) => false,
    }
}

/// A part of one type's history, newest first, as encoded events.
pub(crate) async fn page(
    shared: &Arc<Shared>,
    room: &Arc<LiveRoom<Client>>,
    event: &str,
    part: Part,
) -> Result<Vec<Packet>, HistoryError> {
    if !room.profile.carries_event(event) {
        return Err(HistoryError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_owned() });
    }
    let max = shared.config.max_history_page;
    let is_range = match part {
        Part::Newest { start, end } => start <= end && end - start <= max,
        Part::Before { count, .. } => count <= max,
    };
    if !is_range {
        return Err(HistoryError::Range { max });
    }
    let Page { mut events, beyond, older_than } = match part {
        Part::Newest { start, end } => room.newest(event, start, end),
        Part::Before { offset, count } => room.before(event, offset, count),
    };
    if let Some((start, count)) = beyond {
        let loaded = load(shared, room, event, start..start.saturating_add(count), older_than).await?;
        events.extend(loaded.iter().map(stored));
    }
    Ok(events)
}

/// Events from the store, newest first.
async fn load(
    shared: &Arc<Shared>,
    room: &Arc<LiveRoom<Client>>,
    event: &str,
    range: Range<usize>,
    older_than: u64,
) -> Result<Vec<EventMessage>, HistoryError> {
    let Some(hook) = &shared.hooks.on_load else { return Ok(Vec::new()) };
    let wanted = range.len();
    let load = Query {
        room: Room::new(shared, Arc::clone(room)),
        event: event.to_owned(),
        epoch: room.epoch.clone(),
        start: range.start,
        end: range.end,
        before: (older_than < u64::MAX).then_some(older_than),
    };
    let id = &room.profile.id;
    let mut loaded = match hooks::guarded("on_load", shared.config.hook_timeout, || hook(load).boxed()).await {
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

/// What memory lacks for a new member, from the store: with its time, newest first.
pub(crate) async fn older(
    shared: &Arc<Shared>,
    room: &Arc<LiveRoom<Client>>,
    lacks: Vec<Lack>,
) -> Vec<(Lack, Vec<(u64, Packet)>)> {
    let mut older = Vec::new();
    for lack in lacks {
        // A join does not fail because the store does; the log says so.
        let Ok(events) = load(shared, room, &lack.event, 0..lack.count, lack.upto + 1).await else { continue };
        if events.len() < lack.count {
            room.is_whole(&lack);
        }
        let events = events.iter().map(|event| (event.timestamp, stored(event))).collect();
        older.push((lack, events));
    }
    older
}

/// The events that a gap in memory hides, from the store; `None` when they cannot all be had.
pub(crate) async fn fill(shared: &Arc<Shared>, room: &Arc<LiveRoom<Client>>, gap: &Gap) -> Option<Vec<(u64, Packet)>> {
    shared.hooks.on_load.as_ref()?;
    // Offsets count the events of all types, so there are not more than this of one.
    let most = usize::try_from(gap.upto - gap.after).unwrap_or(usize::MAX);
    let count = most.min(shared.config.max_history_page);
    let loaded = load(shared, room, &gap.event, 0..count, gap.upto + 1).await.ok()?;
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
