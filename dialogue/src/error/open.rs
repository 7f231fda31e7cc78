//! Errors of opening a room of a family.

use crate::protocol::ErrorCode;
use crate::room::RoomId;

/// Why the server did not open a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No room and no family has this id.
    #[error("no room or family of the tables has the id `{0}`")]
    NoSuchFamily(RoomId),
    /// The server has as many rooms as it keeps.
    #[error("the server keeps {max} rooms and opens no more: try again when some have closed")]
    ServerFull {
        /// The limit, [`Config::max_rooms`](crate::Config::max_rooms).
        max: usize,
    },
}

impl OpenError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoSuchFamily(_) => ErrorCode::RoomNotFound,
            Self::ServerFull { .. } => ErrorCode::LimitReached,
        }
    }
}
