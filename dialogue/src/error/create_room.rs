//! Errors of creating a room.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::ErrorCode;
use crate::room::RoomId;

use super::{Denied, millis};

/// Errors returned when creating a room with `Dialogue::create_room`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateRoomError {
    /// A room with this id already exists.
    #[error("the room `{0}` already exists")]
    Exists(RoomId),
    /// The id belongs to a family of rooms. Rooms of a family are opened, not created.
    #[error("`{0}` is the id of a room of a family; open or join the room instead of creating it")]
    OfFamily(RoomId),
    /// The id is not a valid room id.
    #[error(
        "invalid room id; use 1 to {max} bytes without control or invisible characters that do not start with `dialogue:` and are not `*`"
    )]
    Id {
        /// The limit, `Config::max_name_bytes`.
        max: usize,
    },
    /// The name is empty or too long, the description is too long, or one of them has invisible characters.
    #[error(
        "invalid name or description; a name has 1 to {max} bytes, and a description at most {} bytes, without control or invisible characters",
        4 * max
    )]
    Name {
        /// The limit, `Config::max_name_bytes`.
        max: usize,
    },
    /// The maximum size is 0, so no client could join.
    #[error("`max_size(0)` lets no client join; leave it out for no limit")]
    NoSeats,
    /// The room carries no events.
    #[error("the room `{0}` has no events; add at least one, or call `any_event()`")]
    NoEvents(RoomId),
    /// An event of the room has an invalid name.
    #[error(
        "the room `{room}` cannot carry an event named `{event}`; use a name that is not empty, contains no control characters, does not start with `dialogue:` and is not `*`"
    )]
    EventName {
        /// The room.
        room: RoomId,
        /// The name of the event.
        event: String,
    },
    /// Two events of the room have the same name.
    #[error("two events of the room `{room}` have the name `{event}`; rename one of them")]
    DuplicateEvent {
        /// The room.
        room: RoomId,
        /// The name of the event.
        event: String,
    },
    /// A default subscription names an event that the room does not carry.
    #[error(
        "the room `{room}` does not carry the event `{event}` of its default subscriptions; add the event to the room"
    )]
    UnknownSubscription {
        /// The room.
        room: RoomId,
        /// The name of the event.
        event: String,
    },
    /// The server has reached its maximum number of rooms.
    #[error("the server has reached its limit of {max} rooms; try again when some have closed")]
    ServerFull {
        /// The limit, `Config::max_rooms`.
        max: usize,
    },
    /// The user has reached the maximum number of rooms that one user may have created at the same time.
    #[error("the user has reached the limit of {max} created rooms; delete one first")]
    TooManyRooms {
        /// The limit, `Config::max_created_rooms_per_user`.
        max: usize,
    },
    /// The user, or all clients of its address, create and delete rooms too often.
    #[error(
        "the user or its address creates or deletes rooms too often (limit: {rate}); try again in {} ms",
        millis(retry_after)
    )]
    RateLimited {
        /// The limit, `Config::create_rate` or `Config::create_rate_per_address`.
        rate: Rate,
        /// How long to wait before the next attempt can succeed.
        retry_after: Duration,
    },
    /// Clients are not allowed to create rooms, or the `before_create` hook refused.
    #[error("{}", .0.reason())]
    Denied(Denied),
    /// The `before_create` hook panicked or timed out. The server's log has the details.
    #[error("the server failed to create the room `{0}`; its log has the details")]
    Internal(RoomId),
}

impl CreateRoomError {
    /// Returns the error code that a client receives for this error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Exists(_) => ErrorCode::RoomExists,
            Self::OfFamily(_) | Self::Denied(_) => ErrorCode::PermissionDenied,
            Self::Id { .. } | Self::Name { .. } | Self::NoSeats => ErrorCode::InvalidRequest,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::ServerFull { .. } | Self::TooManyRooms { .. } => ErrorCode::LimitReached,
            Self::NoEvents(_)
            | Self::EventName { .. }
            | Self::DuplicateEvent { .. }
            | Self::UnknownSubscription { .. }
            | Self::Internal(_) => ErrorCode::Internal,
        }
    }
}
