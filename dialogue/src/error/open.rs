//! Errors of opening a room of a family.

use crate::protocol::ErrorCode;
use crate::room::RoomId;

/// Errors returned when opening a room of a family with `Dialogue::open`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No declared room or family has this id.
    #[error(
        "no declared room or family has the id `{0}`; declare it in `rooms!`, or create a room with `Dialogue::create_room`"
    )]
    NoSuchFamily(RoomId),
    /// The server has reached its maximum number of rooms.
    #[error("the server has reached its limit of {max} rooms; try again when some have closed")]
    ServerFull {
        /// The limit, `Config::max_rooms`.
        max: usize,
    },
}

impl OpenError {
    /// Returns the error code that a client receives for this error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoSuchFamily(_) => ErrorCode::RoomNotFound,
            Self::ServerFull { .. } => ErrorCode::LimitReached,
        }
    }
}
