//! How a [`Dialogue`] is set up.

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

/// Sets up a [`Dialogue`]: its rooms, hooks and limits.
///
/// # Hooks
///
/// A hook is an async closure that may capture what it needs, and may call back into the server from wherever it runs. One
/// that panics, or runs into [`Config::hook_timeout`], is cut short and logged; where its answer was waited for, the client
/// is told `INTERNAL`. Most may be given several times, and then run one after the other.
///
/// | when | hooks, in their order |
/// |---|---|
/// | a client comes | [`on_connect`](Self::on_connect), [`authenticate`](Self::authenticate), [`on_connected`](Self::on_connected) |
/// | it joins a room | [`before_join`](Self::before_join), [`on_room_created`](Self::on_room_created) if the join opens it, [`on_joined`](Self::on_joined) |
/// | an event is triggered | [`before_each`](Self::before_each), [`Dialogue::before`], [`on_triggered`](Self::on_triggered), [`after_each`](Self::after_each); meanwhile the handlers of [`Dialogue::on`] |
/// | it leaves a room | [`on_left`](Self::on_left), [`on_room_deleted`](Self::on_room_deleted) if the room closes with it |
/// | it goes | [`on_disconnected`](Self::on_disconnected), the hooks of leaving, [`on_disconnect`](Self::on_disconnect) |
/// | a client creates a room | [`before_create`](Self::before_create), [`on_room_created`](Self::on_room_created) |
/// | a room forgets | [`on_cleanup`](Self::on_cleanup) |
/// | history is asked for that no room remembers | [`on_load`](Self::on_load) |
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
    /// Adds the rooms of a table, which [`rooms!`](crate::rooms) has written. May be called for several tables.
    pub fn rooms(mut self, rooms: &'static [RoomDef]) -> Self {
        self.rooms.extend(rooms);
        self
    }

    /// Replaces every limit. Default: [`Config::default`].
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Which web pages may talk to the server. Default: [`Cors::any`].
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = cors;
        self
    }

    /// Your own routes, served beside the transport. Default: none.
    pub fn app(mut self, app: Router) -> Self {
        self.app = app;
        self
    }

    /// Says who a client is, or refuses it with a reason. The last one given counts. Default: the `userId` of the auth
    /// payload is taken on trust, else the id of the connection.
    ///
    /// A refused client gets a `connect_error` whose message is `UNAUTHENTICATED: reason` and whose `data` is the error
    /// (protocol, "Identity"). The hook is asked again when a client renews its session, with the new token.
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

    /// Authenticates clients by their tokens: the hook [`authenticate`](Self::authenticate), ready made.
    #[cfg(feature = "jwt")]
    pub fn jwt(self, tokens: super::handle::hook::JwtAuth) -> Self {
        self.authenticate(async move |handshake: Handshake| Ok(tokens.verify(&handshake)?))
    }

    /// Called when a connection asks to come in, before it is known who it is.
    pub fn on_connect<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Handshake) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_connect.push(hooks::boxed(Handshake::new, hook));
        self
    }

    /// Called when a connection has ended for which [`on_connect`](Self::on_connect) was called, also when it was refused;
    /// after everything else.
    pub fn on_disconnect<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Handshake) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_disconnect.push(hooks::boxed(Handshake::new, hook));
        self
    }

    /// Called when a client has connected, before the first of its requests is handled.
    ///
    /// May be given several times; the hooks run one after the other.
    pub fn on_connected<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_connected.push(hooks::boxed(Client::new, hook));
        self
    }

    /// Called when a client has disconnected, while it is still in its rooms, and after the last of its requests.
    ///
    /// May be given several times; the hooks run one after the other.
    pub fn on_disconnected<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_disconnected.push(hooks::boxed(Client::new, hook));
        self
    }

    /// Asked when a client wants to join a room; `Err` is its reason, and the client is told `JOIN_DENIED`. A room that the
    /// join would open is not open yet, and nobody hears of it if the answer is no. Joins that the server makes are not
    /// asked about.
    ///
    /// May be given several times; the first no counts. It may be asked twice for one join, when the room becomes another one
    /// meanwhile; what it uses up, such as an invitation, is better used up in [`on_joined`](Self::on_joined).
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

    /// Called when a client has joined a room, by its own wish or by the server's, and has been told so. Its next
    /// request waits until the hook is done.
    ///
    /// May be given several times; the hooks run one after the other.
    pub fn on_joined<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client, Room) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_joined.push(hooks::boxed(Client::with_room, move |(client, room)| hook(client, room)));
        self
    }

    /// Called when a client has left a room, by its own wish, by the server's, by disconnecting, or because the room was
    /// deleted.
    ///
    /// May be given several times; the hooks run one after the other.
    pub fn on_left<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client, Room) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_left.push(hooks::boxed(Client::with_room, move |(client, room)| hook(client, room)));
        self
    }

    /// Lets clients create rooms: asked when one wants to, it answers with the room, or refuses with a reason. The last one
    /// given counts. Default: clients may not create rooms. See [`RoomProposal`].
    pub fn before_create<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(RoomProposal) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<NewRoom, Denied>> + Send + 'static,
    {
        self.hooks.before_create = Some(hooks::boxed(RoomProposal::new, hook));
        self
    }

    /// Called when a room has been opened or created; not for declared rooms, which are always there.
    ///
    /// May be given several times; the hooks run one after the other.
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
    /// May be given several times; the hooks run one after the other.
    pub fn on_room_deleted<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Room) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_room_deleted.push(hooks::boxed(Room::new, hook));
        self
    }

    /// Asked before each event, whether a client or the server triggers it: it may change the event or refuse it. See
    /// [`PendingEvent`]. For the events of one room or one type there are [`Dialogue::before_each`] and [`Dialogue::before`].
    ///
    /// May be given several times; each gets what the one before has made of the event, and the first no counts.
    pub fn before_each<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(PendingEvent) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<PendingEvent, Denied>> + Send + 'static,
    {
        self.hooks.before_each.push(before_each(hook));
        self
    }

    /// Called after each event that was published, with its envelope, before [`after_each`](Self::after_each).
    ///
    /// May be given several times; the hooks run one after the other.
    pub fn on_triggered<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Room, EventMessage) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_triggered.push(hooks::boxed(Room::with_message, move |(room, event)| hook(room, event)));
        self
    }

    /// Called after each event that was published, with the number of clients that it was sent to. See [`PublishedEvent`].
    ///
    /// The sender has its acknowledgement by then, but its next request waits. What takes long is better done in a handler
    /// ([`Dialogue::on`]), which has a queue of its own.
    ///
    /// May be given several times; the hooks run one after the other.
    pub fn after_each<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(PublishedEvent) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.after_each.push(hooks::boxed(PublishedEvent::new, hook));
        self
    }

    /// Takes over the events that rooms forget, such as into a database. The last one given counts. Default: they are gone.
    ///
    /// A room's events of one type come in batches of up to 100. A smaller batch waits 200 ms for more, unless the server stops
    /// or many events wait already. At most [`Config::max_cleanups_at_once`] calls run at once, for different rooms.
    ///
    /// A batch that the hook fails to take (`Err`, a panic, or the time limit) comes again, after 100 ms and up to 30 s
    /// later. Meanwhile the room has it still, and clients can read it. When more than [`Config::max_evicted_events`] wait in
    /// all rooms together, the oldest of a room are lost, counted in [`Dialogue::lost_history`] and logged. When the server
    /// stops, the hook gets everything that rooms remember. See [`Evicted`].
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

    /// Answers requests for events that rooms do not remember any more, such as from a database: newest first, and at most
    /// as many as were asked for. The last one given counts. Default: there are none. See [`Query`].
    ///
    /// The hook may answer with events that the room remembers too: they are left out, and the hook is asked for more.
    ///
    /// When it fails, the client is told `INTERNAL`, and the log says why.
    pub fn on_load<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Query) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<EventMessage>, BoxError>> + Send + 'static,
    {
        self.hooks.on_load = Some(hooks::boxed(Query::new, hook));
        self
    }

    /// Checks the set-up.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when two tables have a room of the same id, a limit is 0, or an origin is none.
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

/// A name for the life of a room, never used twice.
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
