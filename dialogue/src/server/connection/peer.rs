//! One connected client, as the server's own code sees it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tracing::{debug, warn};

use crate::protocol::{Ack, Connected, ErrorBody, name};
use crate::room::{ClientId, RoomId, UserId};
use crate::server::state::{Member, Opener};

use super::LiveRoom;
use super::extensions::Extensions;
use super::handshake::HandshakeData;
use super::identity::Identity;
use super::limits::Limits;
use super::outbox::{Outbox, Pushed, SpillLimits};
use super::packet::Packet;
use super::requests::RequestQueue;
use super::tasks::Tasks;

/// The user id of a peer that has not been admitted.
static NOBODY: UserId = UserId::from_static("");

/// One connected client: its handshake, request queue, outbox, memberships and limits.
pub(crate) struct Peer {
    pub(crate) handshake: Arc<HandshakeData>,
    pub(crate) extensions: Extensions,
    /// Set when the peer is admitted, before any user code sees it.
    user: OnceLock<UserId>,
    session: Mutex<Session>,
    outbox: Outbox,
    requests: RequestQueue,
    memberships: Mutex<Memberships>,
    limits: Arc<Mutex<Limits>>,
    ended: Notify,
    greeted: AtomicBool,
    /// Whether the last of its requests has been handled.
    ending: AtomicBool,
    /// Spawns the task that drains the spill queue.
    tasks: Tasks,
}

/// The identity of the client and the end of its session.
#[derive(Default)]
struct Session {
    identity: Option<Arc<Identity>>,
    /// Ends the session when it expires.
    timer: Option<AbortHandle>,
}

/// The rooms that a peer is a member of.
#[derive(Default)]
pub(crate) struct Memberships {
    pub(crate) rooms: HashMap<RoomId, Arc<LiveRoom>>,
    /// Whether the peer has been removed from its rooms permanently.
    pub(crate) gone: bool,
}

impl Memberships {
    /// Whether the peer may be in the room `id` when it may be in `max` rooms at once.
    pub(crate) fn has_place_for(&self, id: &str, max: usize) -> bool {
        self.rooms.len() < max || self.rooms.contains_key(id)
    }

    /// Removes a room that was closed, unless the peer has joined a successor with the same id.
    pub(crate) fn remove_closed(&mut self, room: &Arc<LiveRoom>) {
        if self.rooms.get(&room.profile.id).is_some_and(|own| Arc::ptr_eq(own, room)) {
            self.rooms.remove(&room.profile.id);
        }
    }
}

impl Peer {
    /// Creates a peer that has not been admitted yet. `limits` is the state of its connection's rate limits.
    pub(crate) fn new(
        handshake: HandshakeData,
        spill: SpillLimits,
        limits: Arc<Mutex<Limits>>,
        tasks: Tasks,
    ) -> Arc<Self> {
        Arc::new(Self {
            handshake: Arc::new(handshake),
            extensions: Extensions::default(),
            user: OnceLock::new(),
            session: Mutex::default(),
            outbox: Outbox::new(spill),
            requests: RequestQueue::held(),
            memberships: Mutex::default(),
            limits,
            ended: Notify::new(),
            greeted: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            tasks,
        })
    }

    pub(crate) fn id(&self) -> &ClientId {
        &self.handshake.client_id
    }

    pub(crate) fn user_id(&self) -> &UserId {
        self.user.get().unwrap_or(&NOBODY)
    }

    /// Returns the peer as the opener of a room.
    pub(crate) fn opener(&self) -> Opener {
        Opener { user: self.user_id().clone(), address: self.handshake.address() }
    }

