//! Errors of requests.

use std::time::Duration;

use dialogue::{Invalid, RoomId, error::ErrorCode};

use super::{Failure, Refusal};

/// Errors returned when joining a room.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The room does not exist.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// The room has reached its maximum size.
    #[error("the room `{0}` is full; try again later")]
    RoomFull(RoomId),
    /// The server's `before_join` hook refused. The text is its reason.
    #[error("{0}")]
    Denied(Refusal),
    /// The client joins too often. [`Refusal::retry_after`] says how long to wait.
    #[error("{0}")]
    RateLimited(Refusal),
    /// A limit was reached that time does not lift, such as the number of rooms that one client may be in.
    #[error("{0}")]
    LimitReached(Refusal),
    /// The server refused for another reason.
    #[error("{0}")]
    Refused(Refusal),
    /// The server did not answer in time.
    #[error("the server did not answer the join in time; try again")]
    Timeout,
    /// The client is not connected, or the connection was lost before the answer arrived.
    #[error("the client is not connected; join again when it is")]
    Disconnected,
    /// The answer is malformed.
    #[error("the server's answer to the join is malformed; check that it is a Dialogue server of a compatible version")]
    BadAnswer,
}

impl JoinError {
    pub(crate) fn new(room: &RoomId, failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => match refusal.code() {
                Some(ErrorCode::RoomNotFound) => Self::RoomNotFound(room.clone()),
                Some(ErrorCode::RoomFull) => Self::RoomFull(room.clone()),
                Some(ErrorCode::JoinDenied) => Self::Denied(refusal),
                Some(ErrorCode::RateLimited) => Self::RateLimited(refusal),
                Some(ErrorCode::LimitReached) => Self::LimitReached(refusal),
                _ => Self::Refused(refusal),
            },
            Failure::Timeout => Self::Timeout,
            Failure::BadAnswer => Self::BadAnswer,
            Failure::Disconnected | Failure::NotInRoom | Failure::Overloaded => Self::Disconnected,
        }
    }

    /// Returns the server's error code, if the server sent one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::RoomNotFound(_) => Some(ErrorCode::RoomNotFound),
            Self::RoomFull(_) => Some(ErrorCode::RoomFull),
            Self::Denied(refusal)
            | Self::RateLimited(refusal)
            | Self::LimitReached(refusal)
            | Self::Refused(refusal) => refusal.code(),
            Self::Timeout | Self::Disconnected | Self::BadAnswer => None,
        }
    }
}

/// Errors returned when triggering an event. After some of them, the event may have been published.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// The payload breaks a validation rule.
    #[error("`{event}` is not valid: {invalid}")]
    Validation {
        /// The name of the event.
        event: String,
        /// The issues, sorted by path.
        invalid: Invalid,
    },
    /// The payload or the metadata cannot be encoded as JSON.
    #[error("`{0}` cannot be encoded as JSON")]
    Encode(String),
    /// The room does not carry the event, or only the server may trigger it there.
    #[error("{0}")]
    EventNotAllowed(Refusal),
    /// A `before` or `before_each` hook of the server refused the event. The text is its reason.
    #[error("{0}")]
    Rejected(Refusal),
    /// A limit was reached. [`Refusal::retry_after`] says how long to wait.
    #[error("{0}")]
    RateLimited(Refusal),
    /// The client is not in the room, or no longer.
    #[error("the client is not in the room; join it first")]
    NotInRoom,
    /// Too many messages are waiting: in the client for a reconnect, or in the server.
    #[error("too many messages are waiting; await their answers before you trigger more")]
    Overloaded,
    /// The server refused for another reason.
    #[error("{0}")]
    Refused(Refusal),
    /// The server did not answer in time. The event may have been published.
    #[error(
        "the server did not answer in time; trigger the event again with the same `id`, so that it is published at most once"
    )]
    Timeout,
    /// The client is not connected, or the connection was lost before the answer arrived. In the latter case the event
    /// may have been published.
    #[error("the client is not connected; use `.retry()` to send the event after the reconnect")]
    Disconnected,
    /// The answer is malformed. The event may have been published.
    #[error("the server's answer is malformed; check that it is a Dialogue server of a compatible version")]
    BadAnswer,
}

