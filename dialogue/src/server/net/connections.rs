//! Handles the packets of a connection, in order, in its reading task.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ConnectInfo;
use engineioxide::handler::EngineIoHandler;
use engineioxide::sid::Sid;
use engineioxide::{DisconnectReason, Str};
use parking_lot::Mutex;
use tracing::warn;

use crate::protocol::{ErrorBody, ErrorCode};
use crate::room::ClientId;
use crate::server::config::Config;
use crate::server::connection::{Ending, HandshakeData, Job, Peer, Queued, SpillLimits, Unread, network};
use crate::server::flow::Core;
use crate::server::session::{admission, task};

use super::frame::{self, Frame, Kind};
use super::socket::{SocketConnection, SocketState, expect_connect};

/// Maximum length of a namespace that is answered.
const NAMESPACE_BYTES: usize = 256;

/// How long a connection beyond the limit may stay open until the limit allows it.
const SURPLUS_TIMEOUT: Duration = Duration::from_secs(5);

type Socket = engineioxide::Socket<SocketState>;

/// All connections, and the server that they belong to.
pub(super) struct Handler {
    core: Weak<Core>,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    sockets: HashMap<Sid, Arc<Socket>>,
    /// The number of connections within the limit. The others receive an error, and may retry.
    placed: usize,
    placed_by_address: HashMap<IpAddr, usize>,
}

impl Handler {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self { core: Arc::downgrade(core), connections: Mutex::default() }
    }

    /// Ends every connection, and waits until they are gone.
    pub(super) async fn close_all(&self) {
        let sockets: Vec<_> = self.connections.lock().sockets.values().cloned().collect();
        for socket in &sockets {
            socket.close(DisconnectReason::ClosingServer);
        }
        for socket in sockets {
            socket.closed().await;
        }
    }

    fn handle(self: &Arc<Self>, packet: &Frame<'_>, socket: &Arc<Socket>) {
        match (packet.kind, packet.namespace) {
            (Kind::Connect, "/") => self.connect(packet.data, socket),
            (Kind::Connect, other) if other.len() > NAMESPACE_BYTES => {
                socket.close(DisconnectReason::PacketParsingError);
            }
            (Kind::Connect, other) => {
                let _closed_if_full = socket.emit(frame::connect_error(other, "Invalid namespace"));
            }
            (Kind::Event, "/") => self.event(packet, socket),
            (Kind::Disconnect, "/") => self.disconnect(socket),
            // An acknowledgement that was not requested, or a namespace that was refused.
            _ => {}
        }
    }

    fn connect(self: &Arc<Self>, auth: &str, socket: &Arc<Socket>) {
        let Some(core) = self.core.upgrade() else { return };
        if !socket.data.takes_connect() {
            return;
        }
        if let Some(refusal) = self.unfit(&core, socket, auth) {
            // The connection stays open. Over long polling, a client would not receive this packet if it were closed
            // immediately.
            let _closed_if_full = socket.emit(admission::refused(&refusal).text);
            return;
        }
        let new = || {
            // Not the id of the Engine.IO session: that id authorizes requests of the session, and this one is visible
            // to other clients.
            let id = ClientId::from(Sid::new().to_string());
            let spill = SpillLimits { bytes: core.config.max_spill_bytes, age: core.config.max_spill_age };
            let (handshake, limits) = (HandshakeData::new(id, auth, &socket.req_parts), socket.data.limits());
            Peer::new(handshake, spill, limits, core.tasks.clone())
        };
        if let Some(peer) = socket.data.open(new, |peer| self.attach(peer, socket)) {
            begin(&core, &peer);
        }
    }

    /// Connects a client's outbox.
    fn attach(self: &Arc<Self>, peer: &Arc<Peer>, socket: &Arc<Socket>) {
        peer.outbox().connect(Box::new(SocketConnection {
            client: peer.id().clone(),
            socket: Arc::clone(socket),
            handler: Arc::downgrade(self),
            core: self.core.clone(),
        }));
    }

    fn event(&self, packet: &Frame<'_>, socket: &Arc<Socket>) {
        let Some(core) = self.core.upgrade() else { return };
        let Some(peer) = socket.data.peer() else {
            // The event came before CONNECT or after DISCONNECT.
            return socket.close(DisconnectReason::PacketParsingError);
        };
        let (config, ack) = (&core.config, packet.ack);
        let job = match packet.data {
            _ if packet.attachments > 0 => Job::Refused { why: Unread::Binary, ack },
            large if large.len() > config.max_request_bytes => Job::Refused { why: Unread::TooLarge, ack },
            frame => Job::Request { frame: frame.into(), ack },
        };
        match peer.requests().push(job, config.max_request_queue_bytes) {
            Queued::Idle => task::start(&core, &peer),
            // No packet is sent before `dialogue:connected`. A client that sends this much before it is admitted is
            // disconnected.
            Queued::Full if !peer.is_admitted() => peer.outbox().close(Ending::Cut),
            Queued::Full => peer.refuse(ack, &overloaded()),
            Queued::Flooded => {
                warn!(client = %peer.id(), "disconnected: the client sends more than its queue of requests holds");
                peer.outbox().close(Ending::Malformed);
            }
            Queued::Busy | Queued::Closed => {}
        }
    }

    fn disconnect(self: &Arc<Self>, socket: &Arc<Socket>) {
        let Some(core) = self.core.upgrade() else { return };
        if let Some(peer) = socket.data.leave() {
            // The client must receive nothing more on this connection, because the next client would receive it.
            peer.outbox().disconnect();
            task::end(&core, &peer, "client disconnect");
            self.readmit(socket, peer);
        }
    }

    /// Allows a connection to become another client when this one has ended. There is one at a time.
    pub(super) fn readmit(self: &Arc<Self>, socket: &Arc<Socket>, leaving: Arc<Peer>) {
        let Some(core) = self.core.upgrade() else { return };
        let (handler, socket) = (Arc::clone(self), Arc::clone(socket));
        core.tasks.clone().spawn(async move {
            leaving.ended().await;
            // The connection now waits for the next CONNECT. If one has arrived already, it need not wait.
            expect_connect(&socket, &core.tasks, core.config.connect_timeout);
            if let Some(next) = socket.data.open_next(|peer| handler.attach(peer, &socket)) {
                begin(&core, &next);
            }
        });
    }

    /// Counts a connection towards the limits. Returns an error if a limit is reached.
    fn place(&self, socket: &Arc<Socket>, config: &Config) -> Result<(), String> {
        let mut connections = self.connections.lock();
        connections.sockets.entry(socket.id).or_insert_with(|| Arc::clone(socket));
        if connections.placed >= config.max_connections {
            return Err(format!("the server has {} connections: try again later", config.max_connections));
        }
        if let Some(address) = address(socket) {
            let max = config.max_connections_per_address;
            let count = connections.placed_by_address.entry(address).or_default();
            if *count >= max {
                return Err(format!("an address may have {max} connections at once: close one first"));
            }
            *count += 1;
        }
        connections.placed += 1;
        socket.data.set_placed();
        Ok(())
    }

    fn forget(&self, socket: &Socket) {
        let mut connections = self.connections.lock();
        if connections.sockets.remove(&socket.id).is_none() || !socket.data.is_placed() {
            return;
        }
        connections.placed -= 1;
        let Some(address) = address(socket) else { return };
        if let Some(count) = connections.placed_by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                connections.placed_by_address.remove(&address);
            }
        }
    }

    /// Why this connection is refused before any hook is called.
    fn unfit(&self, core: &Core, socket: &Arc<Socket>, auth: &str) -> Option<ErrorBody> {
        let max = core.config.max_request_bytes;
        if auth.len() > max {
            let message = format!("the auth payload is too large: at most {max} bytes");
            return Some(ErrorBody::new(ErrorCode::InvalidRequest, message));
        }
        if socket.data.is_placed() {
            return None;
        }
        // The connection was beyond the limit when it was opened. It may be within the limit now.
        self.place(socket, &core.config).err().map(|why| ErrorBody::new(ErrorCode::LimitReached, why))
    }
}

