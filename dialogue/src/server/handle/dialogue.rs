//! The handle of a server.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use serde::Serialize;
use tokio::net::ToSocketAddrs;

use crate::error::{CreateRoomError, DeleteRoomError, Denied, Error, OpenError, SendError, ServeError};
use crate::event::Event;
use crate::protocol::EventMessage;
use crate::room::{Carries, Declared, EventOf, NewRoom, RoomRef, UserId};
use crate::server::connection::Peer;
use crate::server::flow::{Core, open_close};
use crate::server::net::serving;
use crate::server::state::Member as _;

use super::client::{self, Client};
use super::hook::PendingEvent;
use super::registration::{Events, Registration};
use super::room::Room;
use super::server::Server;
use super::trigger::Trigger;
use super::user_rooms::UserRooms;

/// A realtime server. This is a cheap handle that can be cloned and kept.
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
    core: Arc<Core>,
}

impl Dialogue {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Triggers an event in a room, for all its subscribers. The event is published when the result is awaited.
    ///
    /// If the room is given as a marker, the compiler checks that it carries the event. If it is given as an id, the
    /// server checks at run time.
    ///
    /// # Errors
    ///
    /// [`TriggerError`](crate::error::TriggerError) if the room does not exist or does not carry the event, or the
    /// payload is invalid.
    pub fn trigger<R: RoomRef, E: Event + EventOf<R::Key>>(&self, room: R, event: E) -> Trigger {
        Trigger::typed(&self.core, room.id(), event)
    }

