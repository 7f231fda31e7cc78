//! Errors of deleting a room.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::ErrorCode;
use crate::room::RoomId;

use super::millis;

/// Errors returned when deleting a room with `Dialogue::delete_room`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteRoomError {
    /// The room does not exist.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// The room is declared in `rooms!`. Declared rooms cannot be deleted.
    #[error("the room `{0}` is declared by the server and cannot be deleted")]
    Declared(RoomId),
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
    /// The client's user did not create the room.
    #[error("only the user who created a room may delete it")]
    NotCreator,
}

impl DeleteRoomError {
    /// Returns the error code that a client receives for this error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::Declared(_) | Self::NotCreator => ErrorCode::PermissionDenied,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
        }
    }
}
