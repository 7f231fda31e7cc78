//! Errors of triggering an event.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::{ErrorCode, validation_message};
use crate::room::RoomId;
use crate::validation::Invalid;

use super::{Denied, millis};

/// Why an event was not published.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// There is no such room.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// The client has not joined the room.
    #[error("the client has not joined the room `{0}`")]
    NotInRoom(RoomId),
    /// The room does not carry the event, or only the server may trigger it there.
    #[error("clients may not trigger `{event}` in the room `{room}`")]
    EventNotAllowed {
        /// The room.
        room: RoomId,
        /// The event's name.
        event: String,
    },
    /// The payload does not decode or breaks a rule.
    #[error("{}", validation_message(event, invalid))]
    Invalid {
        /// The event's name.
        event: String,
        /// Every fault.
        invalid: Invalid,
    },
    /// The before-each hook said no.
    #[error("{}", denied.reason())]
    Rejected {
        /// The event's name.
        event: String,
        /// The reason.
        denied: Denied,
    },
    /// The client triggers too often.
    #[error("a client may trigger {what} {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// What is limited: the event's name, or events at all.
        what: String,
        /// The limit, of the event or [`Config::trigger_rate`](crate::Config::trigger_rate).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
    /// The message has an id, and the server remembers as many ids as it may: those of other messages are not forgotten for
    /// it.
    #[error("the server remembers {max} message ids, which is the limit: try again in {} ms", millis(retry_after))]
    TooManyMessageIds {
        /// The limit, [`Config::max_message_ids`](crate::Config::max_message_ids).
        max: usize,
        /// When the next one expires.
        retry_after: Duration,
    },
    /// The server's own handlers of the event are too far behind.
    #[error("the handlers of `{event}` are too far behind: try again later")]
    Overloaded {
        /// The event's name.
        event: String,
    },
    /// User code panicked, or a payload cannot be encoded; the log says more.
    #[error("the server could not handle `{event}`")]
    Internal {
        /// The event's name.
        event: String,
    },
}

impl TriggerError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
            Self::EventNotAllowed { .. } => ErrorCode::EventNotAllowed,
            Self::Invalid { .. } => ErrorCode::ValidationFailed,
            Self::Rejected { .. } => ErrorCode::EventRejected,
            Self::RateLimited { .. } | Self::TooManyMessageIds { .. } => ErrorCode::RateLimited,
            Self::Overloaded { .. } => ErrorCode::Overloaded,
            Self::Internal { .. } => ErrorCode::Internal,
        }
    }
}
