//! What the server is asked for.

use std::time::Duration;

use dialogue::{Invalid, RoomId, error::ErrorCode};

use super::{Failure, Refusal};

/// Why a client is not in a room.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// There is no such room.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// Every seat is taken.
    #[error("the room `{0}` is full: try again later")]
    RoomFull(RoomId),
    /// The server's before-join hook said no; the text is its reason.
    #[error("{0}")]
    Denied(Refusal),
    /// The client joins too often; [`Refusal::retry_after`] says when it may join again.
    #[error("{0}")]
    RateLimited(Refusal),
    /// A limit was reached that time does not lift, such as the number of rooms that one client may be in.
    #[error("{0}")]
    LimitReached(Refusal),
    /// The server said no for another reason.
    #[error("{0}")]
    Refused(Refusal),
    /// There was no answer in time.
    #[error("the server did not answer the join in time: try again")]
    Timeout,
    /// The connection is not there, or was lost before the answer came.
    #[error("the client is not connected: join again when it is")]
    Disconnected,
    /// The answer is none of the protocol.
    #[error("the server's answer to the join is malformed: check that it is a Dialogue server of this version")]
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

    /// The server's code, if it gave one.
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

/// Why an event was not triggered, or may not have been.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// The payload breaks a rule: every fault of it.
    #[error("`{event}` is not valid: {invalid}")]
    Validation {
        /// The event's name.
        event: String,
        /// The faults, sorted by path.
        invalid: Invalid,
    },
    /// The payload, or what should travel beside it, cannot be JSON.
    #[error("`{0}` cannot be encoded as JSON")]
    Encode(String),
    /// The room does not carry the event, or only the server may trigger it there.
    #[error("{0}")]
    EventNotAllowed(Refusal),
    /// The server's before-each hook said no; the text is its reason.
    #[error("{0}")]
    Rejected(Refusal),
    /// A limit was hit; [`Refusal::retry_after`] says when it is over.
    #[error("{0}")]
    RateLimited(Refusal),
    /// This client is not in the room, or is not any more.
    #[error("the client is not in the room: join it first")]
    NotInRoom,
    /// Too many messages wait already: here, for the connection to come back, or at the server.
    #[error("too many messages wait already: await their answers before you trigger more")]
    Overloaded,
    /// The server said no for another reason.
    #[error("{0}")]
    Refused(Refusal),
    /// There was no answer in time; the event may have been published.
    #[error("the server did not answer in time: trigger it again with the same id, and it is published once")]
    Timeout,
    /// The connection is not there, or was lost before the answer came; then the event may have been published.
    #[error("the client is not connected: trigger it with `.retry()`, and it is sent when the connection is back")]
    Disconnected,
    /// The answer is none of the protocol; the event may have been published.
    #[error("the server's answer is malformed: check that it is a Dialogue server of this version")]
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

    /// The server's code, or the one that the server would give.
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

/// Why history was not to be had.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// This client is not in the room, or is not any more.
    #[error("the client is not in the room: join it first")]
    NotInRoom,
    /// Asked too often; [`Refusal::retry_after`] says when it may be asked again.
    #[error("{0}")]
    RateLimited(Refusal),
    /// The server said no for another reason: a range that is too long, or an event that the room does not carry.
    #[error("{0}")]
    Refused(Refusal),
    /// An event of it is not what this program takes it for.
    #[error("an event of the history is not a `{0}` as this program knows it: do client and server share its type?")]
    Undecodable(&'static str),
    /// There was no answer in time.
    #[error("the server did not answer in time: try again")]
    Timeout,
    /// The connection is not there, or was lost before the answer came.
    #[error("the client is not connected: ask again when it is")]
    Disconnected,
    /// The answer is none of the protocol.
    #[error("the server's answer is malformed: check that it is a Dialogue server of this version")]
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
    /// The server's code, or the one that the server would give.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::NotInRoom => Some(ErrorCode::NotInRoom),
            Self::RateLimited(refusal) | Self::Refused(refusal) => refusal.code(),
            Self::Undecodable(_) | Self::Timeout | Self::Disconnected | Self::BadAnswer => None,
        }
    }
}

/// Why any other request was not fulfilled: subscribing, leaving, renewing, and what is about rooms as a whole.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// This client is not in the room, or is not any more.
    #[error("the client is not in the room: join it first")]
    NotInRoom,
    /// The server said no; [`code`](Self::code) says why.
    #[error("{0}")]
    Refused(Refusal),
    /// There was no answer in time.
    #[error("the server did not answer in time: try again")]
    Timeout,
    /// The connection is not there, or was lost before the answer came.
    #[error("the client is not connected: ask again when it is")]
    Disconnected,
    /// The answer is none of the protocol.
    #[error("the server's answer is malformed: check that it is a Dialogue server of this version")]
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
    /// The server's code, or the one that the server would give.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::NotInRoom => Some(ErrorCode::NotInRoom),
            Self::Refused(refusal) => refusal.code(),
            Self::Timeout | Self::Disconnected | Self::BadAnswer => None,
        }
    }

    /// When to try again, if the server says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after(),
            _ => None,
        }
    }
}
