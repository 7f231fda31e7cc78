//! Errors of joining a room.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::ErrorCode;
use crate::room::RoomId;

use super::{Denied, millis};

/// Why a client did not join a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// There is no such room, and no family that opens one on join.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// Every seat is taken.
    #[error("the room `{room}` is full: all {max_size} seats are taken")]
    RoomFull {
        /// The room.
        room: RoomId,
        /// How many it seats.
        max_size: usize,
    },
    /// The join asked for an event that the room does not carry.
    #[error("the room `{room}` does not carry the event `{event}`")]
    EventNotAllowed {
        /// The room.
        room: RoomId,
        /// The event's name.
        event: String,
    },
    /// The client is in as many rooms as one client may be.
    #[error("a client may be in {max} rooms at once: leave one first")]
    TooManyRooms {
        /// The limit, [`Config::max_rooms_per_client`](crate::Config::max_rooms_per_client).
        max: usize,
    },
    /// The user has opened as many rooms by joining as one user may have open at once.
    #[error("a user may have {max} rooms open that it opened by joining: leave one that closes when it is empty")]
    TooManyOpenedRooms {
        /// The limit, [`Config::max_opened_rooms_per_user`](crate::Config::max_opened_rooms_per_user).
        max: usize,
    },
    /// Clients at the same address have opened as many rooms by joining as one address may have open at once.
    #[error("an address may have {max} rooms open that it opened by joining: leave one that closes when it is empty")]
    TooManyOpenedRoomsOfAddress {
        /// The limit, [`Config::max_opened_rooms_per_address`](crate::Config::max_opened_rooms_per_address).
        max: usize,
    },
    /// The server has as many rooms as it keeps.
    #[error("the server keeps {max} rooms and opens no more: try again when some have closed")]
    ServerFull {
        /// The limit, [`Config::max_rooms`](crate::Config::max_rooms).
        max: usize,
    },
    /// The before-join hook said no.
    #[error("{}", denied.reason())]
    Denied {
        /// The room.
        room: RoomId,
        /// The reason.
        denied: Denied,
    },
    /// The client joins too often.
    #[error("a client may join {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, [`Config::join_rate`](crate::Config::join_rate).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
    /// The client leaves and joins the room again and again, and is sent its history each time.
    #[error(
        "a client may ask for history {rate}, and joining a room again does: try again in {} ms",
        millis(retry_after)
    )]
    HistoryRateLimited {
        /// The limit, [`Config::history_rate`](crate::Config::history_rate).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
    /// The join asked for more subscriptions than a client may have in a room.
    #[error("a client may have {max} subscriptions in a room: subscribe to fewer, or to all events")]
    TooManySubscriptions {
        /// The limit, [`Config::max_subscriptions_per_room`](crate::Config::max_subscriptions_per_room).
        max: usize,
    },
    /// The before-join hook failed; the log says more.
    #[error("the server could not decide about the room `{0}`")]
    Internal(RoomId),
    /// The client has gone.
    #[error("the client has disconnected")]
    Disconnected,
}

impl JoinError {
    /// The code on the wire.
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
