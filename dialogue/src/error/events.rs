//! What is said: triggers, history, and what is sent to a single client.

use std::time::Duration;

use crate::rate::Rate;
use crate::room::RoomId;
use crate::validation::Invalid;
use crate::wire::{ErrorCode, validation_message};

use super::{BoxError, Denied, millis};

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
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Overloaded { .. } => ErrorCode::Overloaded,
            Self::Internal { .. } => ErrorCode::Internal,
        }
    }
}

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
        /// The limit, [`Config::history_page`](crate::Config::history_page).
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

/// Why something was not sent to a single client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The name is one of the protocol's own.
    #[error("`{0}` was not sent: names that start with `dialogue:` are the protocol's own")]
    ReservedName(String),
    /// The type's own `Serialize` failed, or a map has keys that are no texts.
    #[error("`{event}` cannot be encoded as JSON")]
    Encode {
        /// The event's name.
        event: String,
        /// What serde said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
