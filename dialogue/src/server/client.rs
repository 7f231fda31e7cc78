//! One connected client, as user code sees it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tracing::{debug, warn};

use crate::error::SendError;
use crate::event::is_reserved;
use crate::protocol::{self, Connected, name};
use crate::room::{ClientId, RoomId, UserId};

use super::extensions::Extensions;
use super::handshake::Handshake;
use super::identity::Identity;
use super::limits::Limits;
use super::outbox::{Ending, Outbox, Pushed, SpillLimits};
use super::packet::Packet;
use super::queue::Queue;
use super::shared::Shared;
use super::state::{LiveRoom, Member};

/// One connected client: a cheap handle, which may be kept and cloned.
///
/// A user with two tabs has two clients. When the connection has ended, every method still works: it finds the client
/// in no room, and what is sent goes nowhere.
///
/// ```
/// # use dialogue::Dialogue;
/// # dialogue::rooms! { pub Lobby { events: [*], default_subscriptions: [*] } }
/// # fn main() -> Result<(), dialogue::error::BuildError> {
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

/// Who a client is that has not been let in.
static NOBODY: UserId = UserId::from_static("");

struct Inner {
    handshake: Handshake,
    /// Known when the client has been let in, before any user code sees it.
    user: OnceLock<UserId>,
    session: Mutex<Session>,
    outbox: Outbox,
    queue: Queue,
    memberships: Mutex<Memberships>,
    limits: Mutex<Limits>,
    extensions: Extensions,
    ended: Notify,
}

/// For how long, and as whom, the client may stay.
#[derive(Default)]
struct Session {
    identity: Option<Arc<Identity>>,
    /// Ends the session when it expires.
    timer: Option<AbortHandle>,
}

/// The rooms that a client is in.
#[derive(Default)]
pub(crate) struct Memberships {
    pub(crate) rooms: HashMap<RoomId, Arc<LiveRoom<Client>>>,
    /// The client has been taken out of its rooms for good.
    pub(crate) gone: bool,
}

impl Memberships {
    /// Whether the client may be in the room `id`, when it may be in `max` rooms at once.
    pub(crate) fn has_place_for(&self, id: &str, max: usize) -> bool {
        self.rooms.len() < max || self.rooms.contains_key(id)
    }

    /// Forgets a room that was closed, unless the client is in another one of that id by now.
    pub(crate) fn forget(&mut self, room: &Arc<LiveRoom<Client>>) {
        if self.rooms.get(&room.profile.id).is_some_and(|own| Arc::ptr_eq(own, room)) {
            self.rooms.remove(&room.profile.id);
        }
    }
}

impl Client {
    /// A client that wants to come in.
    pub(crate) fn new(handshake: Handshake, shared: &Shared) -> Self {
        let limits = SpillLimits { bytes: shared.config.max_spill_bytes, age: shared.config.max_spill_age };
        Self(Arc::new(Inner {
            handshake,
            user: OnceLock::new(),
            session: Mutex::default(),
            outbox: Outbox::new(limits),
            queue: Queue::held(),
            memberships: Mutex::default(),
            limits: Mutex::default(),
            extensions: Extensions::default(),
            ended: Notify::new(),
        }))
    }

    /// The id of this connection.
    pub fn id(&self) -> &ClientId {
        self.0.handshake.client_id()
    }

    /// The user, as the application knows them: who the authenticate hook says. Without that hook it is `userId` of the
    /// auth payload, else the id of the connection.
    pub fn user_id(&self) -> &UserId {
        self.0.user.get().unwrap_or(&NOBODY)
    }

    /// Who the authenticate hook says the client is; `None` without that hook.
    pub fn auth(&self) -> Option<Arc<Identity>> {
        self.0.session.lock().identity.clone()
    }

    /// What the client said of itself besides its user id: the other fields of the auth payload. Nobody has checked
    /// them, and a token may be among them.
    pub fn meta(&self) -> Map<String, Value> {
        let mut fields = self.0.handshake.fields();
        fields.remove("userId");
        fields
    }

    /// What the client said of itself when it connected, and the HTTP request with which it did.
    pub fn handshake(&self) -> &Handshake {
        &self.0.handshake
    }

