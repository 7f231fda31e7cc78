//! One connection: it waits for CONNECT, or belongs to a client.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use engineioxide::{DisconnectReason, Socket};
use parking_lot::Mutex;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::AbortHandle;

use crate::room::ClientId;
use crate::server::connection::{Connection, Ending, Limits, Packet, Peer, SendError, Tasks};
use crate::server::flow::Core;
use crate::server::session::task;

use super::connections::Handler;
use super::frame;

/// The transport's state of one connection.
#[derive(Default)]
pub(super) struct SocketState {
    phase: Mutex<Phase>,
    /// Whether the connection counts towards the limits. Changed under the lock of the list of connections.
    placed: AtomicBool,
    /// The number of missing attachments of the last packet. Changed only by the reading task.
    attachments: AtomicUsize,
    /// The state of the rate limits of its clients. A client that disconnects and connects again on the same connection
    /// keeps its state.
    limits: Arc<Mutex<Limits>>,
}

#[derive(Default)]
enum Phase {
    /// No CONNECT has been received. The timer ends the connection if none arrives in time.
    #[default]
    New,
    Waiting(AbortHandle),
    Open(Arc<Peer>),
    /// The client has disconnected but has not ended yet. Another client may wait for its end.
    Leaving(Option<Arc<Peer>>),
    Closed,
}

impl SocketState {
    /// Waits for CONNECT. This replaces an earlier wait, unless the next client has already arrived.
    pub(super) fn wait(&self, timer: AbortHandle) {
        let mut phase = self.phase.lock();
        if matches!(*phase, Phase::Closed | Phase::Leaving(Some(_))) {
            timer.abort();
        } else {
            *phase = Phase::Waiting(timer);
        }
    }

    /// Turns the connection into a client if it waits for CONNECT. `client` creates and connects the client. If another
    /// client is leaving, the new one waits for its end.
    pub(super) fn open(&self, new: impl FnOnce() -> Arc<Peer>, connect: impl FnOnce(&Arc<Peer>)) -> Option<Arc<Peer>> {
        let mut phase = self.phase.lock();
        match &mut *phase {
            Phase::Waiting(timer) => timer.abort(),
            Phase::Leaving(next) => {
                next.get_or_insert_with(new);
                return None;
            }
            Phase::New | Phase::Open(_) | Phase::Closed => return None,
        }
        let peer = new();
        connect(&peer);
        *phase = Phase::Open(peer.clone());
        Some(peer)
    }

    /// Called when the client that left has ended. The connection becomes the next client, if one waits.
    pub(super) fn open_next(&self, connect: impl FnOnce(&Arc<Peer>)) -> Option<Arc<Peer>> {
        let mut phase = self.phase.lock();
        let Phase::Leaving(next) = &mut *phase else { return None };
        let peer = next.take()?;
        connect(&peer);
        *phase = Phase::Open(peer.clone());
        Some(peer)
    }

    pub(super) fn limits(&self) -> Arc<Mutex<Limits>> {
        Arc::clone(&self.limits)
    }

