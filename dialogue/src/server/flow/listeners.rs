//! The server's own listeners: `dialogue.on(room, handler)`.
//!
//! A handler has its own queue and its own task, so it receives events in the room's order and one at a time. If its
//! queue is full, triggers wait, so that a slow handler loses no events.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::protocol::EventMessage;
use crate::room::{RoomId, UserId};

use super::registry::Registry;

/// An event as handlers receive it, before its payload is decoded.
pub(crate) struct RawMessage {
    pub(crate) event: String,
    pub(crate) room: RoomId,
    pub(crate) data: Box<RawValue>,
    pub(crate) from: UserId,
    pub(crate) timestamp: u64,
    pub(crate) meta: Option<Box<RawValue>>,
    pub(crate) id: Option<String>,
    pub(crate) offset: Option<u64>,
}

impl RawMessage {
    /// Returns the envelope with a decoded payload.
    pub(crate) fn envelope<T>(&self, data: T) -> EventMessage<T> {
        EventMessage {
            event: self.event.clone(),
            room_id: self.room.clone(),
            data,
            from: self.from.clone(),
            timestamp: self.timestamp,
            meta: self.meta.as_ref().and_then(|meta| serde_json::from_str(meta.get()).ok()),
            id: self.id.clone(),
            offset: self.offset,
        }
    }

    /// Returns the envelope with the payload as JSON.
    pub(crate) fn untyped(&self) -> EventMessage {
        self.envelope(serde_json::from_str(self.data.get()).unwrap_or_default())
    }
}

/// One listener.
pub(crate) struct Listener {
    event: Cow<'static, str>,
    queue: mpsc::Sender<Arc<RawMessage>>,
}

/// The handlers of every room.
#[derive(Default)]
pub(crate) struct Listeners(Registry<Listener>);

/// Reserved slots in the queues of the handlers of an event.
pub(crate) type Places = Vec<mpsc::OwnedPermit<Arc<RawMessage>>>;

impl Listeners {
    /// Adds a handler, whose events arrive in the receiver.
    pub(crate) fn add(
        &self,
        room: RoomId,
        event: Cow<'static, str>,
        capacity: usize,
    ) -> (u64, mpsc::Receiver<Arc<RawMessage>>) {
        let (queue, heard) = mpsc::channel(capacity);
        (self.0.add(room, Listener { event, queue }), heard)
    }

    pub(crate) fn remove(&self, room: &RoomId, number: u64) {
        self.0.remove(room, number);
    }

    /// Closes all queues. Each handler processes the remaining events and then ends.
    pub(crate) fn close(&self) {
        self.0.clear();
    }

    /// Reserves a slot in the queue of each handler of the event. Returns `None` if that takes too long.
    pub(crate) async fn places(&self, room: &RoomId, event: &str, limit: Duration) -> Option<Places> {
        let queues = self.0.of(room, |handler| (handler.event == event).then(|| handler.queue.clone()));
        let mut places = Vec::with_capacity(queues.len());
        for queue in queues {
            match tokio::time::timeout(limit, queue.reserve_owned()).await {
                Ok(Ok(place)) => places.push(place),
                // The handler has just been removed.
                Ok(Err(_closed)) => {}
                Err(_elapsed) => return None,
            }
        }
        Some(places)
    }
}