    /// Triggers an event that is known by name only, such as one that [`EventDef::untyped`](crate::EventDef::untyped)
    /// defines in a room created at run time. If the room defines the event with a type, the payload is checked against
    /// that type.
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
        Trigger::named(&self.core, room.id(), event, data)
    }

    /// Calls `handler` for each event `E` of a room. Calls are made one at a time, in the room's order.
    ///
    /// The handler may call back into this server. A handler that panics or exceeds
    /// [`Config::hook_timeout`](crate::Config::hook_timeout) is logged, and still receives the next event.
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
        Registration::on(&self.core, room.id(), handler)
    }

    /// Calls `handler` for each event of a name. Like [`on`](Self::on), but the payload is any JSON.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn on_named<F, Fut>(&self, room: impl RoomRef, event: &str, handler: F) -> Registration
    where
        F: FnOnce(EventMessage) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Registration::on_named(&self.core, room.id(), event, handler)
    }

    /// Returns the events `E` of a room as a [`Stream`](futures_util::Stream). As with a handler, triggers wait while
    /// [`Config::max_events_per_handler`](crate::Config::max_events_per_handler) (1,024 by default) events have not
    /// been taken.
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
        Events::new(&self.core, room.id())
    }

    /// Calls `hook` before each event `E` in a room is published. The hook may change the payload (`data`) and the
    /// metadata (`meta`), or refuse the event with a reason; changes to other fields are ignored. A changed payload is
    /// validated again.
    ///
    /// The hook runs after those of [`DialogueBuilder::before_each`](crate::DialogueBuilder::before_each). The sender's
    /// next request waits for it.
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
        Registration::before(&self.core, room.id(), hook)
    }

    /// Calls `hook` before each event of a room, of any type. Like
    /// [`DialogueBuilder::before_each`](crate::DialogueBuilder::before_each), but for this room only.
    pub fn before_each<F, Fut>(&self, room: impl RoomRef, hook: F) -> Registration
    where
        F: FnOnce(PendingEvent) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<PendingEvent, Denied>> + Send + 'static,
    {
        Registration::before_each(&self.core, room.id(), hook)
    }

    /// Opens a room of a family, or returns it if it is open. A room that [closes when it is
    /// empty](crate::room::RoomSettings::close_when_empty) stays open until its last member has left.
    ///
    /// Every client receives `dialogue:roomCreated` when the room opens, and `dialogue:roomDeleted` when it closes.
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
    /// [`OpenError`] if no table declares the room, or [`Config::max_rooms`](crate::Config::max_rooms) rooms are open.
    pub async fn open<R: RoomRef>(&self, room: R) -> Result<Room<R::Key>, OpenError> {
        let (core, id) = (Arc::clone(&self.core), room.id());
        let opened = self.core.to_its_end(async move { open_close::open(&core, id).await }).await?;
        Ok(Room::new(&self.core, opened))
    }

    /// Creates a room that no table declares; see [`NewRoom`]. Every client receives `dialogue:roomCreated`.
    ///
    /// # Errors
    ///
    /// [`CreateRoomError`] if a room with this id exists, or the configuration is invalid.
    pub async fn create_room(&self, config: NewRoom) -> Result<Room, CreateRoomError> {
        let core = Arc::clone(&self.core);
        let created = self.core.to_its_end(async move { open_close::create(&core, config, None).await }).await?;
        Ok(Room::new(&self.core, created))
    }

    /// Deletes a room that was created or opened, and removes its members. Every client receives
    /// `dialogue:roomDeleted`.
    ///
    /// # Errors
    ///
    /// [`DeleteRoomError`] if the room does not exist, or is a declared room. Declared rooms cannot be deleted.
    pub async fn delete_room(&self, room: impl RoomRef) -> Result<(), DeleteRoomError> {
        let (core, id) = (Arc::clone(&self.core), room.id());
        self.core.to_its_end(async move { open_close::delete(&core, id, None).await }).await
    }

    /// Returns a declared room. Declared rooms always exist.
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
    /// If the room's table was not passed to the builder.
    #[track_caller]
    pub fn room<R: Declared>(&self, room: R) -> Room<R::Key> {
        let found = self.find_room(room);
        found.expect("a declared room is there once its table is: call `.rooms(ROOMS)` on the builder")
    }

    /// Returns the room if it exists. Declared rooms always exist; rooms of a family exist while they are open.
    pub fn find_room<R: RoomRef>(&self, room: R) -> Option<Room<R::Key>> {
        let room = self.core.rooms.get(room.id().as_str())?;
        (!room.is_closed()).then(|| Room::new(&self.core, room))
    }

    /// Returns all existing rooms. The declared rooms come first, in the order of their declaration.
    pub fn rooms(&self) -> Vec<Room> {
        self.core.rooms.all().into_iter().map(|room| Room::new(&self.core, room)).collect()
    }

    /// Returns the JSON Schema of the rooms that the server was built with, in the format of
    /// [`json_schema`](crate::json_schema).
    #[cfg(feature = "schema")]
    pub fn json_schema(&self) -> serde_json::Value {
        crate::schema::of(&self.core.tables)
    }

    /// Returns the rooms that a user is in with at least one client.
    pub fn rooms_of(&self, user: impl Into<UserId>) -> UserRooms {
        UserRooms::new(&self.core, user.into())
    }

    /// Sends an application event to every client, independent of rooms. Clients receive it with `socket.on(event,
    /// ..)`.
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
    /// [`SendError`] if the name starts with `dialogue:`, or `data` cannot be encoded as JSON.
    pub fn broadcast<T: Serialize + ?Sized>(&self, event: &str, data: &T) -> Result<(), SendError> {
        let packet = client::own_event(event, data)?;
        for peer in self.core.peers.all() {
            peer.push(&packet);
        }
        Ok(())
    }

    /// Returns all connected clients.
    pub fn clients(&self) -> Vec<Client> {
        self.handles(self.core.peers.all())
    }

    /// Returns all clients of a user: one for each tab or device.
    pub fn clients_of(&self, user: impl Into<UserId>) -> Vec<Client> {
        self.handles(self.core.peers.of(user.into().as_str()))
    }

    /// Returns whether at least one client of a user is in a room.
    pub fn is_in_room(&self, user: impl Into<UserId>, room: impl RoomRef) -> bool {
        let id = room.id();
        self.core.peers.of(user.into().as_str()).iter().any(|peer| peer.room(id.as_str()).is_some())
    }

    fn handles(&self, peers: Vec<Arc<Peer>>) -> Vec<Client> {
        peers.into_iter().map(|peer| Client::new(&self.core, peer)).collect()
    }

    /// Returns the number of history events that were lost: they were evicted, and
    /// [`on_cleanup`](crate::DialogueBuilder::on_cleanup) did not store them. Either more than
    /// [`Config::max_evicted_events`](crate::Config::max_evicted_events) waited, or the server stopped before the hook
    /// had stored them.
    pub fn lost_history(&self) -> u64 {
        self.core.retention.lost()
    }

    /// Returns whether no client is connected and no room keeps any state of a member.
    pub fn is_idle(&self) -> bool {
        self.core.peers.len() == 0 && self.core.rooms.is_empty()
    }

    /// Returns the routes of this server and of the application, to serve with your own listener.
    ///
    /// Set `TCP_NODELAY` on the connections; without it, small packets are delayed by up to 40 ms. Serve the router
    /// with `into_make_service_with_connect_info::<SocketAddr>()`, so that the server knows the addresses of clients.
    /// The router has no `/health` route; only [`start`](Self::start) and [`serve`](Self::serve) add one.
    ///
    /// ```no_run
    /// # use std::net::SocketAddr;
    /// # use dialogue::Dialogue;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use axum::serve::ListenerExt as _;
    ///
    /// # let dialogue = Dialogue::builder().build()?;
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?.tap_io(|tcp| {
    ///     let _ = tcp.set_nodelay(true);
    /// });
    /// let app = dialogue.router().into_make_service_with_connect_info::<SocketAddr>();
    /// axum::serve(listener, app).await?;
    /// # Ok(()) }
    /// ```
    pub fn router(&self) -> Router {
        serving::router(&self.core)
    }

    /// Listens on an address and serves in the background. Port 0 picks a free port. Serves `/health` beside the
    /// [`router`](Self::router), unless your application has that route.
    ///
    /// ```
    /// # use dialogue::Dialogue;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dialogue::Error> {
    /// # let dialogue = Dialogue::builder().build()?;
    /// let server = dialogue.start("127.0.0.1:0").await?;
    /// println!("listening on {}", server.local_address());
    /// server.stop().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError`] if the address cannot be bound, or this server has been stopped before.
    pub async fn start(&self, address: impl ToSocketAddrs + fmt::Display) -> Result<Server, ServeError> {
        Ok(Server::new(self.clone(), serving::start(&self.core, address).await?))
    }

    /// Serves until ctrl-c or SIGTERM, and then stops gracefully.
    ///
    /// ```no_run
    /// # use dialogue::Dialogue;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dialogue::Error> {
    /// Dialogue::builder().build()?.serve("0.0.0.0:3000").await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Serve`] if the address cannot be bound or accepting connections fails.
    pub async fn serve(&self, address: impl ToSocketAddrs + fmt::Display) -> Result<(), Error> {
        let mut server = self.start(address).await?;
        tokio::select! {
            () = serving::asked_to_stop() => {}
            () = self.core.stopping.cancelled() => {}
            ended = server.ended() => return Ok(ended?),
        }
        Ok(server.stop().await?)
    }

    /// Stops gracefully. The server accepts no new connections, handles the requests that clients have sent, delivers
    /// the queued packets, and disconnects the clients so that they reconnect elsewhere. Hooks and handlers finish, and
    /// the history of the rooms is passed to [`on_cleanup`](crate::DialogueBuilder::on_cleanup). Work that has not
    /// finished after [`Config::stop_timeout`](crate::Config::stop_timeout) is aborted and logged.
    ///
    /// ```
    /// # use dialogue::Dialogue;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dialogue::Error> {
    /// # let dialogue = Dialogue::builder().build()?;
    /// dialogue.stop().await;
    /// assert!(dialogue.start("127.0.0.1:0").await.is_err());
    /// # Ok(()) }
    /// ```
    pub async fn stop(&self) {
        serving::stop(&self.core).await;
    }
}

impl fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialogue").field("clients", &self.core.peers.len()).finish_non_exhaustive()
    }
}
