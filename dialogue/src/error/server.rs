//! The server itself, and the sessions of its clients.

use crate::room::RoomId;
use crate::wire::ErrorCode;

use super::Denied;

/// Why a [`Dialogue`](crate::Dialogue) could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two rooms have one id.
    #[error("the room `{0}` is there twice: give one of them another id")]
    DuplicateRoom(RoomId),
    /// More rooms are declared than the server may keep.
    #[error("{declared} rooms are declared, and `Config::rooms` is {max}: raise it")]
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

/// Why a server did not start or had to end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address could not be bound.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address as it was given.
        address: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Accepting connections failed.
    #[error("cannot accept connections")]
    Accept(#[source] std::io::Error),
    /// It has been stopped before; a stopped server does not start again.
    #[error("this server has been stopped: build another one")]
    Stopped,
}

/// Why a session was not renewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenewError {
    /// The server does not authenticate.
    #[error("this server takes no tokens")]
    NoAuthentication,
    /// The token was refused.
    #[error("{}", .0.reason())]
    Denied(Denied),
    /// The token is another user's.
    #[error("the token is for another user: connect anew")]
    OtherUser,
    /// The authenticate hook failed; the log says more.
    #[error("the server could not check the token")]
    Internal,
}

impl RenewError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoAuthentication | Self::OtherUser => ErrorCode::PermissionDenied,
            Self::Denied(_) => ErrorCode::Unauthenticated,
            Self::Internal => ErrorCode::Internal,
        }
    }
}
