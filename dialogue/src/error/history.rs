//! Errors of reading history.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::ErrorCode;
use crate::room::RoomId;

use super::{BoxError, millis};

/// Why history was not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// There is no such room.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// The client has not joined the room.
    #[error("the client has not joined the room `{0}`")]
    NotInRoom(RoomId),
    /// The room does not carry the event.
    #[error("the room `{room}` does not carry the event `{event}`")]
    EventNotAllowed {
        /// The room.
        room: RoomId,
        /// The event's name.
        event: String,
    },
    /// The range is none, or too long.
    #[error("a range of history has its `start` before its `end`, and {max} events at most")]
    Range {
        /// The limit, [`Config::max_history_page`](crate::Config::max_history_page).
        max: usize,
    },
    /// The client asks too often.
    #[error("a client may ask for history {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, [`Config::history_rate`](crate::Config::history_rate).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
    /// An event does not decode as the type that was asked for.
    #[error("an event of the history is not `{event}` as this program knows it")]
    Decode {
        /// The event's name.
        event: String,
        /// What serde said.
        source: BoxError,
    },
    /// The on-load hook failed; the log says more.
    #[error("older events could not be loaded: try again later")]
    Internal,
}

impl HistoryError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
            Self::EventNotAllowed { .. } => ErrorCode::EventNotAllowed,
            Self::Range { .. } => ErrorCode::InvalidRequest,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Decode { .. } | Self::Internal => ErrorCode::Internal,
        }
    }
}
