//! One connection: waiting for CONNECT, or a client.

use std::sync::Arc;

use engineioxide::{DisconnectReason, Socket};
use parking_lot::Mutex;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::AbortHandle;

use crate::server::client::Client;
use crate::server::outbox::{Connection, Ending, Packet, SendError};

use super::packet;

/// What the transport knows of one connection.
#[derive(Debug, Default)]
pub(super) struct Session(Mutex<Phase>);

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
        let mut phase = self.0.lock();
        if matches!(*phase, Phase::Closed) {
            timer.abort();
        } else {
            *phase = Phase::Waiting(timer);
        }
    }

    /// Becomes a client, unless it is one or has gone.
    pub(super) fn open<E>(&self, admit: impl FnOnce() -> Result<Client, E>) -> Option<Result<Client, E>> {
        let mut phase = self.0.lock();
        let Phase::Waiting(timer) = &*phase else { return None };
        let admitted = admit();
        if let Ok(client) = &admitted {
            timer.abort();
            *phase = Phase::Open(client.clone());
        }
        Some(admitted)
    }

    /// The client, if it is one.
    pub(super) fn client(&self) -> Option<Client> {
        match &*self.0.lock() {
            Phase::Open(client) => Some(client.clone()),
            _ => None,
        }
    }

    /// The client that it was until now. The connection may become another one.
    pub(super) fn leave(&self) -> Option<Client> {
        let mut phase = self.0.lock();
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
        match std::mem::replace(&mut *self.0.lock(), Phase::Closed) {
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
        matches!(&*self.0.lock(), Phase::Waiting(_))
    }
}

/// The way out, as a client's outbox sees it.
pub(super) struct SocketConnection(pub(super) Arc<Socket<Session>>);

impl Connection for SocketConnection {
    fn send(&self, packet: &Packet) -> Result<(), SendError> {
        let place = self.0.reserve().map_err(refused)?;
        // The last place stays free for the heartbeat, which would end the session if it found none.
        let _heartbeat = self.0.reserve().map_err(refused)?;
        place.emit(packet.text.clone());
        Ok(())
    }

    fn close(&self, ending: Ending) {
        if ending == Ending::Goodbye {
            // A client that is told does not come back by itself. If there is no room to tell it, it may.
            let _told_if_there_is_room = self.0.emit(packet::DISCONNECT);
        }
        self.0.close(DisconnectReason::TransportClose);
    }
}

fn refused(error: TrySendError<()>) -> SendError {
    match error {
        TrySendError::Full(()) => SendError::Full,
        TrySendError::Closed(()) => SendError::Closed,
    }
}
