//! What the hooks of a history store are given.

use std::fmt;
use std::sync::Arc;

use crate::protocol::EventMessage;
use crate::room::RoomId;
use crate::server::flow::Core;
use crate::server::flow::hooks::{Eviction, LoadRequest};
use crate::server::handle::{Dialogue, Room};

/// Events that a room no longer keeps: what [`on_cleanup`](crate::DialogueBuilder::on_cleanup) should store.
///
/// Events arrive in the room's order, and one batch of a room at a time. A batch that the hook failed to store is offered
/// again, so a store should ignore events that it has already (those with the same room, epoch and offset).
#[non_exhaustive]
pub struct Evicted {
    /// The room, which may be closed already.
    pub room: Room,
    /// The name of the event.
    pub event: String,
    /// The epoch of the room: offsets count within one epoch.
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
    /// How many events there are, and not which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evicted")
            .field("room_id", self.room_id())
            .field("event", &self.event)
            .field("events", &self.events.len())
            .finish_non_exhaustive()
    }
}

/// A request for events older than those that a room keeps: what [`on_load`](crate::DialogueBuilder::on_load) answers.
///
/// The answer is a list of the stored events of this room and type, newest first, from `start` to `end`; in SQL:
/// `order by .. desc offset start limit end - start`. The store holds what `on_cleanup` stored, so 0 is the newest event of
/// the store.
///
/// A store may ignore [`before`](Self::before): the server leaves out events that memory has, and those that come twice, sorts
/// the others by offset, and asks again for as many as are missing then. A store that heeds it is asked once.
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
    /// Where to end, counted from the newest; the event at `end` is not included.
    pub end: usize,
    /// Of the events of this epoch, only those with a smaller offset are wanted. Events of earlier epochs are older, and
    /// all wanted; leave their `offset` out (`None`). `None` if the room keeps nothing.
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
