//! What an application adds to a room while it runs, and its end.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use futures_util::{FutureExt as _, Stream};
use serde_json::value::to_raw_value;
use tokio::sync::mpsc;
use tracing::error;

use crate::error::Denied;
use crate::event::Event;
use crate::protocol::EventMessage;
use crate::room::RoomId;

use super::handlers::RawMessage;
use super::hooks::{self, Before, Hook, Judge};
use super::incoming::PendingEvent;
use super::shared::{Shared, now};

/// What [`Dialogue::on`](crate::Dialogue::on), [`Dialogue::before`](crate::Dialogue::before) or
/// [`Dialogue::before_each`](crate::Dialogue::before_each) has added. Dropping this changes nothing: it stays until
/// [`unsubscribe`](Self::unsubscribe) or the server's stop.
#[derive(Clone)]
pub struct Registration {
    shared: Weak<Shared>,
    room: RoomId,
    kind: Kind,
    number: u64,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Handler,
    Before,
}

impl Registration {
    /// Adds a handler and starts its task.
    pub(crate) fn start<E: Event>(shared: &Arc<Shared>, room: RoomId, handler: Hook<EventMessage<E>>) -> Self {
        let (subscription, heard) = Self::listen(shared, room, Cow::Borrowed(E::NAME));
        let decode = |message: &RawMessage| typed::<E>(message);
        shared.listeners.spawn(listen(heard, decode, handler, shared.config.hook_timeout));
        subscription
    }

    /// Adds a handler of an event without a type, and starts its task.
    pub(crate) fn start_named(shared: &Arc<Shared>, room: RoomId, event: &str, handler: Hook<EventMessage>) -> Self {
        let (subscription, heard) = Self::listen(shared, room, Cow::Owned(event.to_owned()));
        let decode = |message: &RawMessage| Some(message.untyped());
        shared.listeners.spawn(listen(heard, decode, handler, shared.config.hook_timeout));
        subscription
    }

    /// Adds a handler whose events come out of the receiver.
    fn listen(shared: &Arc<Shared>, room: RoomId, event: Cow<'static, str>) -> (Self, mpsc::Receiver<Arc<RawMessage>>) {
        let (number, heard) = shared.handlers.add(room.clone(), event, shared.config.max_events_per_handler);
        (Self { shared: Arc::downgrade(shared), room, kind: Kind::Handler, number }, heard)
    }

    /// Adds a hook for the events of one type in a room.
    pub(crate) fn before_type<E: Event>(
        shared: &Arc<Shared>,
        room: RoomId,
        hook: Judge<EventMessage<E>, EventMessage<E>>,
    ) -> Self {
        Self::before(shared, room, Some(E::NAME), of_any(hook))
    }

    /// Adds a before-each hook of one room.
    pub(crate) fn before(
        shared: &Arc<Shared>,
        room: RoomId,
        event: Option<&'static str>,
        hook: Judge<PendingEvent, PendingEvent>,
    ) -> Self {
        let number = shared.hooks.before.add(room.clone(), Before { event, hook });
        Self { shared: Arc::downgrade(shared), room, kind: Kind::Before, number }
    }

    /// Takes it away. Events that a handler has in its queue already, it still gets.
    pub fn unsubscribe(&self) {
        let Some(shared) = self.shared.upgrade() else { return };
        match self.kind {
            Kind::Handler => shared.handlers.remove(&self.room, self.number),
            Kind::Before => shared.hooks.before.remove(&self.room, self.number),
        }
    }
}

/// The events of one type in a room, as a stream: what [`Dialogue::events`](crate::Dialogue::events) returns. It ends when
/// the server stops; dropping it ends the listening.
#[must_use = "a stream does nothing unless it is polled, and whoever triggers waits for one that is full"]
pub struct Events<E> {
    heard: mpsc::Receiver<Arc<RawMessage>>,
    subscription: Registration,
    event: PhantomData<fn() -> E>,
}

impl<E: Event> Events<E> {
    pub(crate) fn new(shared: &Arc<Shared>, room: RoomId) -> Self {
        let (subscription, heard) = Registration::listen(shared, room, Cow::Borrowed(E::NAME));
        Self { heard, subscription, event: PhantomData }
    }
}

impl<E: Event> Stream for Events<E> {
    type Item = EventMessage<E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(message) = ready!(self.heard.poll_recv(cx)) else { return Poll::Ready(None) };
            if let Some(message) = typed::<E>(&message) {
                return Poll::Ready(Some(message));
            }
        }
    }
}

impl<E> Drop for Events<E> {
    fn drop(&mut self) {
        self.subscription.unsubscribe();
    }
}

impl<E> fmt::Debug for Events<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("room", &self.subscription.room).finish_non_exhaustive()
    }
}

/// A hook for one type, as one for any event.
fn of_any<E: Event>(hook: Judge<EventMessage<E>, EventMessage<E>>) -> Judge<PendingEvent, PendingEvent> {
    Arc::new(move |mut incoming: PendingEvent| {
        let hook = Arc::clone(&hook);
        async move {
            let Ok(data) = E::from_json(incoming.data.get()) else {
                error!(event = E::NAME, room = %incoming.room_id(), "the payload is not what this hook is for");
                return Err(Denied::because("the server expects another payload"));
            };
            let before = data.to_json();
            let meta = incoming.meta();
            let message = EventMessage {
                meta: meta.clone(),
                id: incoming.id.clone(),
                ..EventMessage::new(E::NAME, incoming.room_id(), data, &incoming.from, now())
            };
            let message = hook(message).await?;
            let Ok(after) = message.data.to_json() else {
                error!(event = E::NAME, "what the hook made of the payload cannot be JSON");
                return Err(Denied::because("the server could not encode the event"));
            };
            if before.is_ok_and(|before| before.get() != after.get()) {
                incoming.data = after;
                incoming.changed = true;
            }
            if message.meta != meta {
                incoming.meta = message.meta.and_then(|meta| to_raw_value(&meta).ok());
            }
            Ok(incoming)
        }
        .boxed()
    })
}

async fn listen<T>(
    mut heard: mpsc::Receiver<Arc<RawMessage>>,
    decode: impl Fn(&RawMessage) -> Option<EventMessage<T>>,
    handler: Hook<EventMessage<T>>,
    limit: std::time::Duration,
) {
    while let Some(message) = heard.recv().await {
        if let Some(message) = decode(&message) {
            let _logged = hooks::guarded("on", limit, || handler(message)).await;
        }
    }
}

/// The event with its type; one that is another type under the same name is left out, and logged.
fn typed<E: Event>(message: &RawMessage) -> Option<EventMessage<E>> {
    // The serde impls are user code.
    let decoded = catch_unwind(AssertUnwindSafe(|| E::from_json(message.data.get())));
    let Ok(Ok(data)) = decoded else {
        error!(event = E::NAME, room = %message.room, "the payload is not what this handler listens to");
        return None;
    };
    Some(message.envelope(data))
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("room", &self.room).field("number", &self.number).finish_non_exhaustive()
    }
}
