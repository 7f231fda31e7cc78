//! One connected client, as user code sees it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use tracing::{debug, warn};

use crate::error::SendError;
use crate::event::is_reserved;
use crate::room::{ClientId, RoomId, UserId};
use crate::wire::{self, Connected, name};

use super::outbox::{Outbox, Packet, Pushed, SpillLimits};
use super::queue::Queue;
use super::shared::Shared;
use super::state::{Member, Room};

/// One connected client: a cheap handle, which may be kept and cloned.
///
/// A user with two tabs has two clients. When the connection has ended, every method still works: it finds the client
/// in no room, and what is sent goes nowhere.
///
/// ```
/// # use dialogue::Dialogue;
/// # dialogue::rooms! { pub Lobby { events: [*], default_subscriptions: [*] } }
/// # fn main() -> Result<(), dialogue::BuildError> {
/// let dialogue = Dialogue::builder()
///     .rooms(ROOMS)
///     .on_connected(async |client| {
///         if let Err(error) = client.join(Lobby).await {
///             eprintln!("{} stays outside: {error}", client.user_id());
///         }
///     })
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    id: ClientId,
    user: UserId,
    shared: Weak<Shared>,
    outbox: Outbox,
    queue: Queue,
    memberships: Mutex<Memberships>,
}

/// The rooms that a client is in.
#[derive(Default)]
pub(crate) struct Memberships {
    pub(crate) rooms: HashMap<RoomId, Arc<Room<Client>>>,
    /// The client has been taken out of its rooms for good.
    pub(crate) gone: bool,
}

impl Memberships {
    /// Whether the client may be in the room `id`, when it may be in `max` rooms at once.
    pub(crate) fn has_place_for(&self, id: &str, max: usize) -> bool {
        self.rooms.len() < max || self.rooms.contains_key(id)
    }
}

impl Client {
    pub(crate) fn new(id: ClientId, user: UserId, shared: &Arc<Shared>) -> Self {
        let limits = SpillLimits { bytes: shared.config.spill_bytes, age: shared.config.spill_age };
        Self(Arc::new(Inner {
            id,
            user,
            shared: Arc::downgrade(shared),
            outbox: Outbox::new(limits),
            queue: Queue::held(),
            memberships: Mutex::default(),
        }))
    }

    /// The id of this connection.
    pub fn id(&self) -> &ClientId {
        &self.0.id
    }

    /// The user, as the application knows them: `auth.userId` of the handshake, else the id of the connection.
    pub fn user_id(&self) -> &UserId {
        &self.0.user
    }

    /// The rooms it is in, in no order.
    pub fn rooms(&self) -> Vec<RoomId> {
        self.0.memberships.lock().rooms.keys().cloned().collect()
    }

    /// Sends an event of your own to this client only, outside of all rooms; it is heard with `socket.on(event, ..)`.
    ///
    /// # Errors
    ///
    /// [`SendError`] when the name is one of the protocol's own, or `data` cannot be encoded.
    pub fn send<T: Serialize + ?Sized>(&self, event: &str, data: &T) -> Result<(), SendError> {
        if is_reserved(event) {
            return Err(SendError::ReservedName(event.to_owned()));
        }
        let packet = Packet::try_event(event, data)
            .map_err(|source| SendError::Encode { event: event.to_owned(), source: source.into() })?;
        self.push(&packet);
        Ok(())
    }

    /// Ends the connection. The client is told that the server wished so, and does not come back by itself.
    pub fn disconnect(&self) {
        self.0.outbox.close();
    }

    /// How many volatile events were dropped because this client could not keep up.
    pub fn dropped(&self) -> u64 {
        self.0.outbox.dropped()
    }

    /// Whether it was disconnected because it did not read and its queue passed its bounds.
    pub fn is_cut_off(&self) -> bool {
        self.0.outbox.is_cut_off()
    }

    pub(crate) fn greet(&self) {
        let body = Connected { client_id: self.0.id.as_str(), user_id: &self.0.user };
        self.push(&Packet::event(name::CONNECTED, &body));
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    pub(crate) fn memberships(&self) -> &Mutex<Memberships> {
        &self.0.memberships
    }

    /// The server, as long as it lives.
    pub(crate) fn shared(&self) -> Option<Arc<Shared>> {
        self.0.shared.upgrade()
    }

    /// The room `id`, if this client is in it.
    pub(crate) fn room(&self, id: &str) -> Option<Arc<Room<Self>>> {
        self.0.memberships.lock().rooms.get(id).cloned()
    }

    /// Answers a request: through its acknowledgement if it asked for one, else with the classic frame.
    pub(crate) fn answer<T: Serialize>(&self, ack: Option<i64>, classic: Option<&'static str>, answer: &T) {
        match (ack, classic) {
            (Some(number), _) => self.push(&Packet::ack(number, &wire::Ack::ok(answer))),
            (None, Some(name)) => self.push(&Packet::event(name, answer)),
            (None, None) => {}
        }
    }

    pub(crate) fn refuse(&self, ack: Option<i64>, error: &wire::ErrorBody) {
        debug!(client = %self.0.id, code = ?error.code, room = ?error.room_id, event = ?error.event, "request refused");
        match ack {
            Some(number) => self.push(&Packet::ack(number, &wire::Ack::error(error))),
            None => self.push(&Packet::event(name::ERROR, error)),
        }
    }

    /// Empties the spill queue as the transport makes room.
    fn drain(&self) {
        let Some(shared) = self.shared() else { return };
        let client = self.clone();
        shared.tasks.spawn(async move {
            let mut pause = Duration::from_millis(1);
            while !client.0.outbox.drain() {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            if client.is_cut_off() {
                warn!(client = %client.0.id, "disconnected: the client does not read, and its queue is full");
            }
        });
    }
}

impl Member for Client {
    type Packet = Packet;

    fn id(&self) -> &ClientId {
        &self.0.id
    }

    fn push(&self, packet: &Packet) {
        if self.0.outbox.push(packet) == Pushed::Spilled {
            self.drain();
        }
    }
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
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
        f.debug_struct("Client").field("id", &self.0.id).field("user_id", &self.0.user).finish_non_exhaustive()
    }
}
