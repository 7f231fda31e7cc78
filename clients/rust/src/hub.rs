//! The state that all handles of a client share with its task: identity, connection state and listeners.

use std::sync::Arc;

use dialogue::{ClientId, EventMessage, RoomId, UserId, room::RoomInfo};
use parking_lot::Mutex;
use serde_json::value::RawValue;
use tokio::sync::{Notify, watch};
use tracing::{debug, warn};

use crate::board::{Board, Topical};
use crate::error::{Error, StreamError};
use crate::queue::Weighs;
use crate::wire;

/// The connection state of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// The connection was lost and is being restored.
    Connecting,
    /// The client is connected.
    Connected,
    /// The client has ended and does not reconnect.
    Disconnected,
}

/// The latest events of a room, which the server sends on a join if the room has `sync_history_on_join`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomHistory {
    /// The room.
    pub room_id: RoomId,
    /// The events, newest first.
    pub events: Vec<EventMessage>,
}

/// A notice for the client as a whole, not an event of a room.
pub(crate) enum Notice {
    /// A message that the server sent under a name of its own.
    Message {
        name: String,
        data: Box<RawValue>,
    },
    History(RoomHistory, usize),
    RoomCreated(RoomInfo),
    RoomDeleted(RoomId),
    Gap(RoomId),
    Error(Error),
}

/// The topic of gaps. It is not a name of the protocol.
pub(crate) const GAP: &str = "dialogue:gap";

impl Topical for Notice {
    fn topic(&self) -> &str {
        match self {
            Self::Message { name, .. } => name,
            Self::History(..) => wire::HISTORY,
            Self::RoomCreated(_) => wire::ROOM_CREATED,
            Self::RoomDeleted(_) => wire::ROOM_DELETED,
            Self::Gap(_) => GAP,
            Self::Error(_) => wire::ERROR,
        }
    }
}

impl Weighs for Notice {
    fn bytes(&self) -> usize {
        match self {
            Self::Message { name, data } => name.len() + data.get().len(),
            Self::History(_, bytes) => *bytes,
            Self::RoomCreated(info) => info.name.len() + info.description.as_ref().map_or(0, String::len),
            Self::RoomDeleted(_) | Self::Gap(_) | Self::Error(_) => size_of::<Self>(),
        }
    }
}

/// The identity of the client on its current connection.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) client_id: ClientId,
    pub(crate) user_id: UserId,
}

pub(crate) struct Hub {
    /// The maximum number of events in one listener's queue.
    pub(crate) queue: usize,
    pub(crate) board: Mutex<Board<Arc<Notice>>>,
    pub(crate) state: watch::Sender<State>,
    /// Notified when the program disconnects the client.
    pub(crate) closing: Notify,
    identity: Mutex<Identity>,
}

impl Hub {
    pub(crate) fn new(identity: Identity, queue: usize) -> Self {
        Self {
            queue,
            board: Mutex::new(Board::new()),
            state: watch::Sender::new(State::Connected),
            closing: Notify::new(),
            identity: Mutex::new(identity),
        }
    }

    pub(crate) fn identity(&self) -> Identity {
        self.identity.lock().clone()
    }

    /// Called when the client has reconnected, possibly as another user.
    pub(crate) fn connected(&self, identity: Identity) {
        *self.identity.lock() = identity;
        self.state.send_replace(State::Connected);
    }

    pub(crate) fn tell(&self, notice: Notice) {
        if !self.board.lock().publish(Arc::new(notice)) {
            debug!("dropping the oldest notices: more than 1,000 wait for a listener");
        }
    }

    pub(crate) fn error(&self, error: Error) {
        match &error {
            Error::Lost(_) | Error::Reconnect(_) => debug!(%error, "disconnected"),
            _ => warn!(%error, "reported to `on_error`"),
        }
        self.tell(Notice::Error(error));
    }

    pub(crate) fn gap(&self, room: &RoomId) {
        debug!(room = %room, "gap");
        self.tell(Notice::Gap(room.clone()));
    }

    /// Called when the client has ended.
    pub(crate) fn end(&self, last_words: Option<StreamError>) {
        self.board.lock().close(last_words);
        self.state.send_replace(State::Disconnected);
    }
}
