//! Handlers and hooks that an application registers for single rooms at run time.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{FutureExt as _, Stream};
use serde_json::value::to_raw_value;
use tokio::sync::mpsc;
use tracing::error;

use crate::error::Denied;
use crate::event::Event;
use crate::protocol::EventMessage;
use crate::room::RoomId;
use crate::server::flow::guard::{caught, guarded};
use crate::server::flow::hooks::{Filter, Pending, RoomFilter};
use crate::server::flow::{Core, RawMessage, now};

use super::hook::PendingEvent;

/// A handler or hook that was registered with [`Dialogue::on`](crate::Dialogue::on),
/// [`Dialogue::before`](crate::Dialogue::before) or [`Dialogue::before_each`](crate::Dialogue::before_each).
///
/// Dropping it does not remove the handler, which stays registered until [`unsubscribe`](Self::unsubscribe) is called
/// or the server stops.
///
/// ```
/// # use dialogue::{Dialogue, EventMessage};
/// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
/// # dialogue::rooms! { pub General { events: [Message] } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), dialogue::Error> {
/// # let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
/// let registration = dialogue.on(General, async |msg: EventMessage<Message>| println!("{}", msg.data.text));
/// registration.unsubscribe();
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Registration {
    core: Weak<Core>,
    room: RoomId,
    kind: Kind,
    number: u64,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Listener,
    Filter,
}

impl Registration {
    /// Adds a handler of an event, and starts its task.
    pub(crate) fn on<E, F, Fut>(core: &Arc<Core>, room: RoomId, handler: F) -> Self
    where
        E: Event,
        F: FnOnce(EventMessage<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self::listen(core, room, Cow::Borrowed(E::NAME), typed::<E>, handler)
    }

    /// Adds a handler of an event that is known by name only, and starts its task.
    pub(crate) fn on_named<F, Fut>(core: &Arc<Core>, room: RoomId, event: &str, handler: F) -> Self
    where
        F: FnOnce(EventMessage) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let untyped = |message: &RawMessage| Some(message.untyped());
        Self::listen(core, room, Cow::Owned(event.to_owned()), untyped, handler)
    }

    fn listen<T, F, Fut>(
        core: &Arc<Core>,
        room: RoomId,
        event: Cow<'static, str>,
        decode: fn(&RawMessage) -> Option<EventMessage<T>>,
        handler: F,
    ) -> Self
    where
        T: Send + 'static,
        F: FnOnce(EventMessage<T>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let (registration, queue) = Self::queue(core, room, event);
        core.listener_tasks.spawn(call(queue, decode, handler, core.config.hook_timeout));
        registration
    }

    /// Adds a listener whose events arrive in the receiver.
    fn queue(core: &Arc<Core>, room: RoomId, event: Cow<'static, str>) -> (Self, mpsc::Receiver<Arc<RawMessage>>) {
        let (number, queue) = core.listeners.add(room.clone(), event, core.config.max_events_per_handler);
        (Self { core: Arc::downgrade(core), room, kind: Kind::Listener, number }, queue)
    }

    /// Adds a hook that is called before the events `E` of a room.
    pub(crate) fn before<E, F, Fut>(core: &Arc<Core>, room: RoomId, hook: F) -> Self
    where
        E: Event,
        F: FnOnce(EventMessage<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<EventMessage<E>, Denied>> + Send + 'static,
    {
        let filter: Filter = Arc::new(move |_, pending| before_typed::<E, Fut>(pending, hook.clone()).boxed());
        Self::filter(core, room, Some(E::NAME), filter)
    }

    /// Adds a hook that is called before every event of a room.
    pub(crate) fn before_each<F, Fut>(core: &Arc<Core>, room: RoomId, hook: F) -> Self
    where
        F: FnOnce(PendingEvent) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<PendingEvent, Denied>> + Send + 'static,
    {
        Self::filter(core, room, None, before_each(hook))
    }

    fn filter(core: &Arc<Core>, room: RoomId, event: Option<&'static str>, hook: Filter) -> Self {
        let number = core.hooks.filters.add(room.clone(), RoomFilter { event, hook });
        Self { core: Arc::downgrade(core), room, kind: Kind::Filter, number }
    }

    /// Removes the handler or hook. A handler still receives the events that are already in its queue.
    pub fn unsubscribe(&self) {
        let Some(core) = self.core.upgrade() else { return };
        match self.kind {
            Kind::Listener => core.listeners.remove(&self.room, self.number),
            Kind::Filter => core.hooks.filters.remove(&self.room, self.number),
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("room", &self.room).field("number", &self.number).finish_non_exhaustive()
    }
}

/// The events of one type in a room as a [`Stream`], returned by [`Dialogue::events`](crate::Dialogue::events). The
/// stream ends when the server stops. Drop it to stop listening.
#[must_use = "a stream does nothing unless it is polled, and senders wait for one whose queue is full"]
pub struct Events<E> {
    queue: mpsc::Receiver<Arc<RawMessage>>,
    registration: Registration,
    event: PhantomData<fn() -> E>,
}

impl<E: Event> Events<E> {
    pub(crate) fn new(core: &Arc<Core>, room: RoomId) -> Self {
        let (registration, queue) = Registration::queue(core, room, Cow::Borrowed(E::NAME));
        Self { queue, registration, event: PhantomData }
    }
}

impl<E: Event> Stream for Events<E> {
    type Item = EventMessage<E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(message) = ready!(self.queue.poll_recv(cx)) else { return Poll::Ready(None) };
            if let Some(message) = typed::<E>(&message) {
                return Poll::Ready(Some(message));
            }
        }
    }
}

