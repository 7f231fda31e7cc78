//! Errors of reading history.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::ErrorCode;
use crate::room::RoomId;

use super::{BoxError, millis};

/// Errors returned when reading history.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The room does not exist.
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
        /// The name of the event.
        event: String,
    },
    /// The range ends before it starts, or is too long.
    #[error("invalid history range; `end` must not be before `start`, and the range may have at most {max} events")]
    Range {
        /// The limit, `Config::max_history_page`.
        max: usize,
    },
    /// The client requests history too often.
    #[error("the client requests history too often (limit: {rate}); try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, `Config::history_rate`.
        rate: Rate,
        /// How long to wait before the next attempt can succeed.
        retry_after: Duration,
    },
    /// A past event does not decode as the requested type.
    #[error("a past event does not decode as `{event}`; check whether the type has changed since it was recorded")]
    Decode {
        /// The name of the event.
        event: String,
        /// What serde said.
        source: BoxError,
    },
    /// The on-load hook failed; the log says more.
    #[error("older events could not be loaded: try again later")]
    Internal,
}

impl HistoryError {
    /// Returns the error code that a client receives for this error.
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
