//! What happens on a connection, on its reading task and so in order.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Weak};

use axum::body::Bytes;
use engineioxide::handler::EngineIoHandler;
use engineioxide::sid::Sid;
use engineioxide::{DisconnectReason, Str};
use parking_lot::Mutex;
use serde::Deserialize;

use crate::room::{ClientId, UserId};
use crate::server::client::Client;
use crate::server::dispatch;
use crate::server::queue::{Job, QueueLimits, Queued};
use crate::server::shared::Shared;
use crate::wire::{ErrorBody, ErrorCode};

use super::packet::{self, Incoming, Kind};
use super::session::{Session, SocketConnection};

type Socket = engineioxide::Socket<Session>;

/// Every connection, and the server that they lead to.
pub(super) struct Handler {
    shared: Weak<Shared>,
    sockets: Mutex<HashMap<Sid, Arc<Socket>>>,
}

impl Handler {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::downgrade(shared), sockets: Mutex::default() }
    }

    /// Ends every connection, and waits until they are gone.
    pub(super) async fn close_all(&self) {
        let sockets: Vec<_> = self.sockets.lock().values().cloned().collect();
        for socket in &sockets {
            socket.close(DisconnectReason::ClosingServer);
        }
        for socket in sockets {
            socket.closed().await;
        }
    }

    fn obey(&self, packet: &Incoming<'_>, socket: &Arc<Socket>) {
        match (packet.kind, packet.namespace) {
            (Kind::Connect, "/") => self.connect(packet.data, socket),
            (Kind::Connect, other) => {
                let _closed_if_full = socket.emit(packet::connect_error(other, "Invalid namespace"));
            }
            (Kind::Event, "/") => self.event(packet, socket),
            (Kind::Disconnect, "/") => self.disconnect(socket),
            // An acknowledgement that nobody asked for, or a namespace that was refused.
            _ => {}
        }
    }

    fn connect(&self, auth: &str, socket: &Arc<Socket>) {
        let Some(shared) = self.shared.upgrade() else { return };
        let Some(admitted) = socket.data.open(|| admit(&shared, auth)) else { return };
        let answer = match &admitted {
            Ok(client) => packet::connected(client.id().as_str()),
            Err(message) => packet::connect_error("/", message),
        };
        if socket.emit(answer).is_err() {
            return socket.close(DisconnectReason::TransportError);
        }
        if let Ok(client) = admitted {
            client.outbox().connect(Box::new(SocketConnection(Arc::clone(socket))));
            client.queue().start();
            dispatch::start(&shared, &client);
        }
    }

    fn event(&self, packet: &Incoming<'_>, socket: &Arc<Socket>) {
        let Some(shared) = self.shared.upgrade() else { return };
        let Some(client) = socket.data.client() else {
            // An event before CONNECT, or after DISCONNECT.
            return socket.close(DisconnectReason::PacketParsingError);
        };
        let (config, ack) = (&shared.config, packet.ack);
        let job = match packet.data {
            large if large.len() > config.request_bytes => Job::TooLarge { ack },
            frame => Job::Request { frame: frame.into(), ack },
        };
        let limits = QueueLimits { jobs: config.requests_per_client, bytes: config.request_queue_bytes };
        match client.queue().push(job, limits) {
            Queued::Idle => dispatch::start(&shared, &client),
            Queued::Full => client.refuse(ack, &overloaded()),
            Queued::Busy | Queued::Closed => {}
        }
    }

    fn disconnect(&self, socket: &Arc<Socket>) {
        let Some(shared) = self.shared.upgrade() else { return };
        if let Some(client) = socket.data.leave() {
            dispatch::end(&shared, &client, "client disconnect");
            expect_connect(&shared, socket);
        }
    }
}

/// Ends the connection if it does not become a client in time.
fn expect_connect(shared: &Shared, socket: &Arc<Socket>) {
    let (late, limit) = (Arc::downgrade(socket), shared.config.connect_timeout);
    let timer = shared.tasks.spawn(async move {
        tokio::time::sleep(limit).await;
        if let Some(socket) = late.upgrade().filter(|socket| socket.data.is_waiting()) {
            socket.close(DisconnectReason::TransportClose);
        }
    });
    socket.data.wait(timer.abort_handle());
}

fn admit(shared: &Arc<Shared>, auth: &str) -> Result<Client, String> {
    if shared.stopping.is_cancelled() {
        return Err(refusal("the server is stopping"));
    }
    // Not the id of the Engine.IO session: who knows that one can speak in its name, and this one is shown to others.
    let id = ClientId::from(Sid::new().to_string());
    let user = user(&id, auth, shared.config.name_bytes)?;
    Ok(Client::new(id, user, shared))
}

/// The text of a `connect_error`, which carries nothing else (protocol, "Error codes").
fn refusal(why: &str) -> String {
    format!("UNAUTHENTICATED: {why}")
}

/// `auth.userId`, taken on trust, else the id of the connection. Never a token.
fn user(id: &ClientId, auth: &str, max: usize) -> Result<UserId, String> {
    #[derive(Deserialize)]
    struct Auth {
        #[serde(default, rename = "userId")]
        user_id: serde_json::Value,
    }
    let auth = serde_json::from_str::<Auth>(auth).ok();
    match auth.as_ref().and_then(|auth| auth.user_id.as_str()) {
        Some(user) if UserId::SYSTEM == user => Err(refusal("the user id `system` is the server's own")),
        Some(user) if user.len() > max => Err(refusal(&format!("a user id has at most {max} bytes"))),
        Some(user) if !user.is_empty() => Ok(UserId::from(user)),
        _ => Ok(UserId::from(id.as_str())),
    }
}

fn overloaded() -> ErrorBody {
    let message = "too many requests of this client wait already: await their answers before you send more";
    ErrorBody::new(ErrorCode::Overloaded, message)
}

impl EngineIoHandler for Handler {
    type Data = Session;

    fn on_connect(self: Arc<Self>, socket: Arc<Socket>) {
        let Some(shared) = self.shared.upgrade().filter(|shared| !shared.stopping.is_cancelled()) else {
            return socket.close(DisconnectReason::ClosingServer);
        };
        self.sockets.lock().insert(socket.id, Arc::clone(&socket));
        expect_connect(&shared, &socket);
    }

    fn on_disconnect(&self, socket: Arc<Socket>, reason: DisconnectReason) {
        self.sockets.lock().remove(&socket.id);
        if let (Some(client), Some(shared)) = (socket.data.close(), self.shared.upgrade()) {
            dispatch::end(&shared, &client, text(&reason));
        }
    }

    fn on_message(self: &Arc<Self>, message: Str, socket: Arc<Socket>) {
        match Incoming::parse(&message) {
            Some(packet) => self.obey(&packet, &socket),
            None => socket.close(DisconnectReason::PacketParsingError),
        }
    }

    fn on_binary(self: &Arc<Self>, _: Bytes, socket: Arc<Socket>) {
        socket.close(DisconnectReason::PacketParsingError);
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
        f.debug_struct("Handler").field("sockets", &self.sockets.lock().len()).finish_non_exhaustive()
    }
}
