//! The handle of a server.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::error::{CreateRoomError, DeleteRoomError, Denied, OpenError, SendError};
use crate::event::Event;
use crate::protocol::EventMessage;
use crate::room::{Carries, Declared, EventOf, NewRoom, RoomRef, UserId};

use super::builder::DialogueBuilder;
use super::client::{self, Client};
use super::hooks;
use super::incoming::PendingEvent;
use super::lifecycle;
use super::room::Room;
use super::shared::Shared;
use super::state::Member as _;
use super::subscription::{Events, Registration};
use super::trigger::Trigger;
use super::user_rooms::UserRooms;

/// A realtime server: a cheap handle, which may be kept and cloned.
///
/// ```no_run
/// use dialogue::{Dialogue, Event, EventMessage};
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
/// #[tokio::main]
/// async fn main() -> Result<(), dialogue::Error> {
///     let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
///     dialogue.on(General, async |msg: EventMessage<Message>| println!("{}: {}", msg.from, msg.data.text));
///     dialogue.serve("0.0.0.0:3000").await
/// }
/// ```
#[derive(Clone)]
pub struct Dialogue {
    shared: Arc<Shared>,
}

impl Dialogue {
    /// Starts the set-up.
    pub fn builder() -> DialogueBuilder {
        DialogueBuilder::default()
    }

    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Triggers an event in a room, for everyone who hears it. It happens when the result is awaited.
    ///
    /// A room named by its marker is checked by the compiler; a room named by an id is checked when this runs.
    ///
    /// # Errors
    ///
    /// [`TriggerError`](crate::error::TriggerError) when the room does not exist or does not carry the event, or the payload
    /// breaks a rule.
    pub fn trigger<R: RoomRef, E: Event + EventOf<R::Key>>(&self, room: R, event: E) -> Trigger {
        Trigger::typed(&self.shared, room.id(), event)
    }

    /// Triggers an event that is known by its name only, such as one of [`EventDef::untyped`](crate::EventDef::untyped) in
    /// a room of the run time. An event that the room knows with its type is checked as that.
    ///
    /// ```
    /// # use dialogue::{Dialogue, EventDef, NewRoom};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dialogue::Error> {
    /// # let dialogue = Dialogue::builder().build()?;
    /// let board = NewRoom::new("board", "Board").event_def(EventDef::untyped("draw").with_history(100));
    /// dialogue.create_room(board).await?;
    /// dialogue.trigger_named("board", "draw", &serde_json::json!({ "x": 1, "y": 2 })).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`trigger`](Self::trigger).
    pub fn trigger_named<T: Serialize + ?Sized>(&self, room: impl RoomRef, event: &str, data: &T) -> Trigger {
        Trigger::named(&self.shared, room.id(), event, data)
    }

    /// Listens to an event of a room: the handler hears each one, in the room's order, one at a time.
    ///
    /// The handler may call back into this server. One that panics or runs into
    /// [`Config::hook_timeout`](crate::Config::hook_timeout) is logged, and hears the next event all the same.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn on<R, E, F, Fut>(&self, room: R, handler: F) -> Registration
    where
        R: RoomRef,
        E: Event + EventOf<R::Key>,
        F: FnOnce(EventMessage<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Registration::start(&self.shared, room.id(), hooks::boxed(handler))
    }

