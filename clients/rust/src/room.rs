//! The handle of a room.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use dialogue::{
    Event, EventMessage, RoomId,
    room::{ClientEventOf, EventOf, Untyped},
};
use serde::Serialize;

use crate::client::Client;
use crate::command::{Effect, argument};
use crate::error::{Failure, RequestError};
use crate::history::History;
use crate::hub::State;
use crate::seat::Seat;
use crate::subscription::{AnyEvents, Events, Subscription, boxed, on_event, typed, untyped};
use crate::trigger::Trigger;
use crate::wire::{self, OfEvent, OfRoom};

/// A room that the client has joined: a cheap handle, which may be kept and cloned.
///
/// `K` is what the compiler knows of it: a handle that came from a marker takes only the events that the room carries. When the
/// room has been left, every method still works, and says so.
///
/// ```no_run
/// use dialogue::{Event, EventMessage};
/// use dialogue_client::Client;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Event)]
/// struct Message {
///     #[validate(length(min = 1, max = 1000))]
///     text: String,
/// }
///
/// dialogue::rooms! {
///     pub General { events: [Message], default_subscriptions: [Message] }
/// }
///
/// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
/// let general = client.join(General).await?;
/// general.on(async |msg: EventMessage<Message>| println!("{}: {}", msg.from, msg.data.text));
/// general.trigger(Message { text: "hi".into() }).await?;
/// # Ok(()) }
/// ```
///
/// An event that the room does not carry does not compile:
///
/// ```compile_fail
/// # use dialogue::{Event, EventMessage};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, Event)] struct Message { text: String }
/// # #[derive(Serialize, Deserialize, Event)] struct Typing { is_typing: bool }
/// # dialogue::rooms! { pub General { events: [Message] } }
/// # async fn run(client: dialogue_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let general = client.join(General).await?;
/// general.trigger(Typing { is_typing: true }).await?; // clients may not trigger `Typing` in the room `General`
/// # Ok(()) }
/// ```
///
/// Nor does one that only the server may trigger there:
///
/// ```compile_fail
/// # use dialogue::{Event, EventMessage};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, Event)] struct Message { text: String }
/// # #[derive(Serialize, Deserialize, Event)] struct UserJoined { username: String }
/// # dialogue::rooms! { pub General { events: [Message], server_events: [UserJoined] } }
/// # async fn run(client: dialogue_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let general = client.join(General).await?;
/// general.trigger(UserJoined { username: "root".into() }).await?; // clients may not trigger `UserJoined` in the room `General`
/// # Ok(()) }
/// ```
pub struct Room<K = Untyped> {
    client: Client,
    seat: Arc<Seat>,
    kind: PhantomData<fn() -> K>,
}

impl<K> Room<K> {
    pub(crate) fn new(client: &Client, seat: Arc<Seat>) -> Self {
        Self { client: client.clone(), seat, kind: PhantomData }
    }

    /// The id.
    pub fn id(&self) -> &RoomId {
        &self.seat.id
    }

    /// The name for people.
    pub fn name(&self) -> &str {
        self.seat.name()
    }

    /// The client that is in the room.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the client is still in the room. While its connection is being restored it is.
    pub fn is_joined(&self) -> bool {
        self.seat.is_joined()
    }

    /// Triggers an event, for everyone who hears it. It happens when the result is awaited.
    ///
    /// # Errors
    ///
    /// [`TriggerError`](crate::TriggerError) when the payload breaks a rule, the server refuses it, or there is no answer.
    pub fn trigger<E: Event + ClientEventOf<K>>(&self, event: E) -> Trigger {
        Trigger::typed(&self.client, &self.seat, &event)
    }

    /// Triggers an event that is known by its name only.
    ///
    /// # Errors
    ///
    /// As for [`trigger`](Self::trigger).
    pub fn trigger_named<T: Serialize + ?Sized>(&self, event: &str, data: &T) -> Trigger {
        Trigger::named(&self.client, &self.seat, event, data)
    }

    /// Listens to an event: the callback hears each one, in the room's order, one at a time, and may call back into this client.
    /// The room must send it; see [`subscribe`](Self::subscribe).
    ///
    /// Who does not keep up loses events, and [`Client::on_error`] says how many. A callback that panics hears the next event all
    /// the same.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn on<E, F, Fut>(&self, callback: F) -> Subscription
    where
        E: Event + EventOf<K>,
        F: FnOnce(EventMessage<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        on_event(&self.client, &self.seat, Some(E::NAME), typed::<E>, boxed(callback))
    }

