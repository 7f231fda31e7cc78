//! Errors of creating a room.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::ErrorCode;
use crate::room::RoomId;

use super::{Denied, millis};

/// Why a room was not created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateRoomError {
    /// A room has this id already.
    #[error("there is a room `{0}` already")]
    Exists(RoomId),
    /// The id is one of a family's, whose rooms are opened and not created.
    #[error("`{0}` is a room of a family: `open` it")]
    OfFamily(RoomId),
    /// The id cannot be one.
    #[error(
        "a room id is 1 to {max} bytes without control or invisible characters, does not start with `dialogue:`, and is not `*`"
    )]
    Id {
        /// The limit, [`Config::max_name_bytes`](crate::Config::max_name_bytes).
        max: usize,
    },
    /// The name or the description cannot be shown.
    #[error(
        "a room has a name of 1 to {max} bytes and a description of {} bytes at most, without control or invisible characters",
        4 * max
    )]
    Name {
        /// The limit, [`Config::max_name_bytes`](crate::Config::max_name_bytes).
        max: usize,
    },
    /// It seats nobody.
    #[error("a room with `max_size(0)` seats nobody: leave it out for no limit")]
    NoSeats,
    /// Nothing could ever happen in it.
    #[error("the room `{0}` has no events: add some, or `any_event()`")]
    NoEvents(RoomId),
    /// Two of its events have one name.
    #[error("two events of the room `{room}` have the name `{event}`")]
    DuplicateEvent {
        /// The room.
        room: RoomId,
        /// The event's name.
        event: String,
    },
    /// A default subscription is to an event that it does not carry.
    #[error("the room `{room}` does not carry its default subscription `{event}`")]
    UnknownSubscription {
        /// The room.
        room: RoomId,
        /// The event's name.
        event: String,
    },
    /// The server has as many rooms as it keeps.
    #[error("the server keeps {max} rooms and opens no more: try again when some have closed")]
    ServerFull {
        /// The limit, [`Config::max_rooms`](crate::Config::max_rooms).
        max: usize,
    },
    /// The user has created as many rooms as one may have at once.
    #[error("a user may have created {max} rooms at once: delete one first")]
    TooManyRooms {
        /// The limit, [`Config::max_created_rooms_per_user`](crate::Config::max_created_rooms_per_user).
        max: usize,
    },
    /// The user, or all clients of its address, create and delete rooms too often.
    #[error("a user or an address may create and delete rooms {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, [`Config::create_rate`](crate::Config::create_rate) or
        /// [`Config::create_rate_per_address`](crate::Config::create_rate_per_address).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
    /// Clients may not create rooms here, or the before-create hook said no.
    #[error("{}", .0.reason())]
    Denied(Denied),
    /// The before-create hook failed; the log says more.
    #[error("the server could not create the room `{0}`")]
    Internal(RoomId),
}

impl CreateRoomError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Exists(_) => ErrorCode::RoomExists,
            Self::OfFamily(_) | Self::Denied(_) => ErrorCode::PermissionDenied,
            Self::Id { .. } | Self::Name { .. } | Self::NoSeats => ErrorCode::InvalidRequest,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::ServerFull { .. } | Self::TooManyRooms { .. } => ErrorCode::LimitReached,
            Self::NoEvents(_) | Self::DuplicateEvent { .. } | Self::UnknownSubscription { .. } | Self::Internal(_) => {
                ErrorCode::Internal
            }
        }
    }
}
