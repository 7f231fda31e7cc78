//! Errors of joining a room.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::ErrorCode;
use crate::room::RoomId;

use super::{Denied, millis};

/// Errors returned when a client joins a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The room does not exist, and no family of rooms opens it on join.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// The room has reached its maximum size.
    #[error("the room `{room}` is full: all {max_size} seats are taken")]
    RoomFull {
        /// The room.
        room: RoomId,
        /// The maximum number of connections in the room.
        max_size: usize,
    },
    /// The join requested a subscription to an event that the room does not carry.
    #[error("the room `{room}` does not carry the event `{event}`")]
    EventNotAllowed {
        /// The room.
        room: RoomId,
        /// The name of the event.
        event: String,
    },
    /// The client has reached the maximum number of rooms that one client may be in at the same time.
    #[error("the client has reached the limit of {max} joined rooms; leave one first")]
    TooManyRooms {
        /// The limit, `Config::max_rooms_per_client`.
        max: usize,
    },
    /// The user has reached the maximum number of open rooms that it opened by joining.
    #[error("the user has reached the limit of {max} rooms opened by joining; leave one that closes when it is empty")]
    TooManyOpenedRooms {
        /// The limit, `Config::max_opened_rooms_per_user`.
        max: usize,
    },
    /// The clients of one address have reached the maximum number of open rooms that they opened by joining.
    #[error(
        "the address has reached the limit of {max} rooms opened by joining; leave one that closes when it is empty"
    )]
    TooManyOpenedRoomsOfAddress {
        /// The limit, `Config::max_opened_rooms_per_address`.
        max: usize,
    },
    /// The server has reached its maximum number of rooms.
    #[error("the server has reached its limit of {max} rooms; try again when some have closed")]
    ServerFull {
        /// The limit, `Config::max_rooms`.
        max: usize,
    },
    /// The `before_join` hook refused.
    #[error("{}", denied.reason())]
    Denied {
        /// The room.
        room: RoomId,
        /// The hook's reason.
        denied: Denied,
    },
    /// The client joins too often.
    #[error("the client joins rooms too often (limit: {rate}); try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, `Config::join_rate`.
        rate: Rate,
        /// How long to wait before the next attempt can succeed.
        retry_after: Duration,
    },
    /// The client leaves and joins rooms again and again, and each join sends history.
    #[error(
        "the client reads history too often by joining rooms again (limit: {rate}); try again in {} ms",
        millis(retry_after)
    )]
    HistoryRateLimited {
        /// The limit, `Config::history_rate`.
        rate: Rate,
        /// How long to wait before the next attempt can succeed.
        retry_after: Duration,
    },
    /// The join requested more subscriptions than a client may have in one room.
    #[error(
        "a client may have at most {max} subscriptions in a room; subscribe to fewer events, or to all of them with `*`"
    )]
    TooManySubscriptions {
        /// The limit, `Config::max_subscriptions_per_room`.
        max: usize,
    },
    /// The `before_join` hook panicked or timed out. The server's log has the details.
    #[error("the server failed to handle the join of the room `{0}`; its log has the details")]
    Internal(RoomId),
    /// The client has disconnected.
    #[error("the client has disconnected")]
    Disconnected,
}

impl JoinError {
    /// Returns the error code that a client receives for this error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::RoomFull { .. } => ErrorCode::RoomFull,
            Self::EventNotAllowed { .. } => ErrorCode::EventNotAllowed,
            Self::RateLimited { .. } | Self::HistoryRateLimited { .. } => ErrorCode::RateLimited,
            Self::TooManyRooms { .. }
            | Self::TooManyOpenedRooms { .. }
            | Self::TooManyOpenedRoomsOfAddress { .. }
            | Self::ServerFull { .. }
            | Self::TooManySubscriptions { .. } => ErrorCode::LimitReached,
            Self::Denied { .. } => ErrorCode::JoinDenied,
            Self::Internal(_) => ErrorCode::Internal,
            Self::Disconnected => ErrorCode::NotInRoom,
        }
    }
}
