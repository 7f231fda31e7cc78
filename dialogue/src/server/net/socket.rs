//! One connection: waiting for CONNECT, or a client.

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

/// What the transport knows of one connection.
#[derive(Default)]
pub(super) struct SocketState {
    phase: Mutex<Phase>,
    /// It counts among the connections that there may be. Changed under the lock of the list of connections.
    placed: AtomicBool,
    /// How many attachments of the last packet have not come. Changed by the reading task alone.
    attachments: AtomicUsize,
    /// What its clients have used up of their rates, one after the other: a client that leaves and comes again on the same
    /// connection gets no new ones.
    limits: Arc<Mutex<Limits>>,
}

#[derive(Default)]
enum Phase {
    /// No CONNECT has come; the timer ends the connection if none comes.
    #[default]
    New,
    Waiting(AbortHandle),
    Open(Arc<Peer>),
    /// The client has left, and has not come to its end; perhaps another one waits for that.
    Leaving(Option<Arc<Peer>>),
    Closed,
}

impl SocketState {
    /// Waits for CONNECT; what has been waited for before is over, unless the next client is here already.
    pub(super) fn wait(&self, timer: AbortHandle) {
        let mut phase = self.phase.lock();
        if matches!(*phase, Phase::Closed | Phase::Leaving(Some(_))) {
            timer.abort();
        } else {
            *phase = Phase::Waiting(timer);
        }
    }

    /// Becomes a client, if it waits for that: `client` makes it, and connects it. While another one leaves, the client
    /// waits for the end of that.
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

    /// The client that left has come to its end: becomes the next one, if one waits.
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

    /// Waits for the attachments of a packet; false while those of the one before have not all come.
    pub(super) fn expect_attachments(&self, count: usize) -> bool {
        self.attachments.compare_exchange(0, count, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Takes one attachment; false if none was announced.
    pub(super) fn take_attachment(&self) -> bool {
        let one_less = |count: usize| count.checked_sub(1);
        self.attachments.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }

    /// The client, if it is one, or is going to be.
    pub(super) fn peer(&self) -> Option<Arc<Peer>> {
        match &*self.phase.lock() {
            Phase::Open(peer) | Phase::Leaving(Some(peer)) => Some(peer.clone()),
            _ => None,
        }
    }

    /// The client that it was until now. The connection may become another one. One that waits has never begun.
    pub(super) fn leave(&self) -> Option<Arc<Peer>> {
        if let Phase::Leaving(next) = &mut *self.phase.lock() {
            *next = None;
        }
        self.end(|_| true, Phase::Leaving(None))
    }

    /// As [`leave`](Self::leave), if it is this client.
    pub(super) fn leave_as(&self, id: &ClientId) -> Option<Arc<Peer>> {
        self.end(|peer| peer.id() == id, Phase::Leaving(None))
    }

    /// As [`leave_as`](Self::leave_as), and there will not be another one.
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

    /// The client that it was until now. There will not be another one.
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

    /// Whether a CONNECT is due, or may be: the client of before is leaving.
    pub(super) fn takes_connect(&self) -> bool {
        matches!(&*self.phase.lock(), Phase::Waiting(_) | Phase::Leaving(None))
    }

    /// Whether no client has come of it yet.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(&*self.phase.lock(), Phase::Waiting(_))
    }
}

/// The way out, as a client's outbox sees it.
pub(super) struct SocketConnection {
    pub(super) client: ClientId,
    pub(super) socket: Arc<Socket<SocketState>>,
    pub(super) handler: Weak<Handler>,
    pub(super) core: Weak<Core>,
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
            let _told_if_there_is_room = self.socket.emit(frame::DISCONNECT);
        }
        let peer = self.socket.data.close_as(&self.client);
        let core = self.core.upgrade();
        // The transport spawns a task for the end, which needs a runtime also where this thread has none.
        let runtime = core.as_ref().map(|core| core.tasks.runtime());
        let _entered = runtime.as_ref().map(tokio::runtime::Handle::enter);
        self.socket.close(DisconnectReason::TransportClose);
        // The transport tells of the end when the last write is done, which a client that does not read can put off.
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

/// Ends the connection if it does not become a client in time. If a CONNECT has come already, its auth payload.
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
