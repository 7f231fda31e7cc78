//! Errors of leaving a room.

use crate::protocol::ErrorCode;
use crate::room::RoomId;

/// Errors returned when a client leaves a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeaveError {
    /// The client has not joined the room.
    #[error("the client has not joined the room `{0}`")]
    NotInRoom(RoomId),
}

impl LeaveError {
    /// Returns the error code that a client receives for this error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
        }
    }
}
