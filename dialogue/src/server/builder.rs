//! How a [`Dialogue`] is set up.

use std::fmt;
use std::sync::{Arc, OnceLock};

use axum::Router;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::error::BuildError;
use crate::room::{RoomDef, RoomId};

use super::client::Client;
use super::clients::Clients;
use super::config::Config;
use super::dialogue::Dialogue;
use super::handlers::Handlers;
use super::hooks::{self, Hooks};
use super::shared::Shared;
use super::state::Rooms;
use super::transport;

/// Sets up a [`Dialogue`]: its rooms, hooks and limits.
///
/// ```
/// # use dialogue::{Config, Dialogue};
/// # dialogue::rooms! { pub Lobby { events: [*] } }
/// # fn main() -> Result<(), dialogue::BuildError> {
/// let dialogue = Dialogue::builder()
///     .rooms(ROOMS)
///     .config(Config { rooms_per_client: 8, ..Config::default() })
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

    /// Your own routes, served beside the transport. Default: none.
    pub fn app(mut self, app: Router) -> Self {
        self.app = app;
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
        self.hooks.on_connected.push(hooks::boxed(hook));
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
        self.hooks.on_disconnected.push(hooks::boxed(hook));
        self
    }

    /// Called when a client has joined a room, by its own wish or by the server's, and has been told so. Its next
    /// request waits until the hook is done.
    ///
    /// May be given several times; the hooks run one after the other.
    pub fn on_joined<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client, RoomId) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_joined.push(hooks::boxed(move |(client, room)| hook(client, room)));
        self
    }

    /// Called when a client has left a room, by its own wish, by the server's, or by disconnecting.
    ///
    /// May be given several times; the hooks run one after the other.
    pub fn on_left<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Client, RoomId) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_left.push(hooks::boxed(move |(client, room)| hook(client, room)));
        self
    }

    /// Checks the set-up.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when two tables have a room of the same id, or a limit is 0.
    pub fn build(self) -> Result<Dialogue, BuildError> {
        self.config.check()?;
        let rooms = Rooms::new(&self.rooms, self.config.rooms, epoch)?;
        warn!("user ids are taken on trust: anyone can claim to be anyone");
        let shared = Arc::new(Shared {
            config: self.config,
            hooks: self.hooks,
            rooms,
            clients: Clients::default(),
            handlers: Handlers::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            transport: OnceLock::new(),
            app: self.app,
        });
        let transport = transport::open(&shared);
        let _just_made = shared.transport.set(transport);
        Ok(Dialogue::new(shared))
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