impl<E> Drop for Events<E> {
    fn drop(&mut self) {
        self.registration.unsubscribe();
    }
}

impl<E> fmt::Debug for Events<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("room", &self.registration.room).finish_non_exhaustive()
    }
}

/// Wraps a before-each hook in the form that the server calls.
pub(crate) fn before_each<F, Fut>(hook: F) -> Filter
where
    F: FnOnce(PendingEvent) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<PendingEvent, Denied>> + Send + 'static,
{
    Arc::new(move |core, pending| {
        let event = PendingEvent::new(core, pending);
        let decision = hook.clone()(event);
        async move { decision.await.map(PendingEvent::into_pending) }.boxed()
    })
}

/// Calls a hook that takes the event's type.
async fn before_typed<E, Fut>(
    mut pending: Pending,
    hook: impl FnOnce(EventMessage<E>) -> Fut,
) -> Result<Pending, Denied>
where
    E: Event,
    Fut: Future<Output = Result<EventMessage<E>, Denied>>,
{
    let room = &pending.room.profile.id;
    let Ok(data) = E::from_json(pending.data.get()) else {
        error!(event = E::NAME, %room, "the payload does not match the type of this hook");
        return Err(Denied::because("the server expects another payload"));
    };
    let before = data.to_json();
    let meta = pending.meta.as_ref().and_then(|meta| serde_json::from_str(meta.get()).ok());
    let message = EventMessage {
        meta: meta.clone(),
        id: pending.id.clone(),
        ..EventMessage::new(E::NAME, room, data, &pending.from, now())
    };
    let message = hook(message).await?;
    let Ok(after) = message.data.to_json() else {
        error!(event = E::NAME, "the payload that the hook returned cannot be encoded as JSON");
        return Err(Denied::because("the server could not encode the event"));
    };
    if before.is_ok_and(|before| before.get() != after.get()) {
        pending.data = after;
        pending.changed = true;
    }
    if message.meta != meta {
        pending.meta = message.meta.and_then(|meta| to_raw_value(&meta).ok());
    }
    Ok(pending)
}

/// Calls a handler for each event of its queue.
async fn call<T, Fut>(
    mut queue: mpsc::Receiver<Arc<RawMessage>>,
    decode: fn(&RawMessage) -> Option<EventMessage<T>>,
    handler: impl FnOnce(EventMessage<T>) -> Fut + Clone + Send + 'static,
    limit: Duration,
) where
    T: Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    while let Some(message) = queue.recv().await {
        if let Some(message) = decode(&message) {
            let handler = handler.clone();
            let _logged = guarded("on", limit, || handler(message).boxed()).await;
        }
    }
}

/// Decodes the event as `E`. An event of another type with the same name is skipped and logged.
fn typed<E: Event>(message: &RawMessage) -> Option<EventMessage<E>> {
    // The serde impls are user code.
    let Ok(Ok(data)) = caught(|| E::from_json(message.data.get())) else {
        error!(event = E::NAME, room = %message.room, "the payload is not what this handler listens to");
        return None;
    };
    Some(message.envelope(data))
}
