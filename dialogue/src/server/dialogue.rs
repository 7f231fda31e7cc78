//! The handle of a server.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::{Extension, Router};
use tokio::net::ToSocketAddrs;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use crate::error::{Error, OpenError, ServeError};
use crate::event::Event;
use crate::room::{In, Room, UserId};
use crate::wire::EventMessage;

use super::builder::DialogueBuilder;
use super::client::Client;
use super::dispatch;
use super::hooks;
use super::http;
use super::room::RoomHandle;
use super::shared::Shared;
use super::state::NotOpened;
use super::subscription::Subscription;
use super::trigger::Trigger;

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

    /// Triggers an event in a room, for everyone who hears it. It happens when the result is awaited.
    ///
    /// A room named by its marker is checked by the compiler; a room named by an id is checked when this runs.
    ///
    /// # Errors
    ///
    /// [`TriggerError`](crate::TriggerError) when the room does not exist or does not carry the event, or the payload
    /// breaks a rule.
    pub fn trigger<R: Room, E: Event + In<R::Kind>>(&self, room: R, event: E) -> Trigger<E> {
        Trigger::new(&self.shared, room.id(), event)
    }

    /// Listens to an event of a room: the handler hears each one, in the room's order, one at a time.
    ///
    /// The handler may call back into this server. One that panics or runs into
    /// [`Config::hook_timeout`](crate::Config::hook_timeout) is logged, and hears the next event all the same.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn on<R, E, F, Fut>(&self, room: R, handler: F) -> Subscription
    where
        R: Room,
        E: Event + In<R::Kind>,
        F: FnOnce(EventMessage<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Subscription::start(&self.shared, room.id(), hooks::boxed(handler))
    }

    /// Opens a room of a family, or finds it when it is open. A room that [closes when it is
    /// empty](crate::Settings::close_when_empty) stays open until its last member has left.
    ///
    /// ```
    /// # use dialogue::Dialogue;
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Move { x: i32 }
    /// # fn main() -> Result<(), dialogue::Error> {
    /// dialogue::rooms! {
    ///     pub Match { id: "match:{number:u64}", events: [Move] }
    /// }
    ///
    /// let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
    /// let room = dialogue.open(Match { number: 7 })?;
    /// assert_eq!((room.id().as_str(), room.name()), ("match:7", "Match 7"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpenError`] when the tables have no such room, or as many rooms are open as the server keeps.
    pub fn open(&self, room: impl Room) -> Result<RoomHandle, OpenError> {
        let id = room.id();
        match self.shared.rooms.for_server(id.as_str()) {
            Ok(room) => Ok(RoomHandle::new(self, room)),
            Err(NotOpened::NotFound) => Err(OpenError::NoSuchFamily(id)),
            Err(NotOpened::Limit { max }) => Err(OpenError::ServerFull { max }),
        }
    }

    /// The room, if it exists: a declared one always does, one of a family while it is open.
    pub fn find_room(&self, room: impl Room) -> Option<RoomHandle> {
        Some(RoomHandle::new(self, self.shared.rooms.get(room.id().as_str())?))
    }

    /// Every room that exists, in the order in which they were opened.
    pub fn rooms(&self) -> Vec<RoomHandle> {
        self.shared.rooms.all().into_iter().map(|room| RoomHandle::new(self, room)).collect()
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
    pub fn is_in_room(&self, user: impl Into<UserId>, room: impl Room) -> bool {
        let id = room.id();
        self.clients_of(user).iter().any(|client| client.room(id.as_str()).is_some())
    }

    /// Whether nobody is connected and no room remembers anyone.
    pub fn is_idle(&self) -> bool {
        self.shared.clients.len() == 0 && self.shared.rooms.is_empty()
    }

    /// The routes of this server and of your app, for a listener of your own. Set `TCP_NODELAY` there: without it, small
    /// packets wait for 40 ms in some patterns.
    pub fn router(&self) -> Router {
        let transport = self.shared.transport.get().map(|transport| transport.router()).unwrap_or_default();
        // A router that has been handed on is all that is left of this handle in some programs.
        let transport = transport.layer(Extension(KeepAlive { _server: Arc::clone(&self.shared) }));
        self.shared.app.clone().merge(http::any_origin(transport))
    }

    /// Listens on an address, which may have port 0, and serves in the background.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the address cannot be bound, or this server has been stopped before.
    pub async fn start(&self, address: impl ToSocketAddrs + fmt::Display) -> Result<Server, ServeError> {
        if self.shared.stopping.is_cancelled() {
            return Err(ServeError::Stopped);
        }
        let listener = http::bind(address).await?;
        let local_address = listener.local_addr().map_err(ServeError::Accept)?;
        info!(address = %local_address, "listening");
        let stopping = self.shared.stopping.clone().cancelled_owned();
        let serving = tokio::spawn(http::serve(listener, self.router(), stopping));
        Ok(Server { dialogue: self.clone(), local_address, serving })
    }

    /// Serves until ctrl-c or SIGTERM, and then stops gracefully.
    ///
    /// # Errors
    ///
    /// [`Error::Serve`] when the address cannot be bound or accepting fails.
    pub async fn serve(&self, address: impl ToSocketAddrs + fmt::Display) -> Result<(), Error> {
        let mut server = self.start(address).await?;
        tokio::select! {
            () = http::asked_to_stop() => {}
            () = self.shared.stopping.cancelled() => {}
            ended = &mut server.serving => return Ok(joined(ended)?),
        }
        Ok(server.stop().await?)
    }

    /// Stops gracefully: takes no new connections, ends those that are there, lets hooks and handlers come to their
    /// end, and cuts off what is left after [`Config::stop_timeout`](crate::Config::stop_timeout).
    pub async fn stop(&self) {
        let Shared { config, clients, handlers, tasks, stopping, transport, .. } = &*self.shared;
        stopping.cancel();
        let drained = async {
            if let Some(transport) = transport.get() {
                transport.close().await;
            }
            // A transport that closes as a whole tells nobody of the single connections.
            for client in clients.all() {
                dispatch::end(&self.shared, &client, "server stop");
            }
            // When the last client has had its last hook, only the server itself can trigger; then the handlers end too.
            clients.gone().await;
            handlers.close();
            tasks.close();
            tasks.wait().await;
        };
        if tokio::time::timeout(config.stop_timeout, drained).await.is_err() {
            warn!(tasks = tasks.len(), "stopped before every task came to its end");
        }
    }
}

