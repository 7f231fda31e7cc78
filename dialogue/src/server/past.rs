//! What hooks take over of a room's past, and what they are asked for.

use std::fmt;

use crate::protocol::EventMessage;
use crate::room::RoomId;

use super::room::Room;

/// Events that a room no longer remembers: what [`on_cleanup`](crate::DialogueBuilder::on_cleanup) is to keep.
///
/// They come in the room's order, and one batch of a room at a time. A batch that the hook failed to keep comes again, so
/// a store should take an event that it has (the same room, epoch and offset) without keeping it twice.
#[non_exhaustive]
pub struct Evicted {
    /// The room, which may be closed already.
    pub room: Room,
    /// The event's name.
    pub event: String,
    /// The life of the room within which the offsets count.
    pub epoch: String,
    /// The events, oldest first.
    pub events: Vec<EventMessage>,
}

/// A question for older events than a room remembers: what [`on_load`](crate::DialogueBuilder::on_load) answers.
///
/// The answer is the events of this room and type, newest first, without the first `start`, up to `end`: with SQL,
/// `order by .. desc offset start limit end - start`. The store holds what `on_cleanup` has kept, so 0 is the newest event
/// of the store.
#[non_exhaustive]
pub struct Query {
    /// The room.
    pub room: Room,
    /// The event's name.
    pub event: String,
    /// The current life of the room.
    pub epoch: String,
    /// How many events to leave out, from the newest.
    pub start: usize,
    /// Where to end, counted from the newest; the event at `end` is not wanted any more.
    pub end: usize,
    /// Of the events of this epoch only those with a smaller offset; events of earlier epochs are older, and all wanted.
    /// Leave `offset` out (`None`) of those. `None` when the room remembers nothing.
    pub before: Option<u64>,
}

impl Evicted {
    /// The room's id.
    pub fn room_id(&self) -> &RoomId {
        self.room.id()
    }
}

impl Query {
    /// The room's id.
    pub fn room_id(&self) -> &RoomId {
        self.room.id()
    }
}

impl fmt::Debug for Evicted {
    /// How many, and not which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evicted")
            .field("room_id", self.room_id())
            .field("event", &self.event)
            .field("events", &self.events.len())
            .finish_non_exhaustive()
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
