//! A room that the client is in: the state that its handles share with the client's task.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use dialogue::RoomId;
use parking_lot::Mutex;

use crate::board::Board;
use crate::error::StreamError;
use crate::inbox::Event;

/// The state of one room, from join to leave, across connections.
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

    /// Returns the display name. Before the first join is answered, this is the id.
    pub(crate) fn name(&self) -> &str {
        self.name.get().map_or(self.id.as_str(), String::as_str)
    }

    pub(crate) fn set_name(&self, name: &str) {
        self.name.get_or_init(|| name.to_owned());
    }

    /// Returns whether the client is in the room. It is while its connection is being restored, too.
    pub(crate) fn is_joined(&self) -> bool {
        !self.has_left.load(Ordering::Relaxed)
    }

    /// Leaves the room. Every stream ends with `last_words`.
    pub(crate) fn leave(&self, last_words: Option<StreamError>) {
        self.has_left.store(true, Ordering::Relaxed);
        self.board.lock().close(last_words);
    }
}
