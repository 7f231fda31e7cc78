//! Every frame of the protocol: the only place that knows the names of JSON fields.
//!
//! `PROTOCOL.md` describes the same in words; the two change together.

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
pub(crate) use frame::{
    Ack, ConnectError, Connected, Deleted, Envelope, HistoryResponse, Joined, Left, Nothing, Renewed, RoomCreated,
    RoomDeleted, RoomList, Triggered, history,
};
#[cfg(feature = "server")]
pub(crate) use request::{CreateRoom, GetHistory, Join, OfEvent, OfRoom, Renew, Request, Resume, Trigger};

/// An event on its way: the envelope around a payload (reference, "`EventMessage` Structure").
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
    /// The event's name.
    pub event: String,
    /// The room it travelled in.
    pub room_id: RoomId,
    /// The payload.
    pub data: T,
    /// Who triggered it: a user, or [`UserId::SYSTEM`].
    pub from: UserId,
    /// When it was published, in Unix milliseconds.
    pub timestamp: u64,
    /// What the sender added, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Value>,
    /// The sender's own key for the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its place in the room's order, when its type keeps history (protocol, "Order and loss" 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

impl<T> EventMessage<T> {
    /// An envelope without what is optional: what a store makes of its rows. Set the other fields afterwards.
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

    /// The same envelope around another payload.
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
    /// Everything but the payload and what the sender added, which may be secret.
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

/// What went wrong, for programs (protocol, "Error codes").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The room does not exist.
    RoomNotFound,
    /// Every seat of the room is taken.
    RoomFull,
    /// A room has this id already.
    RoomExists,
    /// The before-join hook said no.
    JoinDenied,
    /// The client has not joined the room.
    NotInRoom,
    /// The room does not carry the event, or only the server may trigger it there.
    EventNotAllowed,
    /// The payload is not the event.
    ValidationFailed,
    /// The before-each hook said no.
    EventRejected,
    /// Not for this user.
    PermissionDenied,
    /// A limit was hit.
    RateLimited,
    /// The frame is malformed.
    InvalidRequest,
    /// More requests wait than the server keeps for one client.
    Overloaded,
    /// The handshake was refused, or the session is over.
    Unauthenticated,
    /// The server is at fault; its log says how.
    Internal,
}

impl ErrorCode {
    /// As it stands on the wire: `ROOM_FULL`.
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

/// An error as it travels (protocol, `ErrorBody`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ErrorBody {
    /// What went wrong, for programs.
    pub code: ErrorCode,
    /// What went wrong, for people.
    pub message: String,
    /// The room it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// The event it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// When to try again, in milliseconds from now, when a rate limit was hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Every fault of the payload, when it was one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

impl ErrorBody {
    /// An error about no room and no event.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), room_id: None, event: None, retry_after: None, issues: Vec::new() }
    }
}

/// The text that clients of the base library show for a payload that is not the event.
pub(crate) fn validation_message(event: &str, invalid: &crate::validation::Invalid) -> String {
    format!("Event '{event}' validation failed: {invalid}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_said_as_it_is_sent() {
        for code in [ErrorCode::RoomNotFound, ErrorCode::EventRejected, ErrorCode::Internal, ErrorCode::RateLimited] {
            assert_eq!(serde_json::to_value(code).ok(), Some(Value::from(code.as_str())));
        }
    }
}
