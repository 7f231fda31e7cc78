//! A handler of the server, and its end.

use std::fmt;
use std::sync::{Arc, Weak};

use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tracing::error;

use crate::event::Event;
use crate::room::RoomId;
use crate::wire::EventMessage;

use super::handlers::RawMessage;
use super::hooks::{self, Hook};
use super::shared::Shared;

/// A handler that [`Dialogue::on`](crate::Dialogue::on) added. Dropping this changes nothing: the handler stays until
/// [`unsubscribe`](Self::unsubscribe) or the server's stop.
#[derive(Clone)]
pub struct Subscription {
    shared: Weak<Shared>,
    room: RoomId,
    number: u64,
}

impl Subscription {
    /// Adds a handler and starts its task.
    pub(crate) fn start<E: Event>(shared: &Arc<Shared>, room: RoomId, handler: Hook<EventMessage<E>>) -> Self {
        let (number, heard) = shared.handlers.add(room.clone(), E::NAME, shared.config.events_per_handler);
        let limit = shared.config.hook_timeout;
        shared.tasks.spawn(listen(heard, handler, limit));
        Self { shared: Arc::downgrade(shared), room, number }
    }

    /// Ends the handler. Events that it has in its queue already, it still gets.
    pub fn unsubscribe(&self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.handlers.remove(&self.room, self.number);
        }
    }
}

async fn listen<E: Event>(
    mut heard: mpsc::Receiver<Arc<RawMessage>>,
    handler: Hook<EventMessage<E>>,
    limit: std::time::Duration,
) {
    while let Some(message) = heard.recv().await {
        if let Ok(message) = typed::<E>(&message) {
            let _logged = hooks::guarded("on", limit, || handler(message).boxed()).await;
        } else {
            error!(event = E::NAME, room = %message.room, "the payload is not what this handler listens to");
        }
    }
}

fn typed<E: Event>(message: &RawMessage) -> Result<EventMessage<E>, serde_json::Error> {
    Ok(EventMessage {
        event: message.event.clone(),
        room_id: message.room.clone(),
        data: E::from_json(message.data.get())?,
        from: message.from.clone(),
        timestamp: message.timestamp,
        meta: message.meta.as_ref().and_then(|meta| serde_json::from_str(meta.get()).ok()),
        id: message.id.clone(),
        offset: message.offset,
    })
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("room", &self.room).field("number", &self.number).finish_non_exhaustive()
    }
}
