//! The server's own listeners: `dialogue.on(room, handler)`.
//!
//! A handler has its own queue and its own task, so it hears events in the room's order and one at a time. When its
//! queue is full, whoever triggers waits: no event is lost to a slow handler.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::RwLock;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::room::{RoomId, UserId};

/// An event as handlers get it, before it has its type.
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

struct Handler {
    number: u64,
    event: &'static str,
    queue: mpsc::Sender<Arc<RawMessage>>,
}

/// The handlers of every room.
#[derive(Default)]
pub(crate) struct Handlers {
    by_room: RwLock<HashMap<RoomId, Vec<Handler>>>,
    next: AtomicU64,
}

/// Places in the queues of the handlers that will hear an event.
pub(crate) type Places = Vec<mpsc::OwnedPermit<Arc<RawMessage>>>;

impl Handlers {
    /// Adds a handler; what it hears comes out of the receiver.
    pub(crate) fn add(
        &self,
        room: RoomId,
        event: &'static str,
        capacity: usize,
    ) -> (u64, mpsc::Receiver<Arc<RawMessage>>) {
        let (queue, heard) = mpsc::channel(capacity);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.by_room.write().entry(room).or_default().push(Handler { number, event, queue });
        (number, heard)
    }

    pub(crate) fn remove(&self, room: &RoomId, number: u64) {
        let mut by_room = self.by_room.write();
        if let Some(handlers) = by_room.get_mut(room) {
            handlers.retain(|handler| handler.number != number);
            if handlers.is_empty() {
                by_room.remove(room);
            }
        }
    }

    /// Lets every handler come to the end of its queue, and then end.
    pub(crate) fn close(&self) {
        self.by_room.write().clear();
    }

    /// Waits for a place in the queue of each handler of the event; `None` when that takes too long.
    pub(crate) async fn places(&self, room: &RoomId, event: &str, limit: Duration) -> Option<Places> {
        let queues: Vec<_> = {
            let by_room = self.by_room.read();
            let Some(handlers) = by_room.get(room) else { return Some(Vec::new()) };
            handlers.iter().filter(|handler| handler.event == event).map(|handler| handler.queue.clone()).collect()
        };
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

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handlers").finish_non_exhaustive()
    }
}
