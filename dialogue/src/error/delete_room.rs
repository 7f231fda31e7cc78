//! Errors of deleting a room.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::ErrorCode;
use crate::room::RoomId;

use super::millis;

/// Why a room was not deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteRoomError {
    /// There is no such room.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// Declared rooms are always there.
    #[error("the room `{0}` is declared, and stays")]
    Declared(RoomId),
    /// The user, or all clients of its address, create and delete rooms too often.
    #[error("a user or an address may create and delete rooms {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, [`Config::create_rate`](crate::Config::create_rate) or
        /// [`Config::create_rate_per_address`](crate::Config::create_rate_per_address).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
    /// Only its creator may.
    #[error("only the user who created a room may delete it")]
    NotCreator,
}

impl DeleteRoomError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::Declared(_) | Self::NotCreator => ErrorCode::PermissionDenied,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
        }
    }
}
