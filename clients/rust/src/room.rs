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

/// A room that the client has joined. This is a handle that is cheap to clone.
///
/// `K` is the room's key: a handle that was created with a marker accepts only events that the room carries. After the
/// room has been left, methods return an error.
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
/// Neither does an event that only the server may trigger:
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

    /// Returns the id of the room.
    pub fn id(&self) -> &RoomId {
        &self.seat.id
    }

    /// Returns the display name of the room.
    pub fn name(&self) -> &str {
        self.seat.name()
    }

    /// Returns the client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns whether the client is in the room. It is while its connection is being restored, too.
    pub fn is_joined(&self) -> bool {
        self.seat.is_joined()
    }

    /// Triggers an event. It is published to all subscribers in the room when the result is awaited.
    ///
    /// ```no_run
    /// # use dialogue_client::{Room, TriggerError};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] #[event(history = 100)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    /// # async fn run(general: Room<General>) -> Result<(), TriggerError> {
    /// let receipt = general.trigger(Message { text: "hi".into() }).await?;
    /// println!("published at {} ms, offset {:?}", receipt.timestamp, receipt.offset);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`TriggerError`](crate::TriggerError) if the payload breaks a rule, the server refuses it, or there is
    /// no answer.
    pub fn trigger<E: Event + ClientEventOf<K>>(&self, event: E) -> Trigger {
        Trigger::typed(&self.client, &self.seat, &event)
    }

    /// Triggers an event that is known by its name only. The server checks it.
    ///
    /// ```no_run
    /// # use dialogue_client::{Room, TriggerError};
    /// use serde_json::json;
    ///
    /// # async fn run(board: Room) -> Result<(), TriggerError> {
    /// board.trigger_named("draw", &json!({ "x": 1, "y": 2 })).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The same as for [`trigger`](Self::trigger).
    pub fn trigger_named<T: Serialize + ?Sized>(&self, event: &str, data: &T) -> Trigger {
        Trigger::named(&self.client, &self.seat, event, data)
    }

    /// Registers a callback for an event. It receives the events in the room's order, one at a time, and may call back
    /// into the client. The client must be subscribed to the event; see [`subscribe`](Self::subscribe).
    ///
    /// A callback that does not keep up loses events, and [`Client::on_error`] reports how many. A callback that panics
    /// is called again for the next event.
    ///
    /// ```no_run
    /// # use dialogue_client::Room;
    /// use dialogue::EventMessage;
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    ///
    /// # fn run(general: Room<General>) {
    /// let subscription = general.on(async |msg: EventMessage<Message>| println!("{}: {}", msg.from, msg.data.text));
    /// // Later:
    /// subscription.unsubscribe();
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if called outside of a tokio runtime.
    pub fn on<E, F, Fut>(&self, callback: F) -> Subscription
    where
        E: Event + EventOf<K>,
        F: FnOnce(EventMessage<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        on_event(&self.client, &self.seat, Some(E::NAME), typed::<E>, boxed(callback))
    }

    /// Registers a callback for an event that is known by its name only. Like [`on`](Self::on), with any JSON as the
    /// payload.
    ///
    /// ```no_run
    /// # fn run(board: dialogue_client::Room) {
    /// board.on_named("draw", async |msg: dialogue::EventMessage| println!("{} draws {}", msg.from, msg.data));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if called outside of a tokio runtime.
    pub fn on_named<F, Fut>(&self, event: &str, callback: F) -> Subscription
    where
        F: FnOnce(EventMessage) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        on_event(&self.client, &self.seat, Some(event), untyped, boxed(callback))
    }

    /// Registers a callback for every event of the room. Like [`on`](Self::on), with any JSON as the payload.
    ///
    /// ```no_run
    /// # fn run(room: dialogue_client::Room) {
    /// room.on_any(async |msg: dialogue::EventMessage| println!("{} by {}", msg.event, msg.from));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if called outside of a tokio runtime.
    pub fn on_any<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(EventMessage) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        on_event(&self.client, &self.seat, None, untyped, boxed(callback))
    }

    /// Returns the events of one type as a [`Stream`](futures_util::Stream). The client must be subscribed to the
    /// event; see [`subscribe`](Self::subscribe).
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

    /// Returns every event of the room as a [`Stream`](futures_util::Stream), with any JSON as the payload. See
    /// [`events`](Self::events).
    ///
    /// ```no_run
    /// use futures_util::StreamExt as _;
    ///
    /// # async fn run(room: dialogue_client::Room) -> Result<(), dialogue_client::StreamError> {
    /// let mut events = room.any_events();
    /// while let Some(msg) = events.next().await {
    ///     let msg = msg?;
    ///     println!("{} by {}", msg.event, msg.from);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn any_events(&self) -> AnyEvents {
        AnyEvents::new(&self.client, &self.seat)
    }

    /// Subscribes the client to the event `E`, so that the server sends it. Only needed for events that are not in the
    /// room's default subscriptions. The subscription is restored after a reconnect.
    ///
    /// ```no_run
    /// # use dialogue_client::{Room, RequestError};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Typing { is_typing: bool }
    /// # dialogue::rooms! { pub General { events: [Typing] } }
    /// # async fn run(general: Room<General>) -> Result<(), RequestError> {
    /// general.subscribe::<Typing>().await?;
    /// general.unsubscribe::<Typing>().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] if the server refuses or does not answer.
    pub async fn subscribe<E: Event + EventOf<K>>(&self) -> Result<(), RequestError> {
        self.subscribe_named(E::NAME).await
    }

    /// Subscribes the client to an event that is known by its name only. See [`subscribe`](Self::subscribe).
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] if the server refuses or does not answer.
    pub async fn subscribe_named(&self, event: &str) -> Result<(), RequestError> {
        let effect = Effect::Subscribed(self.id().clone(), event.to_owned());
        self.about(wire::SUBSCRIBE, event, effect).await
    }

    /// Subscribes the client to every event of the room.
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] if the server refuses or does not answer.
    pub async fn subscribe_all(&self) -> Result<(), RequestError> {
        self.subscribe_named(wire::ALL).await
    }

    /// Unsubscribes the client from the event `E`. A subscription to all events is separate and remains. See
    /// [`subscribe`](Self::subscribe).
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] if the server refuses or does not answer.
    pub async fn unsubscribe<E: Event + EventOf<K>>(&self) -> Result<(), RequestError> {
        self.unsubscribe_named(E::NAME).await
    }

    /// Unsubscribes the client from an event that is known by its name only. `*` removes the subscription to all
    /// events.
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] if the server refuses or does not answer.
    pub async fn unsubscribe_named(&self, event: &str) -> Result<(), RequestError> {
        let effect = Effect::Unsubscribed(self.id().clone(), event.to_owned());
        self.about(wire::UNSUBSCRIBE, event, effect).await
    }

    /// Requests past events of one type, newest first. The range counts from the newest: `0..20` are the latest twenty.
    /// The request is sent when the result is awaited.
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
    /// By default an answer has at most 256 KiB of events, but at least one event if there is any. If it has fewer
    /// events than requested, request the rest from there; an empty answer means that there are no older events.
    ///
    /// # Errors
    ///
    /// Returns [`HistoryError`](crate::HistoryError) if the server refuses or does not answer.
    pub fn history<E: Event + EventOf<K>>(&self, range: Range<usize>) -> History<E> {
        History::new(&self.client, &self.seat, range)
    }

    /// Leaves the room, for all handles to it. Streams end, and callbacks are no longer called.
    ///
    /// ```no_run
    /// # async fn run(room: dialogue_client::Room) -> Result<(), dialogue_client::RequestError> {
    /// room.leave().await?;
    /// assert!(!room.is_joined());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] if there is no answer. The client is then still in the room.
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

/// Checks that the client is in the room.
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
