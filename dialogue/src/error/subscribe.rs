//! Errors of subscribing and unsubscribing.

use crate::protocol::ErrorCode;
use crate::room::RoomId;

/// Why a subscription was not changed.
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
        /// The event's name.
        event: String,
    },
    /// The client has as many subscriptions in the room as one client may have.
    #[error("a client may have {max} subscriptions in a room: unsubscribe from one, or subscribe to all events")]
    TooMany {
        /// The limit, [`Config::max_subscriptions_per_room`](crate::Config::max_subscriptions_per_room).
        max: usize,
    },
}

impl SubscribeError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
            Self::EventNotAllowed { .. } => ErrorCode::EventNotAllowed,
            Self::TooMany { .. } => ErrorCode::LimitReached,
        }
    }
}
