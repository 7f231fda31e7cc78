//! The frames of the protocol. This is the only module that knows the names of JSON fields.
//!
//! `PROTOCOL.md` is the specification; a change here changes it too.

#[cfg(feature = "server")]
mod bound;
#[cfg(feature = "server")]
mod frame;
#[cfg(feature = "server")]
pub(crate) mod name;
#[cfg(feature = "server")]
mod request;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::room::{RoomId, UserId};
use crate::validation::Issue;

#[cfg(feature = "server")]
pub(crate) use bound::Bound;
#[cfg(feature = "server")]
pub(crate) use frame::{
    Ack, ConnectError, Connected, Deleted, Envelope, HistoryResponse, Joined, Left, Nothing, Renewed, RoomCreated,
    RoomDeleted, RoomList, Triggered, history,
};
#[cfg(feature = "server")]
pub(crate) use request::{
    CreateRoom, GetHistory, Join, NoRequest, OfEvent, OfRoom, Renew, Request, Resume, Trigger, gives_back, mistyped,
};

/// An event as it is published: the payload in an envelope that says who triggered what, where and when.
///
/// Handlers and streams receive an `EventMessage<E>` with a decoded payload. Code that handles events without their
/// types receives an `EventMessage`, whose payload is JSON.
///
/// ```
/// use dialogue::EventMessage;
/// # fn main() -> Result<(), serde_json::Error> {
/// let json = r#"{"event":"message","roomId":"general","data":{"text":"hi"},"from":"alice","timestamp":1}"#;
/// let message: EventMessage = serde_json::from_str(json)?;
/// assert_eq!((message.from.as_str(), message.offset), ("alice", None));
/// # Ok(()) }
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventMessage<T = Value> {
    /// The name of the event.
    pub event: String,
    /// The room in which the event was published.
    pub room_id: RoomId,
    /// The payload.
    pub data: T,
    /// The user who triggered the event, or [`UserId::SYSTEM`].
    pub from: UserId,
    /// The time of publication, in milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// Additional JSON from the sender, forwarded unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Value>,
    /// The sender's idempotency key for the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The position of the event in the room's history: 1, 2, 3, and so on, without gaps. Present if the event's type
    /// keeps history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

impl<T> EventMessage<T> {
    /// Creates an envelope without the optional fields, for example from a row of a history store. Set `meta`, `id` and
    /// `offset` afterwards.
    ///
    /// ```
    /// use dialogue::EventMessage;
    /// use serde_json::json;
    ///
    /// let mut message = EventMessage::new("message", "general", json!({ "text": "hi" }), "alice", 1_700_000_000_000);
    /// message.offset = Some(7);
    /// ```
    pub fn new(
        event: impl Into<String>,
        room_id: impl Into<RoomId>,
        data: T,
        from: impl Into<UserId>,
        timestamp: u64,
    ) -> Self {
        Self {
            event: event.into(),
            room_id: room_id.into(),
            data,
            from: from.into(),
            timestamp,
            meta: None,
            id: None,
            offset: None,
        }
    }

    /// Replaces the payload and keeps the rest of the envelope.
    ///
    /// ```
    /// use dialogue::EventMessage;
    /// use serde_json::json;
    ///
    /// let message = EventMessage::new("message", "general", json!({ "text": "hi" }), "alice", 1_700_000_000_000);
    /// let text = message.data["text"].as_str().unwrap_or_default().to_owned();
    /// let message: EventMessage<String> = message.with(text);
    /// assert_eq!((message.from.as_str(), message.data.as_str()), ("alice", "hi"));
    /// ```
    pub fn with<U>(self, data: U) -> EventMessage<U> {
        EventMessage {
            event: self.event,
            room_id: self.room_id,
            data,
            from: self.from,
            timestamp: self.timestamp,
            meta: self.meta,
            id: self.id,
            offset: self.offset,
        }
    }
}

impl<T> fmt::Debug for EventMessage<T> {
    /// Omits `data`, `meta` and `id`, which may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventMessage")
            .field("event", &self.event)
            .field("room_id", &self.room_id)
            .field("from", &self.from)
            .field("timestamp", &self.timestamp)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// A machine-readable error code.
///
/// Clients receive it in an [`ErrorBody`]. On the wire it is written in `SCREAMING_SNAKE_CASE`:
///
/// ```
/// use dialogue::error::ErrorCode;
///
/// # fn main() -> Result<(), serde_json::Error> {
/// assert_eq!(ErrorCode::RoomFull.as_str(), "ROOM_FULL");
/// assert_eq!(serde_json::from_str::<ErrorCode>(r#""ROOM_FULL""#)?, ErrorCode::RoomFull);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The room does not exist.
    RoomNotFound,
    /// The room has reached its maximum size.
    RoomFull,
    /// A room with this id already exists.
    RoomExists,
    /// The `before_join` hook refused. The message is its reason.
    JoinDenied,
    /// The client has not joined the room.
    NotInRoom,
    /// The room does not carry the event, or only the server may trigger it there.
    EventNotAllowed,
    /// The payload does not decode or breaks a validation rule. `issues` lists every problem.
    ValidationFailed,
    /// A `before` or `before_each` hook refused the event. The message is its reason.
    EventRejected,
    /// The user is not allowed to do this.
    PermissionDenied,
    /// The client does this too often. `ErrorBody::retry_after` says when to try again.
    RateLimited,
    /// A limit was reached that does not pass with time. The client must release something first, for example leave a
    /// room.
    LimitReached,
    /// The request is malformed: a field is missing, has the wrong type or is too large.
    InvalidRequest,
    /// Too many requests of the client are waiting, or the server's handlers are too far behind.
    Overloaded,
    /// The handshake was refused, or the session has expired.
    Unauthenticated,
    /// The server failed. Its log has the details.
    Internal,
}

impl ErrorCode {
    /// Returns the code as it is sent on the wire, such as `ROOM_FULL`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RoomNotFound => "ROOM_NOT_FOUND",
            Self::RoomFull => "ROOM_FULL",
            Self::RoomExists => "ROOM_EXISTS",
            Self::JoinDenied => "JOIN_DENIED",
            Self::NotInRoom => "NOT_IN_ROOM",
            Self::EventNotAllowed => "EVENT_NOT_ALLOWED",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::EventRejected => "EVENT_REJECTED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::RateLimited => "RATE_LIMITED",
            Self::LimitReached => "LIMIT_REACHED",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::Overloaded => "OVERLOADED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Internal => "INTERNAL",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error as it is sent to a client.
///
/// Every error with a `code()` converts into it:
///
/// ```
/// use dialogue::error::{ErrorBody, ErrorCode, LeaveError};
///
/// let body = ErrorBody::from(&LeaveError::NotInRoom("general".into()));
/// assert_eq!(body.code, ErrorCode::NotInRoom);
/// assert_eq!(body.message, "the client has not joined the room `general`");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ErrorBody {
    /// The machine-readable error code.
    pub code: ErrorCode,
    /// The error message for people.
    pub message: String,
    /// The room that the error concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// The event that the error concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// How long to wait before trying again, in milliseconds. Present if a rate limit was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// The issues of the payload. Empty unless the code is [`ErrorCode::ValidationFailed`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

impl ErrorBody {
    /// Creates an error that concerns no particular room or event.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), room_id: None, event: None, retry_after: None, issues: Vec::new() }
    }
}

/// Returns the message of `VALIDATION_FAILED`. The protocol fixes its form, because existing clients show it to users.
pub(crate) fn validation_message(event: &str, invalid: &crate::validation::Invalid) -> String {
    format!("Event '{event}' validation failed: {invalid}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_said_as_it_is_sent() {
        for code in [ErrorCode::RoomNotFound, ErrorCode::EventRejected, ErrorCode::RateLimited, ErrorCode::LimitReached]
        {
            assert_eq!(serde_json::to_value(code).ok(), Some(Value::from(code.as_str())));
        }
    }
}
