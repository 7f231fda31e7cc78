//! One room that the client is in: what its handles share with the client's task.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use dialogue::RoomId;
use parking_lot::Mutex;

use crate::board::Board;
use crate::error::StreamError;
use crate::inbox::Event;

/// A stay in a room, from the join to the leave, over any number of connections.
pub(crate) struct Seat {
    pub(crate) id: RoomId,
    name: OnceLock<String>,
    has_left: AtomicBool,
    pub(crate) board: Mutex<Board<Event>>,
}

impl Seat {
    pub(crate) fn new(id: RoomId) -> Self {
        Self { id, name: OnceLock::new(), has_left: AtomicBool::new(false), board: Mutex::new(Board::new()) }
    }

    /// The name for people, which is known with the first join.
    pub(crate) fn name(&self) -> &str {
        self.name.get().map_or(self.id.as_str(), String::as_str)
    }

    pub(crate) fn set_name(&self, name: &str) {
        self.name.get_or_init(|| name.to_owned());
    }

    /// Whether the stay goes on; while the connection is being restored it does.
    pub(crate) fn is_joined(&self) -> bool {
        !self.has_left.load(Ordering::Relaxed)
    }

    /// The stay is over; every stream ends with these words.
    pub(crate) fn leave(&self, last_words: Option<StreamError>) {
        self.has_left.store(true, Ordering::Relaxed);
        self.board.lock().close(last_words);
    }
}