    /// The application's own data of this client.
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
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
        self.push(&own_event(event, data)?);
        Ok(())
    }

    /// Ends the connection. The client is told that the server wished so, and does not come back by itself.
    pub fn disconnect(&self) {
        self.0.outbox.close(Ending::Goodbye);
    }

    /// How many volatile events were dropped because this client could not keep up.
    pub fn dropped(&self) -> u64 {
        self.0.outbox.dropped()
    }

    /// Whether it was disconnected because it did not read and its queue passed its bounds.
    pub fn is_cut_off(&self) -> bool {
        self.0.outbox.is_cut_off()
    }

    /// Tells the client that it is in; nothing else is sent to it before.
    pub(crate) fn greet(&self) {
        self.push(&Packet::raw(format!(r#"0{{"sid":"{}"}}"#, self.id())));
        let body = Connected { client_id: self.id().as_str(), user_id: self.user_id() };
        self.push(&Packet::event(name::CONNECTED, &body));
    }

    /// Lets the client in as this user.
    pub(crate) fn let_in(&self, user: UserId) {
        // A client is let in once, and by its own task.
        let _once = self.0.user.set(user);
    }

    /// Keeps who the client is, and what ends its session; the timer from before ends.
    pub(crate) fn begin_session(&self, mut identity: Identity, timer: Option<AbortHandle>) {
        self.0.extensions.extend(identity.take_extensions());
        let mut session = self.0.session.lock();
        session.identity = Some(Arc::new(identity));
        if let Some(before) = std::mem::replace(&mut session.timer, timer) {
            before.abort();
        }
    }

    /// Its last job is done: whoever waits for that goes on.
    pub(crate) fn has_ended(&self) {
        self.0.ended.notify_one();
    }

    /// Waits until its last job is done; for one waiter, at any time.
    pub(crate) async fn ended(&self) {
        self.0.ended.notified().await;
    }

    pub(crate) fn end_session(&self) {
        if let Some(timer) = self.0.session.lock().timer.take() {
            timer.abort();
        }
    }

    pub(crate) fn limits(&self) -> &Mutex<Limits> {
        &self.0.limits
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
        self.0.handshake.shared().upgrade()
    }

    /// The room `id`, if this client is in it.
    pub(crate) fn room(&self, id: &str) -> Option<Arc<LiveRoom<Self>>> {
        self.0.memberships.lock().rooms.get(id).cloned()
    }

    /// Answers a request: through its acknowledgement if it asked for one, else with the classic frame.
    pub(crate) fn answer<T: Serialize>(&self, ack: Option<i64>, classic: Option<&'static str>, answer: &T) {
        match (ack, classic) {
            (Some(number), _) => self.push(&Packet::ack(number, &protocol::Ack::ok(answer)).private()),
            (None, Some(name)) => self.push(&Packet::event(name, answer).private()),
            (None, None) => {}
        }
    }

    pub(crate) fn refuse(&self, ack: Option<i64>, error: &protocol::ErrorBody) {
        debug!(code = %error.code, "request refused");
        match ack {
            Some(number) => self.push(&Packet::ack(number, &protocol::Ack::error(error)).private()),
            None => self.push(&Packet::event(name::ERROR, error).private()),
        }
    }

    /// Queues events that the history of a room holds anyway.
    pub(crate) fn replay(&self, events: &[Packet]) {
        for event in events {
            if self.0.outbox.replay(event) == Pushed::Spilled {
                self.drain();
            }
        }
    }

    /// Waits until nothing waits in the spill queue. A client that does not read is cut off at the bounds.
    pub(crate) async fn drained(&self) {
        self.0.outbox.drained().await;
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
                warn!(client = %client.id(), "disconnected: the client does not read, and its queue is full");
            }
        });
    }
}

/// An event of the application's own, outside of all rooms.
pub(crate) fn own_event<T: Serialize + ?Sized>(event: &str, data: &T) -> Result<Packet, SendError> {
    if is_reserved(event) {
        return Err(SendError::ReservedName(event.to_owned()));
    }
    Packet::try_event(event, data)
        .map_err(|source| SendError::Encode { event: event.to_owned(), source: source.into() })
}

impl Member for Client {
    type Packet = Packet;

    fn id(&self) -> &ClientId {
        self.id()
    }

    fn push(&self, packet: &Packet) {
        if self.0.outbox.push(packet) == Pushed::Spilled {
            self.drain();
        }
    }
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