/// Keeps the server alive for as long as someone can come in.
#[derive(Clone)]
struct KeepAlive {
    _server: Arc<Shared>,
}

impl fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialogue").field("clients", &self.shared.clients.len()).finish_non_exhaustive()
    }
}

impl Client {
    /// The server that this client is connected to; `None` when that is no more.
    pub fn dialogue(&self) -> Option<Dialogue> {
        Some(Dialogue::new(self.shared()?))
    }
}

/// A server that runs in the background. Dropping this leaves it running.
#[derive(Debug)]
pub struct Server {
    dialogue: Dialogue,
    local_address: SocketAddr,
    serving: JoinHandle<Result<(), ServeError>>,
}

impl Server {
    /// Where it listens.
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// Stops it; see [`Dialogue::stop`].
    ///
    /// # Errors
    ///
    /// [`ServeError`] when accepting connections had failed before.
    pub async fn stop(mut self) -> Result<(), ServeError> {
        self.dialogue.stop().await;
        let limit = self.dialogue.shared.config.stop_timeout;
        if let Ok(ended) = tokio::time::timeout(limit, &mut self.serving).await {
            return joined(ended);
        }
        self.serving.abort();
        Ok(())
    }
}

fn joined(ended: Result<Result<(), ServeError>, tokio::task::JoinError>) -> Result<(), ServeError> {
    match ended {
        Ok(result) => result,
        Err(panic) => Err(ServeError::Accept(std::io::Error::other(panic))),
    }
}
