//! The arguments of the hooks that connect a history store.

use std::fmt;
use std::sync::Arc;

use crate::protocol::EventMessage;
use crate::room::RoomId;
use crate::server::flow::Core;
use crate::server::flow::hooks::{Eviction, LoadRequest};
use crate::server::handle::{Dialogue, Room};

/// Evicted events of a room, which an [`on_cleanup`](crate::DialogueBuilder::on_cleanup) hook should store.
///
/// Events arrive in the room's order, one batch per room at a time. The server offers a batch again if the hook fails,
/// so a store should ignore events that it already has (those with the same room, epoch and offset).
#[non_exhaustive]
pub struct Evicted {
    /// The room. It may already be closed.
    pub room: Room,
    /// The name of the event.
    pub event: String,
    /// The epoch of the room. Offsets are unique within one epoch.
    pub epoch: String,
    /// The events, oldest first.
    pub events: Vec<EventMessage>,
}

impl Evicted {
    pub(crate) fn new(core: &Arc<Core>, Eviction { room, event, events }: Eviction) -> Self {
        let epoch = room.epoch.clone();
        Self { room: Room::new(core, room), event, epoch, events }
    }

    /// The id of the room.
    pub fn room_id(&self) -> &RoomId {
        self.room.id()
    }

    /// The server.
    pub fn dialogue(&self) -> Dialogue {
        self.room.dialogue()
    }
}

impl fmt::Debug for Evicted {
    /// Prints the number of events instead of the events.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evicted")
            .field("room_id", self.room_id())
            .field("event", &self.event)
            .field("events", &self.events.len())
            .finish_non_exhaustive()
    }
}

/// A request for events that are no longer in memory. An [`on_load`](crate::DialogueBuilder::on_load) hook answers it.
///
/// The answer is a list of the stored events of this room and type, newest first, from `start` to `end`; in SQL: `order
/// by .. desc offset start limit end - start`. The store contains what `on_cleanup` stored, and index 0 is the newest
/// event in the store.
///
/// A store may ignore [`before`](Self::before). The server then drops events that are in memory and duplicates, sorts
/// the rest by offset, and calls the hook again for the missing ones. A store that applies it is called once.
#[non_exhaustive]
pub struct Query {
    /// The room.
    pub room: Room,
    /// The name of the event.
    pub event: String,
    /// The current epoch of the room.
    pub epoch: String,
    /// How many events to skip, from the newest.
    pub start: usize,
    /// The end of the range, counted from the newest event and exclusive.
    pub end: usize,
    /// An upper bound: of the events of this epoch, only those with a smaller offset are needed. Events of earlier
    /// epochs are older, and all of them are needed; return them with `offset` set to `None`. The bound is `None` if
    /// the room keeps no history in memory.
    pub before: Option<u64>,
}

impl Query {
    pub(crate) fn new(core: &Arc<Core>, request: LoadRequest) -> Self {
        let LoadRequest { room, event, start, end, before } = request;
        let epoch = room.epoch.clone();
        Self { room: Room::new(core, room), event, epoch, start, end, before }
    }

    /// The id of the room.
    pub fn room_id(&self) -> &RoomId {
        self.room.id()
    }

    /// The server.
    pub fn dialogue(&self) -> Dialogue {
        self.room.dialogue()
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("room_id", self.room_id())
            .field("event", &self.event)
            .field("start", &self.start)
            .field("end", &self.end)
            .field("before", &self.before)
            .finish_non_exhaustive()
    }
}
