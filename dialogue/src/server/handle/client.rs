//! The handle of one connected client.

use std::fmt;
use std::sync::{Arc, Weak};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{JoinError, LeaveError, SendError, SubscribeError};
use crate::event::{Event, is_reserved};
use crate::room::{Carries, ClientId, RoomId, RoomRef, UserId};
use crate::server::connection::{Ending, Extensions, Identity, Packet, Peer};
use crate::server::flow::Core;
use crate::server::flow::hooks::Membership;
use crate::server::flow::join::{self, JoinRequest};
use crate::server::flow::{leave, subscribe};
use crate::server::state::{ALL, Member as _};

use super::dialogue::Dialogue;
use super::hook::Handshake;
use super::room::Room;

/// A connected client. This is a cheap handle that can be cloned and kept.
///
/// A user with two tabs has two clients. All methods still work after the connection has ended: the client is in no
/// room, and events sent to it are discarded.
///
/// ```
/// use dialogue::Dialogue;
///
/// dialogue::rooms! {
///     pub Lobby { events: [*], default_subscriptions: [*] }
/// }
///
/// # fn main() -> Result<(), dialogue::Error> {
/// let dialogue = Dialogue::builder()
///     .rooms(ROOMS)
///     .on_connected(async |client| {
///         println!("{} connected as {}", client.id(), client.user_id());
///         if let Err(error) = client.join(Lobby).await {
///             eprintln!("{} did not join the lobby: {error}", client.user_id());
///         }
///     })
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    peer: Arc<Peer>,
    core: Weak<Core>,
}

impl Client {
    pub(crate) fn new(core: &Arc<Core>, peer: Arc<Peer>) -> Self {
        Self { peer, core: Arc::downgrade(core) }
    }

    /// Returns the arguments of hooks about a client and a room.
    pub(crate) fn with_room(core: &Arc<Core>, (peer, room): Membership) -> (Self, Room) {
        (Self::new(core, peer), Room::new(core, room))
    }

    /// The server that this client is connected to, or `None` if it no longer exists.
    pub fn dialogue(&self) -> Option<Dialogue> {
        Some(Dialogue::new(self.core.upgrade()?))
    }

    /// The id of this connection.
    pub fn id(&self) -> &ClientId {
        self.peer.id()
    }

    /// Returns the user, as identified by the [`authenticate`](crate::DialogueBuilder::authenticate) hook. Without that
    /// hook it is the `userId` of the auth payload, or the id of the connection if there is none.
    pub fn user_id(&self) -> &UserId {
        self.peer.user_id()
    }

    /// The identity that the authenticate hook returned, or `None` without that hook.
    ///
    /// ```
    /// # use dialogue::Client;
    /// fn is_admin(client: &Client) -> bool {
    ///     client.auth().is_some_and(|identity| identity.claims["role"] == "admin")
    /// }
    /// ```
    pub fn auth(&self) -> Option<Arc<Identity>> {
        self.peer.identity()
    }

    /// Returns the fields of the auth payload other than `userId`. They have not been verified, and may contain a
    /// token.
    pub fn meta(&self) -> Map<String, Value> {
        let mut fields = self.peer.handshake.fields();
        fields.remove("userId");
        fields
    }

    /// The auth payload and the HTTP request with which the client connected.
    pub fn handshake(&self) -> Handshake {
        Handshake::with_core(self.core.clone(), Arc::clone(&self.peer.handshake))
    }

    /// Returns the application's own data about this client.
    pub fn extensions(&self) -> &Extensions {
        &self.peer.extensions
    }

    /// Joins a room on the client's behalf. The effects are the same as if the client had sent the request: it receives
    /// the room's default subscriptions, `dialogue:joined`, and the history that the room sends to new members. The
    /// [`before_join`](crate::DialogueBuilder::before_join) hook is not called.
    ///
    /// Does nothing if the client is already in the room.
    ///
    /// ```
    /// # use dialogue::{Client, error::JoinError};
    /// # dialogue::rooms! { pub Lobby { events: [*] } }
    /// async fn welcome(client: &Client) -> Result<(), JoinError> {
    ///     client.join(Lobby).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`JoinError`] if the room does not exist or is full, or the client has disconnected.
    pub async fn join(&self, room: impl RoomRef) -> Result<(), JoinError> {
        let core = self.core.upgrade().ok_or(JoinError::Disconnected)?;
        let (id, peer, server) = (room.id(), Arc::clone(&self.peer), Arc::clone(&core));
        core.to_its_end(async move { join::join(&server, &peer, id.as_str(), JoinRequest::default()).await }).await
    }

    /// Leaves a room on the client's behalf. The client is sent `dialogue:left`.
    ///
    /// ```
    /// # use dialogue::{Client, error::LeaveError};
    /// # dialogue::rooms! { pub Lobby { events: [*] } }
    /// async fn dismiss(client: &Client) -> Result<(), LeaveError> {
    ///     client.leave(Lobby).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`LeaveError`] if the client is not in the room.
    pub async fn leave(&self, room: impl RoomRef) -> Result<(), LeaveError> {
        let id = room.id();
        let core = self.core.upgrade().ok_or_else(|| LeaveError::NotInRoom(id.clone()))?;
        let (peer, server) = (Arc::clone(&self.peer), Arc::clone(&core));
        core.to_its_end(async move { leave::leave(&server, &peer, id.as_str(), None).await }).await
    }

    /// The ids of the rooms that the client is in, in no particular order.
    pub fn rooms(&self) -> Vec<RoomId> {
        self.peer.rooms()
    }

