//! Errors of leaving a room.

use crate::protocol::ErrorCode;
use crate::room::RoomId;

/// Why a client did not leave a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeaveError {
    /// It was not in it.
    #[error("the client has not joined the room `{0}`")]
    NotInRoom(RoomId),
}

impl LeaveError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
        }
    }
}