impl TriggerError {
    pub(crate) fn new(event: &str, failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => match refusal.code() {
                Some(ErrorCode::ValidationFailed) => {
                    Self::Validation { event: event.to_owned(), invalid: Invalid::new(refusal.issues) }
                }
                Some(ErrorCode::EventNotAllowed) => Self::EventNotAllowed(refusal),
                Some(ErrorCode::EventRejected) => Self::Rejected(refusal),
                Some(ErrorCode::RateLimited) => Self::RateLimited(refusal),
                Some(ErrorCode::NotInRoom | ErrorCode::RoomNotFound) => Self::NotInRoom,
                Some(ErrorCode::Overloaded) => Self::Overloaded,
                _ => Self::Refused(refusal),
            },
            Failure::Timeout => Self::Timeout,
            Failure::Disconnected => Self::Disconnected,
            Failure::NotInRoom => Self::NotInRoom,
            Failure::Overloaded => Self::Overloaded,
            Failure::BadAnswer => Self::BadAnswer,
        }
    }

    /// Returns the server's error code, or the code that the server would send for the same error.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Validation { .. } => Some(ErrorCode::ValidationFailed),
            Self::NotInRoom => Some(ErrorCode::NotInRoom),
            Self::Overloaded => Some(ErrorCode::Overloaded),
            Self::EventNotAllowed(refusal)
            | Self::Rejected(refusal)
            | Self::RateLimited(refusal)
            | Self::Refused(refusal) => refusal.code(),
            Self::Encode(_) | Self::Timeout | Self::Disconnected | Self::BadAnswer => None,
        }
    }
}

/// Errors returned when requesting history.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The client is not in the room, or no longer.
    #[error("the client is not in the room; join it first")]
    NotInRoom,
    /// History was requested too often. [`Refusal::retry_after`] says how long to wait.
    #[error("{0}")]
    RateLimited(Refusal),
    /// The server refused for another reason: the range is too long, or the room does not carry the event.
    #[error("{0}")]
    Refused(Refusal),
    /// A past event does not decode as its type.
    #[error("a past event does not decode as `{0}`; check that the client and the server use the same type")]
    Undecodable(&'static str),
    /// The server did not answer in time.
    #[error("the server did not answer in time; try again")]
    Timeout,
    /// The client is not connected, or the connection was lost before the answer arrived.
    #[error("the client is not connected; try again when it is")]
    Disconnected,
    /// The answer is malformed.
    #[error("the server's answer is malformed; check that it is a Dialogue server of a compatible version")]
    BadAnswer,
}

impl From<Failure> for HistoryError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => match refusal.code() {
                Some(ErrorCode::NotInRoom | ErrorCode::RoomNotFound) => Self::NotInRoom,
                Some(ErrorCode::RateLimited) => Self::RateLimited(refusal),
                _ => Self::Refused(refusal),
            },
            Failure::Timeout => Self::Timeout,
            Failure::NotInRoom => Self::NotInRoom,
            Failure::BadAnswer => Self::BadAnswer,
            Failure::Disconnected | Failure::Overloaded => Self::Disconnected,
        }
    }
}

impl HistoryError {
    /// Returns the server's error code, or the code that the server would send for the same error.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::NotInRoom => Some(ErrorCode::NotInRoom),
            Self::RateLimited(refusal) | Self::Refused(refusal) => refusal.code(),
            Self::Undecodable(_) | Self::Timeout | Self::Disconnected | Self::BadAnswer => None,
        }
    }
}

/// Errors returned by all other requests: subscribing, leaving, renewing, and listing, creating and deleting rooms.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The client is not in the room, or no longer.
    #[error("the client is not in the room; join it first")]
    NotInRoom,
    /// The server refused; [`code`](Self::code) says why.
    #[error("{0}")]
    Refused(Refusal),
    /// The server did not answer in time.
    #[error("the server did not answer in time; try again")]
    Timeout,
    /// The client is not connected, or the connection was lost before the answer arrived.
    #[error("the client is not connected; try again when it is")]
    Disconnected,
    /// The answer is malformed.
    #[error("the server's answer is malformed; check that it is a Dialogue server of a compatible version")]
    BadAnswer,
}

impl From<Failure> for RequestError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) if refusal.code() == Some(ErrorCode::NotInRoom) => Self::NotInRoom,
            Failure::Refused(refusal) => Self::Refused(refusal),
            Failure::Timeout => Self::Timeout,
            Failure::NotInRoom => Self::NotInRoom,
            Failure::BadAnswer => Self::BadAnswer,
            Failure::Disconnected | Failure::Overloaded => Self::Disconnected,
        }
    }
}

impl RequestError {
    /// Returns the server's error code, or the code that the server would send for the same error.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::NotInRoom => Some(ErrorCode::NotInRoom),
            Self::Refused(refusal) => refusal.code(),
            Self::Timeout | Self::Disconnected | Self::BadAnswer => None,
        }
    }

    /// Returns how long to wait before trying again, if the server says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after(),
            _ => None,
        }
    }
}