    pub(crate) fn identity(&self) -> Option<Arc<Identity>> {
        self.session.lock().identity.clone()
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub(crate) fn requests(&self) -> &RequestQueue {
        &self.requests
    }

    pub(crate) fn memberships(&self) -> &Mutex<Memberships> {
        &self.memberships
    }

    pub(crate) fn limits(&self) -> &Mutex<Limits> {
        &self.limits
    }

    /// The ids of the rooms it is in, in no particular order.
    pub(crate) fn rooms(&self) -> Vec<RoomId> {
        self.memberships.lock().rooms.keys().cloned().collect()
    }

    /// The room `id`, if the peer is in it.
    pub(crate) fn room(&self, id: &str) -> Option<Arc<LiveRoom>> {
        self.memberships.lock().rooms.get(id).cloned()
    }

    /// Whether the peer was admitted and greeted.
    pub(crate) fn is_admitted(&self) -> bool {
        self.greeted.load(Ordering::Acquire)
    }

    /// Admits the peer as this user.
    pub(crate) fn admit(&self, user: UserId) {
        // The cell is empty: a peer is admitted once, by its own task.
        let _once = self.user.set(user);
    }

    /// Sends `dialogue:connected`. No other packet is sent to the client before.
    pub(crate) fn greet(self: &Arc<Self>) {
        self.push(&Packet::raw(format!(r#"0{{"sid":"{}"}}"#, self.id())));
        let body = Connected { client_id: self.id().as_str(), user_id: self.user_id() };
        self.push(&Packet::event(name::CONNECTED, &body));
        self.greeted.store(true, Ordering::Release);
    }

    /// Stores the identity and the timer that ends the session. Aborts the timer of the session before.
    pub(crate) fn begin_session(&self, mut identity: Identity, timer: Option<AbortHandle>) {
        self.extensions.extend(identity.take_extensions());
        let mut session = self.session.lock();
        session.identity = Some(Arc::new(identity));
        if let Some(before) = std::mem::replace(&mut session.timer, timer) {
            before.abort();
        }
    }

    pub(crate) fn end_session(&self) {
        if let Some(timer) = self.session.lock().timer.take() {
            timer.abort();
        }
    }

    /// Whether it has handled the last of its requests.
    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Records that the last request has been handled, and returns whether that was already recorded. Called under the
    /// lock of [`Peers`](super::Peers).
    pub(super) fn set_ending(&self) -> bool {
        self.ending.swap(true, Ordering::Relaxed)
    }

    /// Records that the last job is done, and wakes the task that waits for it.
    pub(crate) fn set_ended(&self) {
        self.ended.notify_one();
    }

    /// Waits until the last job is done. One waiter at a time.
    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Answers a request: with its acknowledgement if it asked for one, otherwise with the classic event.
    pub(crate) fn answer<T: Serialize>(self: &Arc<Self>, ack: Option<i64>, classic: Option<&'static str>, answer: &T) {
        match (ack, classic) {
            (Some(number), _) => self.push(&Packet::ack(number, &Ack::ok(answer)).private()),
            (None, Some(name)) => self.push(&Packet::event(name, answer).private()),
            (None, None) => {}
        }
    }

    /// Refuses a request: with its acknowledgement if it asked for one, otherwise with `dialogue:error`.
    pub(crate) fn refuse(self: &Arc<Self>, ack: Option<i64>, error: &ErrorBody) {
        debug!(code = %error.code, "request refused");
        match ack {
            Some(number) => self.push(&Packet::ack(number, &Ack::error(error)).private()),
            None => self.push(&Packet::event(name::ERROR, error).private()),
        }
    }

    /// Queues events that are in the history of a room.
    pub(crate) fn replay(self: &Arc<Self>, events: &[Packet]) {
        for event in events {
            if self.outbox.replay(event) == Pushed::Spilled {
                self.drain();
            }
        }
    }

    /// Waits until the spill queue is empty. A client that does not read is disconnected when its queue reaches its
    /// limits.
    pub(crate) async fn drained(&self) {
        self.outbox.drained().await;
    }

    /// Moves packets from the spill queue to the transport while the transport has room.
    fn drain(self: &Arc<Self>) {
        let peer = Arc::clone(self);
        self.tasks.spawn(async move {
            let mut pause = Duration::from_millis(1);
            while !peer.outbox.drain() {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            if peer.outbox.is_cut_off() {
                warn!(client = %peer.id(), "disconnected: the client does not read, and its queue is full");
            }
        });
    }
}

impl Member for Arc<Peer> {
    type Packet = Packet;

    fn id(&self) -> &ClientId {
        Peer::id(self)
    }

    fn push(&self, packet: &Packet) {
        if self.outbox.push(packet) == Pushed::Spilled {
            self.drain();
        }
    }
}