fn address(socket: &Socket) -> Option<IpAddr> {
    let peer = socket.req_parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(network(peer.0.ip()))
}

/// Starts the first job of a client: its admission.
fn begin(core: &Arc<Core>, peer: &Arc<Peer>) {
    peer.requests().start();
    task::start(core, peer);
}

fn overloaded() -> ErrorBody {
    let message = "too many requests of this peer wait already: await their answers before you send more";
    ErrorBody::new(ErrorCode::Overloaded, message)
}

impl EngineIoHandler for Handler {
    type Data = SocketState;

    fn on_connect(self: Arc<Self>, socket: Arc<Socket>) {
        let Some(core) = self.core.upgrade().filter(|core| !core.stopping.is_cancelled()) else {
            return socket.close(DisconnectReason::ClosingServer);
        };
        core.tasks.remember_runtime();
        let mut limit = core.config.connect_timeout;
        if self.place(&socket, &core.config).is_err() {
            // Long enough for the client to receive the error and to retry.
            limit = limit.min(SURPLUS_TIMEOUT);
        }
        expect_connect(&socket, &core.tasks, limit);
    }

    fn on_disconnect(&self, socket: Arc<Socket>, reason: DisconnectReason) {
        self.forget(&socket);
        if let (Some(peer), Some(core)) = (socket.data.close(), self.core.upgrade()) {
            task::end(&core, &peer, text(&reason));
        }
    }

    fn on_message(self: &Arc<Self>, message: Str, socket: Arc<Socket>) {
        match Frame::parse(&message) {
            // No other packet may come between a packet and its attachments.
            Some(packet) if socket.data.expect_attachments(packet.attachments) => self.handle(&packet, &socket),
            _ => socket.close(DisconnectReason::PacketParsingError),
        }
    }

    /// Discards an attachment. The event that it belongs to is refused.
    fn on_binary(self: &Arc<Self>, _: Bytes, socket: Arc<Socket>) {
        if !socket.data.take_attachment() {
            socket.close(DisconnectReason::PacketParsingError);
        }
    }
}

fn text(reason: &DisconnectReason) -> &'static str {
    match reason {
        DisconnectReason::TransportClose => "transport close",
        DisconnectReason::MultipleHttpPollingError => "two polling requests at once",
        DisconnectReason::PacketParsingError => "malformed packet",
        DisconnectReason::TransportError => "transport error",
        DisconnectReason::HeartbeatTimeout => "ping timeout",
        DisconnectReason::ClosingServer => "server stop",
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").field("connections", &self.connections.lock().sockets.len()).finish_non_exhaustive()
    }
}
