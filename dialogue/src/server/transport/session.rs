//! One connection: waiting for CONNECT, or a client.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use engineioxide::{DisconnectReason, Socket};
use parking_lot::Mutex;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

use crate::server::client::Client;
use crate::server::dispatch;
use crate::server::outbox::{Connection, Ending, SendError};
use crate::server::packet::Packet;
use crate::server::shared::Shared;

use super::packet;

/// What the transport knows of one connection.
#[derive(Debug, Default)]
pub(super) struct Session {
    phase: Mutex<Phase>,
    /// There are more connections than may be: why this one will be refused.
    surplus: OnceLock<String>,
}

#[derive(Debug, Default)]
enum Phase {
    /// No CONNECT has come; the timer ends the connection if none comes.
    #[default]
    New,
    Waiting(AbortHandle),
    Open(Client),
    Closed,
}

impl Session {
    /// Waits for CONNECT; what has been waited for before is over.
    pub(super) fn wait(&self, timer: AbortHandle) {
        let mut phase = self.phase.lock();
        if matches!(*phase, Phase::Closed) {
            timer.abort();
        } else {
            *phase = Phase::Waiting(timer);
        }
    }

    /// Becomes a client, unless it is one or has gone.
    pub(super) fn open(&self, client: impl FnOnce() -> Client) -> Option<Client> {
        let mut phase = self.phase.lock();
        let Phase::Waiting(timer) = &*phase else { return None };
        timer.abort();
        let client = client();
        *phase = Phase::Open(client.clone());
        Some(client)
    }

    /// Notes that it will be refused.
    pub(super) fn is_surplus(&self, why: String) {
        // A connection is counted once.
        let _once = self.surplus.set(why);
    }

    /// Why it is to be refused, if it is.
    pub(super) fn surplus(&self) -> Option<&str> {
        self.surplus.get().map(String::as_str)
    }

    /// The client, if it is one.
    pub(super) fn client(&self) -> Option<Client> {
        match &*self.phase.lock() {
            Phase::Open(client) => Some(client.clone()),
            _ => None,
        }
    }

    /// The client that it was until now. The connection may become another one.
    pub(super) fn leave(&self) -> Option<Client> {
        let mut phase = self.phase.lock();
        match std::mem::take(&mut *phase) {
            Phase::Open(client) => Some(client),
            other => {
                *phase = other;
                None
            }
        }
    }

    /// The client that it was until now. There will not be another one.
    pub(super) fn close(&self) -> Option<Client> {
        match std::mem::replace(&mut *self.phase.lock(), Phase::Closed) {
            Phase::Open(client) => Some(client),
            Phase::Waiting(timer) => {
                timer.abort();
                None
            }
            Phase::New | Phase::Closed => None,
        }
    }

    /// Whether no client has come of it yet.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(&*self.phase.lock(), Phase::Waiting(_))
    }
}

/// The way out, as a client's outbox sees it.
pub(super) struct SocketConnection {
    pub(super) socket: Arc<Socket<Session>>,
    pub(super) shared: Weak<Shared>,
}

impl Connection for SocketConnection {
    fn send(&self, packet: &Packet) -> Result<(), SendError> {
        let place = self.socket.reserve().map_err(refused)?;
        // The last place stays free for the heartbeat, which would end the session if it found none.
        let _heartbeat = self.socket.reserve().map_err(refused)?;
        place.emit(packet.text.clone());
        Ok(())
    }

    fn close(&self, ending: Ending) {
        if ending == Ending::Goodbye {
            // A client that is told does not come back by itself. If there is no room to tell it, it may.
            let _told_if_there_is_room = self.socket.emit(packet::DISCONNECT);
        }
        self.socket.close(DisconnectReason::TransportClose);
        // The transport tells of the end when the last write is done, which a client that does not read can put off.
        if let (Some(client), Some(shared)) = (self.socket.data.close(), self.shared.upgrade()) {
            let reason = match ending {
                Ending::Goodbye => "server disconnect",
                Ending::Cut => "too slow",
            };
            dispatch::end(&shared, &client, reason);
        }
    }

    fn refused(&self) {
        if let (Some(_), Some(shared)) = (self.socket.data.leave(), self.shared.upgrade()) {
            expect_connect(&self.socket, &shared.tasks, shared.config.connect_timeout);
        }
    }
}

/// Ends the connection if it does not become a client in time.
pub(super) fn expect_connect(socket: &Arc<Socket<Session>>, tasks: &TaskTracker, limit: Duration) {
    let late = Arc::downgrade(socket);
    let timer = tasks.spawn(async move {
        tokio::time::sleep(limit).await;
        if let Some(socket) = late.upgrade().filter(|socket| socket.data.is_waiting()) {
            socket.close(DisconnectReason::TransportClose);
        }
    });
    socket.data.wait(timer.abort_handle());
}

fn refused(error: TrySendError<()>) -> SendError {
    match error {
        TrySendError::Full(()) => SendError::Full,
        TrySendError::Closed(()) => SendError::Closed,
    }
}
