//! Errors of subscribing and unsubscribing.

use crate::protocol::ErrorCode;
use crate::room::RoomId;

/// Errors returned when subscribing or unsubscribing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
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
    /// The client has reached the maximum number of subscriptions in one room.
    #[error(
        "a client may have at most {max} subscriptions in a room; unsubscribe from one, or subscribe to all events with `*`"
    )]
    TooMany {
        /// The limit, `Config::max_subscriptions_per_room`.
        max: usize,
    },
}

impl SubscribeError {
    /// Returns the error code that a client receives for this error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
            Self::EventNotAllowed { .. } => ErrorCode::EventNotAllowed,
            Self::TooMany { .. } => ErrorCode::LimitReached,
        }
    }
}
