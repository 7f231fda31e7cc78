//! Errors of building a server.

use crate::room::RoomId;

/// Why a [`Dialogue`](crate::Dialogue) could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two rooms have one id.
    #[error("the room `{0}` is there twice: give one of them another id")]
    DuplicateRoom(RoomId),
    /// More rooms are declared than the server may keep.
    #[error("{declared} rooms are declared, and `Config::max_rooms` is {max}: raise it")]
    TooManyRooms {
        /// How many are declared.
        declared: usize,
        /// The limit.
        max: usize,
    },
    /// Socket.IO cannot be served there.
    #[error("`Config::path` must look like `/socket.io`, and is `{0}`")]
    Path(String),
    /// An origin of [`Cors::origins`](crate::Cors::origins) is none.
    #[error("`{0}` is not an origin: write it as `https://example.com`")]
    Origin(String),
    /// No transport is left.
    #[error("`Config::transports` cannot be empty")]
    NoTransport,
    /// A limit of the configuration is zero, so nothing could ever work.
    #[error("`Config::{0}` cannot be 0")]
    ZeroLimit(&'static str),
}
