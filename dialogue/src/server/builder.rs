//! The builder of a [`Dialogue`] server.

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use axum::Router;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::error::{BoxError, BuildError, Denied};
use crate::protocol::EventMessage;
use crate::room::{NewRoom, RoomDef};

use super::config::Config;
use super::connection::{Identity, Peers, Tasks};
use super::flow::hooks::{self, Hooks};
use super::flow::{Announcements, Core, CreationRate, Dedup, Listeners, Retention};
use super::handle::hook::{Evicted, Handshake, PendingEvent, PublishedEvent, Query, RoomProposal};
use super::handle::{Client, Dialogue, Room, before_each};
use super::net::{Cors, transport};
use super::state::{RoomLimits, Rooms};

impl Dialogue {
    /// Starts configuring a server. See [`DialogueBuilder`].
    pub fn builder() -> DialogueBuilder {
        DialogueBuilder::default()
    }
}

/// Configures a [`Dialogue`]: its rooms, hooks and limits.
///
/// # Hooks
///
/// A hook is an async closure. It may capture state and call back into the server. [`crate::hook`] explains hooks, and
/// lists them in the order in which they run.
///
/// Hooks of the same kind run one after the other, in the order of registration; when several decide, the first refusal
/// wins. Of [`authenticate`](Self::authenticate), [`before_create`](Self::before_create),
/// [`on_cleanup`](Self::on_cleanup) and [`on_load`](Self::on_load) only the last registration takes effect.
///
/// ```
/// # use dialogue::{Config, Dialogue};
/// # dialogue::rooms! { pub Lobby { events: [*] } }
/// # fn main() -> Result<(), dialogue::error::BuildError> {
/// let dialogue = Dialogue::builder()
///     .rooms(ROOMS)
///     .config(Config { max_rooms_per_client: 8, ..Config::default() })
///     .on_connected(async |client| println!("{} is here", client.user_id()))
///     .on_disconnected(async |client| println!("{} has gone", client.user_id()))
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Default)]
#[must_use = "nothing is set up before `build()`"]
pub struct DialogueBuilder {
    rooms: Vec<&'static RoomDef>,
    config: Config,
    cors: Cors,
    hooks: Hooks,
    app: Router,
}

impl DialogueBuilder {
    /// Adds the rooms of a table that [`rooms!`](crate::rooms) generated. Can be called for several tables.
    pub fn rooms(mut self, rooms: &'static [RoomDef]) -> Self {
        self.rooms.extend(rooms);
        self
    }