    /// Subscribes the client to the event `E` of a room.
    ///
    /// ```
    /// # use dialogue::{Client, error::SubscribeError};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Typing;
    /// # dialogue::rooms! { pub General { events: [Typing] } }
    /// fn show_typing(client: &Client) -> Result<(), SubscribeError> {
    ///     client.subscribe::<Typing>(General)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] if the client is not in the room, the room does not carry the event, or the client has
    /// [`Config::max_subscriptions_per_room`](crate::Config::max_subscriptions_per_room) subscriptions in the room.
    pub fn subscribe<E: Event>(&self, room: impl Carries<E>) -> Result<(), SubscribeError> {
        self.subscribe_to(room.id().as_str(), E::NAME)
    }

    /// Subscribes the client to an event that is known by name only.
    ///
    /// ```
    /// # use dialogue::{Client, error::SubscribeError};
    /// fn show_drawing(client: &Client) -> Result<(), SubscribeError> {
    ///     client.subscribe_named("board", "draw")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`subscribe`](Self::subscribe).
    pub fn subscribe_named(&self, room: impl RoomRef, event: &str) -> Result<(), SubscribeError> {
        self.subscribe_to(room.id().as_str(), event)
    }

    /// Subscribes the client to every event of a room, including events that the room gains later.
    ///
    /// ```
    /// # use dialogue::{Client, error::SubscribeError};
    /// # dialogue::rooms! { pub Lobby { events: [*] } }
    /// fn show_everything(client: &Client) -> Result<(), SubscribeError> {
    ///     client.subscribe_all(Lobby)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] if the client is not in the room.
    pub fn subscribe_all(&self, room: impl RoomRef) -> Result<(), SubscribeError> {
        self.subscribe_to(room.id().as_str(), ALL)
    }

    fn subscribe_to(&self, room: &str, event: &str) -> Result<(), SubscribeError> {
        let max = self.core.upgrade().map_or(usize::MAX, |core| core.config.max_subscriptions_per_room);
        subscribe::subscribe(&self.peer, room, event, max)
    }

    /// Ends the client's subscription to the event `E` of a room. A subscription to all events is not affected.
    ///
    /// ```
    /// # use dialogue::{Client, error::SubscribeError};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Typing;
    /// # dialogue::rooms! { pub General { events: [Typing] } }
    /// fn hide_typing(client: &Client) -> Result<(), SubscribeError> {
    ///     client.unsubscribe::<Typing>(General)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] if the client is not in the room.
    pub fn unsubscribe<E: Event>(&self, room: impl Carries<E>) -> Result<(), SubscribeError> {
        subscribe::unsubscribe(&self.peer, room.id().as_str(), E::NAME)
    }

    /// Ends the client's subscription to an event that is known by name only.
    ///
    /// ```
    /// # use dialogue::{Client, error::SubscribeError};
    /// fn hide_drawing(client: &Client) -> Result<(), SubscribeError> {
    ///     client.unsubscribe_named("board", "draw")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] if the client is not in the room.
    pub fn unsubscribe_named(&self, room: impl RoomRef, event: &str) -> Result<(), SubscribeError> {
        subscribe::unsubscribe(&self.peer, room.id().as_str(), event)
    }

    /// Returns the names of the events that the client is subscribed to in a room, in alphabetical order. `*` stands
    /// for all events. The list is empty if the client is not in the room.
    ///
    /// ```
    /// # use dialogue::Client;
    /// # dialogue::rooms! { pub Lobby { events: [*] } }
    /// fn hears_everything(client: &Client) -> bool {
    ///     client.subscriptions(Lobby).iter().any(|name| name == "*")
    /// }
    /// ```
    pub fn subscriptions(&self, room: impl RoomRef) -> Vec<String> {
        let room = self.peer.room(room.id().as_str());
        let subscriptions = room.and_then(|room| room.subscriptions(self.id()));
        subscriptions.unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    /// Sends an application event to this client only, independent of rooms. Clients receive it with `socket.on(event,
    /// ..)`.
    ///
    /// ```
    /// # use dialogue::{Client, error::SendError};
    /// fn warn(client: &Client) -> Result<(), SendError> {
    ///     client.send("warning", &serde_json::json!({ "reason": "too many messages" }))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`] if the name starts with `dialogue:`, or `data` cannot be encoded as JSON.
    pub fn send<T: Serialize + ?Sized>(&self, event: &str, data: &T) -> Result<(), SendError> {
        self.peer.push(&own_event(event, data)?);
        Ok(())
    }

    /// Ends the connection. The client is notified that the server disconnected it, and does not reconnect
    /// automatically.
    ///
    /// ```
    /// # use dialogue::{Dialogue, UserId};
    /// fn ban(dialogue: &Dialogue, user: &UserId) {
    ///     for client in dialogue.clients_of(user) {
    ///         client.disconnect();
    ///     }
    /// }
    /// ```
    pub fn disconnect(&self) {
        self.peer.outbox().close(Ending::Goodbye);
    }

    /// Returns the number of volatile events that were dropped because this client could not keep up.
    pub fn dropped(&self) -> u64 {
        self.peer.outbox().dropped()
    }

    /// Returns whether the client was disconnected because it did not read and its queue reached its limits.
    pub fn is_cut_off(&self) -> bool {
        self.peer.outbox().is_cut_off()
    }
}

/// Encodes an application event that belongs to no room.
pub(super) fn own_event<T: Serialize + ?Sized>(event: &str, data: &T) -> Result<Packet, SendError> {
    if is_reserved(event) {
        return Err(SendError::ReservedName(event.to_owned()));
    }
    Packet::try_event(event, data)
        .map_err(|source| SendError::Encode { event: event.to_owned(), source: source.into() })
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Client {}

impl From<&Client> for UserId {
    fn from(client: &Client) -> Self {
        client.user_id().clone()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", self.id()).field("user_id", self.user_id()).finish_non_exhaustive()
    }
}
