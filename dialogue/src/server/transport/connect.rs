//! The way in: from the handshake to a client with a queue, and from a frame to a job in it.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};

use serde::Deserialize;
use socketioxide::adapter::LocalAdapter;
use socketioxide::handler::{ConnectHandler, DisconnectHandler, MessageHandler, Value};
use socketioxide::socket::{DisconnectReason, Socket};

use crate::room::{ClientId, UserId};
use crate::server::client::Client;
use crate::server::dispatch;
use crate::server::queue::{Job, Queued};
use crate::server::shared::Shared;
use crate::wire::{ErrorBody, ErrorCode};

use super::connection::SocketConnection;

type Io = Socket<LocalAdapter>;

/// Makes a client of a socket.
#[derive(Clone)]
pub(super) struct Connect(Weak<Shared>);

impl Connect {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::downgrade(shared))
    }

    fn admit(&self, socket: &Arc<Io>, auth: Option<&Value>) -> Result<(), String> {
        let shared = self.0.upgrade().filter(|shared| !shared.stopping.is_cancelled());
        let shared = shared.ok_or_else(|| refusal("the server is stopping"))?;
        let id = ClientId::from(socket.id.as_str());
        let user = user(&id, auth, shared.config.name_bytes)?;
        let client = Client::new(id, user, &shared);
        // Before the answer to CONNECT goes out, and with it before the client's first frame can come in. Nothing
        // here holds the socket: if the connection fails now, all of it is dropped.
        socket.on_fallback(Receive { shared: self.0.clone(), client: client.clone() });
        socket.on_disconnect(Gone { shared: self.0.clone(), client: client.clone() });
        socket.extensions.insert(client);
        Ok(())
    }
}

impl ConnectHandler<LocalAdapter, ()> for Connect {
    fn call_middleware<'a>(
        &'a self,
        socket: Arc<Io>,
        auth: &'a Option<Value>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Box<dyn Display + Send>>> + Send + 'a>> {
        Box::pin(async move { self.admit(&socket, auth.as_ref()).map_err(|message| Box::new(message) as _) })
    }

    fn call(&self, socket: Arc<Io>, _: Option<Value>) {
        let (Some(shared), Some(client)) = (self.0.upgrade(), socket.extensions.remove::<Client>()) else { return };
        client.outbox().connect(Box::new(SocketConnection::new(socket)));
        client.queue().start();
        dispatch::start(&shared, &client);
    }
}

/// The text of a `connect_error`, which carries nothing else (protocol, "Error codes").
fn refusal(why: &str) -> String {
    format!("UNAUTHENTICATED: {why}")
}

/// `auth.userId`, taken on trust, else the id of the connection. Never a token.
fn user(id: &ClientId, auth: Option<&Value>, max: usize) -> Result<UserId, String> {
    #[derive(Deserialize)]
    struct Auth {
        #[serde(default, rename = "userId")]
        user_id: serde_json::Value,
    }
    let auth = auth.and_then(Value::as_str).and_then(|auth| serde_json::from_str::<Auth>(auth).ok());
    match auth.as_ref().and_then(|auth| auth.user_id.as_str()) {
        Some(user) if UserId::SYSTEM == user => Err(refusal("the user id `system` is the server's own")),
        Some(user) if user.len() > max => Err(refusal(&format!("a user id has at most {max} bytes"))),
        Some(user) if !user.is_empty() => Ok(UserId::from(user)),
        _ => Ok(UserId::from(id.as_str())),
    }
}

/// Puts what a socket sends into its client's queue, on the connection's reading task and so in order.
struct Receive {
    shared: Weak<Shared>,
    client: Client,
}

impl MessageHandler<LocalAdapter, ()> for Receive {
    fn call(&self, _: Arc<Io>, value: Value, ack: Option<i64>) {
        let Some(shared) = self.shared.upgrade() else { return };
        let job = match &value {
            Value::Str(frame, _) if frame.len() > shared.config.request_bytes => Job::TooLarge { ack },
            Value::Str(frame, _) => Job::Request { frame: frame.as_str().into(), ack },
            Value::Bytes(_) => Job::Request { frame: Box::default(), ack },
        };
        match self.client.queue().push(job, shared.config.requests_per_client) {
            Queued::Idle => dispatch::start(&shared, &self.client),
            Queued::Full => self.client.refuse(ack, &overloaded(shared.config.requests_per_client)),
            Queued::Busy | Queued::Closed => {}
        }
    }
}

fn overloaded(max: usize) -> ErrorBody {
    let message = format!("{max} requests of this client wait already: await their answers before you send more");
    ErrorBody::new(ErrorCode::Overloaded, message)
}

/// Ends a client's queue after its socket has gone.
struct Gone {
    shared: Weak<Shared>,
    client: Client,
}

impl DisconnectHandler<LocalAdapter, ()> for Gone {
    fn call_with_defer(&self, socket: Arc<Io>, reason: DisconnectReason, remove: fn(Arc<Io>)) {
        if let Some(shared) = self.shared.upgrade() {
            dispatch::end(&shared, &self.client, text(reason));
        }
        remove(socket);
    }
}

fn text(reason: DisconnectReason) -> &'static str {
    match reason {
        DisconnectReason::TransportClose => "transport close",
        DisconnectReason::MultipleHttpPollingError => "two polling requests at once",
        DisconnectReason::PacketParsingError => "malformed packet",
        DisconnectReason::TransportError => "transport error",
        DisconnectReason::HeartbeatTimeout => "ping timeout",
        DisconnectReason::ClientNSDisconnect => "client disconnect",
        DisconnectReason::ServerNSDisconnect => "server disconnect",
        DisconnectReason::ClosingServer => "server stop",
    }
}