    /// Listens to an event that is known by its name only: as [`on`](Self::on), with any JSON as the payload.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn on_named<F, Fut>(&self, event: &str, callback: F) -> Subscription
    where
        F: FnOnce(EventMessage) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        on_event(&self.client, &self.seat, Some(event), untyped, boxed(callback))
    }

    /// Listens to every event of the room: as [`on`](Self::on), with any JSON as the payload.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn on_any<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(EventMessage) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        on_event(&self.client, &self.seat, None, untyped, boxed(callback))
    }

    /// Listens to an event, as a [`Stream`](futures_util::Stream).
    ///
    /// ```no_run
    /// use dialogue_client::StreamError;
    /// use futures_util::StreamExt as _;
    /// # use dialogue_client::Client;
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    ///
    /// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut messages = client.join(General).await?.events::<Message>();
    /// while let Some(msg) = messages.next().await {
    ///     match msg {
    ///         Ok(msg) => println!("{}: {}", msg.from, msg.data.text),
    ///         Err(StreamError::Lagged(lost)) => println!("({lost} messages are missing here)"),
    ///         Err(error) => return Err(error.into()),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn events<E: Event + EventOf<K>>(&self) -> Events<E> {
        Events::new(&self.client, &self.seat)
    }

    /// Listens to every event of the room, as a [`Stream`](futures_util::Stream).
    pub fn any_events(&self) -> AnyEvents {
        AnyEvents::new(&self.client, &self.seat)
    }

    /// Makes the server send an event `E` that is none of the room's default subscriptions. It does so after every reconnect too.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the server refuses, or there is no answer.
    pub async fn subscribe<E: Event + EventOf<K>>(&self) -> Result<(), RequestError> {
        self.subscribe_named(E::NAME).await
    }

    /// As [`subscribe`](Self::subscribe), to an event that is known by its name only.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the server refuses, or there is no answer.
    pub async fn subscribe_named(&self, event: &str) -> Result<(), RequestError> {
        let effect = Effect::Subscribed(self.id().clone(), event.to_owned());
        self.about(wire::SUBSCRIBE, event, effect).await
    }

    /// Makes the server send every event of the room.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the server refuses, or there is no answer.
    pub async fn subscribe_all(&self) -> Result<(), RequestError> {
        self.subscribe_named(wire::ALL).await
    }

    /// Makes the server send no `E` any more. A subscription to all events is one of its own, and stays.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the server refuses, or there is no answer.
    pub async fn unsubscribe<E: Event + EventOf<K>>(&self) -> Result<(), RequestError> {
        self.unsubscribe_named(E::NAME).await
    }

    /// As [`unsubscribe`](Self::unsubscribe), from an event that is known by its name only; `*` is the subscription to all.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the server refuses, or there is no answer.
    pub async fn unsubscribe_named(&self, event: &str) -> Result<(), RequestError> {
        let effect = Effect::Unsubscribed(self.id().clone(), event.to_owned());
        self.about(wire::UNSUBSCRIBE, event, effect).await
    }

    /// Past events of one type, newest first: `0..20` are the newest twenty. It is asked for when the result is awaited.
    ///
    /// ```no_run
    /// # use dialogue_client::{Client, HistoryError, Room};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] #[event(history = 100)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    /// # async fn run(general: Room<General>) -> Result<(), HistoryError> {
    /// let newest = general.history::<Message>(0..20).await?;
    /// if let Some(offset) = newest.last().and_then(|oldest| oldest.offset) {
    ///     let older = general.history::<Message>(0..20).before(offset).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// An answer has at most 256 KiB of events, but at least one if there is any: whoever gets fewer than asked for asks again
    /// from there, and whoever gets none has them all.
    ///
    /// # Errors
    ///
    /// [`HistoryError`](crate::HistoryError) when the server refuses, or there is no answer.
    pub fn history<E: Event + EventOf<K>>(&self, range: Range<usize>) -> History<E> {
        History::new(&self.client, &self.seat, range)
    }

    /// Leaves the room, for every handle to this stay. Its streams come to their end, and its callbacks hear no more.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when there is no answer; then the client is still in the room.
    pub async fn leave(&self) -> Result<(), RequestError> {
        check(&self.client, &self.seat)?;
        let request = argument(&OfRoom { room_id: self.id() });
        self.client.request(wire::LEAVE, Some(request), Effect::Left(self.id().clone())).await?;
        Ok(())
    }

    async fn about(&self, request: &'static str, event: &str, effect: Effect) -> Result<(), RequestError> {
        check(&self.client, &self.seat)?;
        let about = argument(&OfEvent { room_id: self.id(), event_name: event });
        self.client.request(request, Some(about), effect).await?;
        Ok(())
    }
}

/// Whether the client is in the room.
pub(crate) fn check(client: &Client, seat: &Seat) -> Result<(), Failure> {
    match (seat.is_joined(), client.state()) {
        (true, _) => Ok(()),
        (false, State::Disconnected) => Err(Failure::Disconnected),
        (false, _) => Err(Failure::NotInRoom),
    }
}

impl<K> Clone for Room<K> {
    fn clone(&self) -> Self {
        Self::new(&self.client, Arc::clone(&self.seat))
    }
}

impl<K> fmt::Debug for Room<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("id", self.id()).field("is_joined", &self.is_joined()).finish_non_exhaustive()
    }
}