    pub(super) fn set_placed(&self) {
        self.placed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_placed(&self) -> bool {
        self.placed.load(Ordering::Relaxed)
    }

    /// Waits for the attachments of a packet. Returns false if attachments of the previous packet are missing.
    pub(super) fn expect_attachments(&self, count: usize) -> bool {
        self.attachments.compare_exchange(0, count, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Accepts one attachment. Returns false if none was announced.
    pub(super) fn take_attachment(&self) -> bool {
        let one_less = |count: usize| count.checked_sub(1);
        self.attachments.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }

    /// The current client, or the one that waits.
    pub(super) fn peer(&self) -> Option<Arc<Peer>> {
        match &*self.phase.lock() {
            Phase::Open(peer) | Phase::Leaving(Some(peer)) => Some(peer.clone()),
            _ => None,
        }
    }

    /// Ends the current client and returns it. The connection may become another one. A client that only waits has
    /// never started.
    pub(super) fn leave(&self) -> Option<Arc<Peer>> {
        if let Phase::Leaving(next) = &mut *self.phase.lock() {
            *next = None;
        }
        self.end(|_| true, Phase::Leaving(None))
    }

    /// Like [`leave`](Self::leave), but only if this is the current client.
    pub(super) fn leave_as(&self, id: &ClientId) -> Option<Arc<Peer>> {
        self.end(|peer| peer.id() == id, Phase::Leaving(None))
    }

    /// Like [`leave_as`](Self::leave_as), but the connection cannot become another client.
    pub(super) fn close_as(&self, id: &ClientId) -> Option<Arc<Peer>> {
        self.end(|peer| peer.id() == id, Phase::Closed)
    }

    fn end(&self, is_meant: impl FnOnce(&Arc<Peer>) -> bool, next: Phase) -> Option<Arc<Peer>> {
        let mut phase = self.phase.lock();
        if !matches!(&*phase, Phase::Open(peer) if is_meant(peer)) {
            return None;
        }
        match std::mem::replace(&mut *phase, next) {
            Phase::Open(peer) => Some(peer),
            _ => None,
        }
    }

    /// Ends the current client and returns it. The connection cannot become another client.
    pub(super) fn close(&self) -> Option<Arc<Peer>> {
        match std::mem::replace(&mut *self.phase.lock(), Phase::Closed) {
            Phase::Open(peer) => Some(peer),
            Phase::Waiting(timer) => {
                timer.abort();
                None
            }
            Phase::New | Phase::Leaving(_) | Phase::Closed => None,
        }
    }

    /// Whether a CONNECT is expected, or may arrive because the previous client is leaving.
    pub(super) fn takes_connect(&self) -> bool {
        matches!(&*self.phase.lock(), Phase::Waiting(_) | Phase::Leaving(None))
    }

    /// Whether the connection has not become a client yet.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(&*self.phase.lock(), Phase::Waiting(_))
    }
}

/// The connection as a client's outbox uses it.
pub(super) struct SocketConnection {
    pub(super) client: ClientId,
    pub(super) socket: Arc<Socket<SocketState>>,
    pub(super) handler: Weak<Handler>,
    pub(super) core: Weak<Core>,
}

impl Connection for SocketConnection {
    fn send(&self, packet: &Packet) -> Result<(), SendError> {
        let place = self.socket.reserve().map_err(refused)?;
        // The last slot is reserved for the heartbeat, which would end the session if the queue were full.
        let _heartbeat = self.socket.reserve().map_err(refused)?;
        place.emit(packet.text.clone());
        Ok(())
    }

    fn close(&self, ending: Ending) {
        if ending == Ending::Goodbye {
            // A client that receives this packet does not reconnect automatically. If the queue is full, the client may
            // reconnect.
            let _told_if_there_is_room = self.socket.emit(frame::DISCONNECT);
        }
        let peer = self.socket.data.close_as(&self.client);
        let core = self.core.upgrade();
        // The transport spawns a task to close the connection. It needs a runtime even if this thread has none.
        let runtime = core.as_ref().map(|core| core.tasks.runtime());
        let _entered = runtime.as_ref().map(tokio::runtime::Handle::enter);
        self.socket.close(DisconnectReason::TransportClose);
        // The transport reports the end after the last write, which a client that does not read can delay.
        let (Some(peer), Some(core)) = (peer, core) else { return };
        match ending {
            Ending::Goodbye => {
                peer.requests().forget();
                task::end(&core, &peer, "server disconnect");
            }
            Ending::Malformed => {
                peer.requests().forget();
                task::end(&core, &peer, "malformed packet");
            }
            Ending::Cut => task::end(&core, &peer, "too slow"),
        }
    }

    fn refuse(&self) {
        let peer = self.socket.data.leave_as(&self.client);
        if let (Some(peer), Some(handler)) = (peer, self.handler.upgrade()) {
            handler.readmit(&self.socket, peer);
        }
    }
}

/// Ends the connection if it does not become a client in time. Returns the auth payload if a CONNECT has already
/// arrived.
pub(super) fn expect_connect(socket: &Arc<Socket<SocketState>>, tasks: &Tasks, limit: Duration) {
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
