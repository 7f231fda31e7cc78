//! Errors of triggering an event.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::{ErrorCode, validation_message};
use crate::room::RoomId;
use crate::validation::Invalid;

use super::{Denied, millis};

/// Errors returned when an event was not published.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TriggerError {
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
    /// A client triggered an event that the room does not carry, or that only the server may trigger there.
    #[error("clients may not trigger `{event}` in the room `{room}`")]
    NotForClients {
        /// The room.
        room: RoomId,
        /// The name of the event.
        event: String,
    },
    /// The payload does not decode or breaks a validation rule.
    #[error("{}", validation_message(event, invalid))]
    Invalid {
        /// The name of the event.
        event: String,
        /// All issues of the payload.
        invalid: Invalid,
    },
    /// A `before` or `before_each` hook refused the event.
    #[error("{}", denied.reason())]
    Rejected {
        /// The name of the event.
        event: String,
        /// The hook's reason.
        denied: Denied,
    },
    /// The client triggers events too often.
    #[error("the client triggers {what} too often (limit: {rate}); try again in {} ms", millis(retry_after))]
    RateLimited {
        /// What is limited: the event in backquotes, or `events` for the limit on all events together.
        what: String,
        /// The limit: the event's own, or `Config::trigger_rate`.
        rate: Rate,
        /// How long to wait before the next attempt can succeed.
        retry_after: Duration,
    },
    /// The message has an id, and the server holds the maximum number of message ids. It does not drop other messages' ids.
    #[error("the server has reached its limit of {max} message ids; try again in {} ms", millis(retry_after))]
    TooManyMessageIds {
        /// The limit, `Config::max_message_ids`.
        max: usize,
        /// How long until the next id expires.
        retry_after: Duration,
    },
    /// The server's handlers of the event have too many events waiting.
    #[error("the handlers of `{event}` are too far behind; try again later")]
    Overloaded {
        /// The name of the event.
        event: String,
    },
    /// A hook panicked or timed out, or the payload cannot be encoded. The server's log has the details.
    #[error("the server failed to handle `{event}`; its log has the details")]
    Internal {
        /// The name of the event.
        event: String,
    },
}

impl TriggerError {
    /// Returns the error code that a client receives for this error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
            Self::EventNotAllowed { .. } | Self::NotForClients { .. } => ErrorCode::EventNotAllowed,
            Self::Invalid { .. } => ErrorCode::ValidationFailed,
            Self::Rejected { .. } => ErrorCode::EventRejected,
            Self::RateLimited { .. } | Self::TooManyMessageIds { .. } => ErrorCode::RateLimited,
            Self::Overloaded { .. } => ErrorCode::Overloaded,
            Self::Internal { .. } => ErrorCode::Internal,
        }
    }
}