    /// Sets the limits and other settings. Default: [`Config::default`].
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets the web origins that may use the server. Default: [`Cors::any`].
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = cors;
        self
    }

    /// Sets the application's own routes, which are served beside the transport. Default: none.
    pub fn app(mut self, app: Router) -> Self {
        self.app = app;
        self
    }

    /// Identifies a client, or refuses it with a reason. Without this hook the server trusts the `userId` of the auth
    /// payload, and uses the id of the connection if there is none.
    ///
    /// A refused client receives a `connect_error`. Its message is `UNAUTHENTICATED: reason`, and its `data` is the
    /// error object. When a client renews its session, the hook is called again with the new token.
    ///
    /// ```
    /// use dialogue::{Denied, Dialogue, Handshake, Identity};
    ///
    /// # async fn user_of(_: String) -> Option<String> { None }
    /// # fn main() -> Result<(), dialogue::error::BuildError> {
    /// let dialogue = Dialogue::builder()
    ///     .authenticate(async |handshake: Handshake| {
    ///         let token = handshake.token().ok_or(Denied::because("no token"))?;
    ///         let user = user_of(token).await.ok_or(Denied::because("unknown token"))?;
    ///         Ok(Identity::new(user))
    ///     })
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn authenticate<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Handshake) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Identity, Denied>> + Send + 'static,
    {
        self.hooks.authenticate = Some(hooks::boxed(Handshake::new, hook));
        self
    }

    /// Authenticates clients by JSON Web Tokens. Replaces the hook [`authenticate`](Self::authenticate).
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().jwt(dialogue::JwtAuth::hs256("a secret that nobody else has"));
    /// ```
    #[cfg(feature = "jwt")]
    pub fn jwt(self, tokens: super::handle::hook::JwtAuth) -> Self {
        self.authenticate(async move |handshake: Handshake| Ok(tokens.verify(&handshake)?))
    }

    /// Called when a client asks to connect, before it is authenticated.
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().on_connect(async |handshake| println!("{handshake:?}"));
    /// ```
    pub fn on_connect<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Handshake) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_connect.push(hooks::boxed(Handshake::new, hook));
        self
    }

    /// Called last, when a connection for which [`on_connect`](Self::on_connect) ran has ended, even if it was refused.
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().on_disconnect(async |handshake| println!("{handshake:?}"));
    /// ```
    pub fn on_disconnect<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Handshake) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_disconnect.push(hooks::boxed(Handshake::new, hook));
        self
    }

    /// Called when a client has connected, before its first request is handled.
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().on_connected(async |client| println!("{client:?}"));
    /// ```
    pub fn on_connected<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_connected.push(hooks::boxed(Client::new, hook));
        self
    }

    /// Called when a client has disconnected, after its last request. The client is still a member of its rooms.
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().on_disconnected(async |client| println!("{:?}", client.rooms()));
    /// ```
    pub fn on_disconnected<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_disconnected.push(hooks::boxed(Client::new, hook));
        self
    }

    /// Called when a client asks to join a room. `Err` refuses the join, and the client receives `JOIN_DENIED` with the
    /// reason. A room that the join would open is not announced if the join is refused. Joins by the server do not call
    /// this hook.
    ///
    /// The hook may run twice for one join, if the room is replaced in the meantime. Consume one-time resources such as
    /// invitations in [`on_joined`](Self::on_joined) instead.
    ///
    /// ```
    /// use dialogue::{Client, Denied, Dialogue, Room};
    ///
    /// # fn main() -> Result<(), dialogue::error::BuildError> {
    /// let dialogue = Dialogue::builder()
    ///     .before_join(async |client: Client, room: Room| {
    ///         let is_vip = client.auth().is_some_and(|auth| auth.claims["role"] == "vip");
    ///         if room.id() == "vip" && !is_vip { Err(Denied::because("for VIPs only")) } else { Ok(()) }
    ///     })
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn before_join<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client, Room) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Denied>> + Send + 'static,
    {
        self.hooks.before_join.push(hooks::boxed(Client::with_room, move |(client, room)| hook(client, room)));
        self
    }

    /// Called when a client or the server has joined the client to a room, and the client has been notified. The
    /// client's next request waits for the hook.
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().on_joined(async |client, room| println!("{client:?} {room:?}"));
    /// ```
    pub fn on_joined<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client, Room) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_joined.push(hooks::boxed(Client::with_room, move |(client, room)| hook(client, room)));
        self
    }

    /// Called when a client has left a room: at its own request, because the server removed it, because it
    /// disconnected, or because the room was deleted.
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().on_left(async |client, room| println!("{client:?} {room:?}"));
    /// ```
    pub fn on_left<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client, Room) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_left.push(hooks::boxed(Client::with_room, move |(client, room)| hook(client, room)));
        self
    }

    /// Called when a client asks to create a room. Returns the room, or refuses it with a reason. Without this hook
    /// clients cannot create rooms. See [`RoomProposal`].
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().before_create(async |proposal| Ok(proposal.config()));
    /// ```
    pub fn before_create<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(RoomProposal) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<NewRoom, Denied>> + Send + 'static,
    {
        self.hooks.before_create = Some(hooks::boxed(RoomProposal::new, hook));
        self
    }

    /// Called when a room has been opened or created. Not called for declared rooms, which always exist.
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().on_room_created(async |room| println!("{} exists", room.id()));
    /// ```
    pub fn on_room_created<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Room) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_room_created.push(hooks::boxed(Room::new, hook));
        self
    }

    /// Called when a room has been deleted, or has closed because it was empty.
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().on_room_deleted(async |room| println!("{} is gone", room.id()));
    /// ```
    pub fn on_room_deleted<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Room) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_room_deleted.push(hooks::boxed(Room::new, hook));
        self
    }

    /// Called before each event that a client or the server triggers. The hook may change the event or refuse it. Each
    /// hook receives the event as the hook before it returned it. See [`PendingEvent`]. [`Dialogue::before_each`] does
    /// the same for one room, and [`Dialogue::before`] for one event of a room.
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().before_each(async |event| { println!("{event:?}"); Ok(event) });
    /// ```
    pub fn before_each<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(PendingEvent) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<PendingEvent, Denied>> + Send + 'static,
    {
        self.hooks.before_each.push(before_each(hook));
        self
    }

    /// Called after each published event, with its envelope, before [`after_each`](Self::after_each).
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().on_triggered(async |_room, event| println!("{}", event.event));
    /// ```
    pub fn on_triggered<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Room, EventMessage) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_triggered.push(hooks::boxed(Room::with_message, move |(room, event)| hook(room, event)));
        self
    }

    /// Called after each published event, with the number of clients that it was sent to. See [`PublishedEvent`]. The
    /// sender has received its acknowledgement by then, but its next request waits for the hook. Put slow work into a
    /// handler ([`Dialogue::on`]), which has its own queue.
    ///
    /// ```
    /// let builder = dialogue::Dialogue::builder().after_each(async |event| println!("{}", event.recipients()));
    /// ```
    pub fn after_each<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(PublishedEvent) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.after_each.push(hooks::boxed(PublishedEvent::new, hook));
        self
    }

    /// Stores events that are evicted from the rooms' history, for example in a database. Without this hook evicted
    /// events are discarded. See [`Evicted`].
    ///
    /// Events of one type in one room arrive in batches of up to 100. A smaller batch waits up to 200 ms for more
    /// events, unless the server stops or many events wait already. At most [`Config::max_cleanups_at_once`] calls run
    /// at once, each for a different room.
    ///
    /// If the hook fails (`Err`, a panic, or the time limit), the server offers the batch again, after 100 ms at first
    /// and up to 30 s later. Until a batch is stored, the room keeps it in memory, and clients can read it. When more
    /// than [`Config::max_evicted_events`] wait in all rooms together, a room's oldest events are lost, counted in
    /// [`Dialogue::lost_history`] and logged. When the server stops, the hook receives everything that the rooms keep.
    ///
    /// ```
    /// use dialogue::{history::Evicted, Dialogue};
    ///
    /// # async fn insert(_: &Evicted) -> Result<(), std::io::Error> { Ok(()) }
    /// # fn main() -> Result<(), dialogue::error::BuildError> {
    /// let dialogue = Dialogue::builder()
    ///     .on_cleanup(async |evicted: Evicted| {
    ///         insert(&evicted).await?;
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn on_cleanup<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Evicted) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.hooks.on_cleanup = Some(hooks::boxed(Evicted::new, hook));
        self
    }

    /// Loads events that are no longer in memory, for example from a database. Returns them newest first, and at most
    /// as many as requested. Without this hook clients can read only the events in memory. See [`Query`].
    ///
    /// The hook may return events that are still in memory: the server drops them and asks for more. If the hook
    /// fails, the client receives `INTERNAL`, and the error is logged.
    ///
    /// ```
    /// # async fn select<Q>(_: Q) -> Result<Vec<dialogue::EventMessage>, std::io::Error> { Ok(vec![]) }
    /// let builder = dialogue::Dialogue::builder().on_load(async |query| Ok(select(query).await?));
    /// ```
    pub fn on_load<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Query) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<EventMessage>, BoxError>> + Send + 'static,
    {
        self.hooks.on_load = Some(hooks::boxed(Query::new, hook));
        self
    }

    /// Checks the configuration and creates the server.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if two tables declare a room of the same id, a limit is 0, or an origin of [`Cors`] is invalid.
    pub fn build(self) -> Result<Dialogue, BuildError> {
        let Self { rooms, config, cors, hooks, app } = self;
        config.check()?;
        cors.check()?;
        let config = config.capped();
        if hooks.authenticate.is_none() {
            warn!("user ids are taken on trust: anyone can claim to be anyone; see `DialogueBuilder::authenticate`");
        }
        let tasks = Tasks::default();
        tasks.remember_runtime();
        let core = Arc::new(Core {
            rooms: Rooms::new(&rooms, room_limits(&config), epoch)?,
            #[cfg(feature = "schema")]
            tables: rooms,
            peers: Peers::default(),
            announcements: Announcements::new(),
            listeners: Listeners::default(),
            retention: Retention::new(&config, hooks.on_cleanup.is_some()),
            creation_rate: CreationRate::default(),
            dedup: Dedup::new(&config),
            cleanups: Semaphore::new(config.max_cleanups_at_once.min(Semaphore::MAX_PERMITS)),
            listener_tasks: tasks.sibling(),
            tasks,
            stopping: CancellationToken::new(),
            stopped: CancellationToken::new(),
            ended: CancellationToken::new(),
            is_ending: AtomicBool::new(false),
            transport: OnceLock::new(),
            started: Instant::now(),
            config,
            hooks,
        });
        let transport = transport::open(&core, cors, app);
        let _just_made = core.transport.set(transport);
        Ok(Dialogue::new(core))
    }
}

fn room_limits(config: &Config) -> RoomLimits {
    RoomLimits {
        max: config.max_rooms,
        opened_per_user: config.max_opened_rooms_per_user,
        opened_per_address: config.max_opened_rooms_per_address,
    }
}

/// A unique name for one lifetime of a room.
fn epoch() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

impl fmt::Debug for DialogueBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DialogueBuilder")
            .field("rooms", &self.rooms.len())
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