    /// Listens to an event that is known by its name only: as [`on`](Self::on), with any JSON as the payload.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn on_named<F, Fut>(&self, room: impl RoomRef, event: &str, handler: F) -> Registration
    where
        F: FnOnce(EventMessage) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Registration::start_named(&self.shared, room.id(), event, hooks::boxed(handler))
    }

    /// Listens to an event of a room, as a [`Stream`](futures_util::Stream). As for a handler, whoever triggers waits when
    /// 1,024 events ([`Config::max_events_per_handler`](crate::Config::max_events_per_handler)) have not been taken.
    ///
    /// ```
    /// use futures_util::StreamExt as _;
    /// # use dialogue::Dialogue;
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dialogue::Error> {
    /// # let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
    /// let mut messages = dialogue.events::<Message>(General);
    /// dialogue.trigger(General, Message { text: "hi".into() }).await?;
    /// assert_eq!(messages.next().await.map(|msg| msg.data.text).as_deref(), Some("hi"));
    /// # Ok(()) }
    /// ```
    pub fn events<E: Event>(&self, room: impl Carries<E>) -> Events<E> {
        Events::new(&self.shared, room.id())
    }

    /// Asks before each event `E` in a room: the hook may change the payload and what travels beside it (`data` and
    /// `meta`; the rest stays), or refuse the event with its reason. What it changes is checked again.
    ///
    /// It is asked after the hooks of [`DialogueBuilder::before_each`], and while the sender's next request waits.
    ///
    /// ```
    /// use dialogue::{Denied, Dialogue, EventMessage};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    /// # fn main() -> Result<(), dialogue::Error> {
    /// let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
    /// dialogue.before(General, async |mut msg: EventMessage<Message>| {
    ///     if msg.data.text.contains("spam") {
    ///         return Err(Denied::because("no advertising, please"));
    ///     }
    ///     msg.data.text = msg.data.text.trim().to_owned();
    ///     Ok(msg)
    /// });
    /// # Ok(()) }
    /// ```
    pub fn before<R, E, F, Fut>(&self, room: R, hook: F) -> Registration
    where
        R: RoomRef,
        E: Event + EventOf<R::Key>,
        F: FnOnce(EventMessage<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<EventMessage<E>, Denied>> + Send + 'static,
    {
        Registration::before_type(&self.shared, room.id(), hooks::boxed(hook))
    }

    /// Asks before each event of a room, whatever its type: as [`DialogueBuilder::before_each`], for this room only.
    pub fn before_each<F, Fut>(&self, room: impl RoomRef, hook: F) -> Registration
    where
        F: FnOnce(PendingEvent) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<PendingEvent, Denied>> + Send + 'static,
    {
        Registration::before(&self.shared, room.id(), None, hooks::boxed(hook))
    }

    /// Opens a room of a family, or finds it when it is open. A room that [closes when it is
    /// empty](crate::room::RoomSettings::close_when_empty) stays open until its last member has left.
    ///
    /// Every client is sent `dialogue:roomCreated` when it opens, and `dialogue:roomDeleted` when it closes.
    ///
    /// ```
    /// # use dialogue::Dialogue;
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Move { x: i32 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dialogue::Error> {
    /// dialogue::rooms! {
    ///     pub Match { id: "match:{number:u64}", events: [Move] }
    /// }
    ///
    /// let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
    /// let room = dialogue.open(Match { number: 7 }).await?;
    /// assert_eq!((room.id().as_str(), room.name()), ("match:7", "Match 7"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpenError`] when the tables have no such room, or as many rooms are open as the server keeps.
    pub async fn open<R: RoomRef>(&self, room: R) -> Result<Room<R::Key>, OpenError> {
        let (shared, id) = (Arc::clone(&self.shared), room.id());
        let opened = self.shared.to_its_end(async move { lifecycle::open(&shared, id).await }).await?;
        Ok(Room::new(&self.shared, opened))
    }

    /// Creates a room of a kind of its own; see [`NewRoom`]. Every client is sent `dialogue:roomCreated`.
    ///
    /// # Errors
    ///
    /// [`CreateRoomError`] when there is a room of this id, or it could not work.
    pub async fn create_room(&self, config: NewRoom) -> Result<Room, CreateRoomError> {
        let shared = Arc::clone(&self.shared);
        let created = self.shared.to_its_end(async move { lifecycle::create(&shared, config, None).await }).await?;
        Ok(Room::new(&self.shared, created))
    }

    /// Deletes a room that was created or opened, with everyone who is in it. Every client is sent
    /// `dialogue:roomDeleted`.
    ///
    /// # Errors
    ///
    /// [`DeleteRoomError`] when there is no such room, or it is a declared one, which stays.
    pub async fn delete_room(&self, room: impl RoomRef) -> Result<(), DeleteRoomError> {
        let (shared, id) = (Arc::clone(&self.shared), room.id());
        self.shared.to_its_end(async move { lifecycle::delete(&shared, id, None).await }).await
    }

    /// A declared room, which is always there.
    ///
    /// ```
    /// # use dialogue::Dialogue;
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    /// # fn main() -> Result<(), dialogue::Error> {
    /// let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
    /// assert_eq!(dialogue.room(General).size(), 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    ///
    /// When the builder was not given the room's table.
    #[track_caller]
    pub fn room<R: Declared>(&self, room: R) -> Room<R::Key> {
        let found = self.find_room(room);
        found.expect("a declared room is there once its table is: call `.rooms(ROOMS)` on the builder")
    }

    /// The room, if it exists: a declared one always does, one of a family while it is open.
    pub fn find_room<R: RoomRef>(&self, room: R) -> Option<Room<R::Key>> {
        let room = self.shared.rooms.get(room.id().as_str())?;
        (!room.is_closed()).then(|| Room::new(&self.shared, room))
    }

    /// Every room that exists: the declared ones first, in their order.
    pub fn rooms(&self) -> Vec<Room> {
        self.shared.rooms.all().into_iter().map(|room| Room::new(&self.shared, room)).collect()
    }

    /// The JSON Schema of the rooms that it was built with, as [`json_schema`](crate::json_schema) writes it.
    #[cfg(feature = "schema")]
    pub fn json_schema(&self) -> serde_json::Value {
        crate::schema::of(&self.shared.tables)
    }

    /// The rooms that a user is in, with any client.
    pub fn rooms_of(&self, user: impl Into<UserId>) -> UserRooms {
        UserRooms::new(&self.shared, user.into())
    }

    /// Sends an event of your own to every client, outside of all rooms; it is heard with `socket.on(event, ..)`.
    ///
    /// ```
    /// # use dialogue::Dialogue;
    /// # fn main() -> Result<(), dialogue::Error> {
    /// # let dialogue = Dialogue::builder().build()?;
    /// dialogue.broadcast("maintenance", &serde_json::json!({ "inMinutes": 10 }))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`] when the name is one of the protocol's own, or `data` cannot be encoded.
    pub fn broadcast<T: Serialize + ?Sized>(&self, event: &str, data: &T) -> Result<(), SendError> {
        let packet = client::own_event(event, data)?;
        for client in self.clients() {
            client.push(&packet);
        }
        Ok(())
    }

    /// Every client that is connected.
    pub fn clients(&self) -> Vec<Client> {
        self.shared.clients.all()
    }

    /// Every client of a user: one for each tab or device.
    pub fn clients_of(&self, user: impl Into<UserId>) -> Vec<Client> {
        self.shared.clients.of(user.into().as_str())
    }

    /// Whether any client of a user is in a room.
    pub fn is_in_room(&self, user: impl Into<UserId>, room: impl RoomRef) -> bool {
        let id = room.id();
        self.clients_of(user).iter().any(|client| client.room(id.as_str()).is_some())
    }

    /// Whether nobody is connected and no room remembers anyone.
    pub fn is_idle(&self) -> bool {
        self.shared.clients.len() == 0 && self.shared.rooms.is_empty()
    }
}

impl fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialogue").field("clients", &self.shared.clients.len()).finish_non_exhaustive()
    }
}
