//! What listeners are told beside events.

use dialogue::{RoomId, error::ErrorCode};

use super::{ConnectError, JoinError, Lost, Refusal};

/// Why a client is not in a room any more, though it did not leave.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Left {
    /// The server took the client out of the room.
    #[error("the server has taken the client out of the room")]
    ByServer,
    /// The room was deleted.
    #[error("the room was deleted")]
    Deleted,
    /// The client came back after a disconnect, and was not let in again.
    #[error("the client came back and was not let in again: {0}")]
    Refused(JoinError),
}

/// What a stream of events says instead of an event.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// So many events are missing here: they came while `queue` others had not been taken. The stream goes on.
    #[error("{0} events are lost: they came faster than they were taken")]
    Lagged(u64),
    /// An event is not what this program takes it for. The stream goes on.
    #[error("an event is not a `{0}` as this program knows it: do client and server share its type?")]
    Undecodable(&'static str),
    /// The client is not in the room any more. The stream ends.
    #[error("the room has been left: {0}")]
    Left(Left),
    /// The client does not come back. The stream ends.
    #[error("the client has ended: connect a new one")]
    Disconnected,
}

/// What [`Client::on_error`](crate::Client::on_error) hears: what went wrong and is the answer to nothing that the program
/// awaits.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The connection was lost. The client comes back by itself, and goes on where it was.
    #[error("the connection was lost and is being restored: {0}")]
    Lost(Lost),
    /// Coming back did not succeed. The client tries again, unless [`Error::Ended`] follows.
    #[error("could not reconnect: {0}")]
    Reconnect(ConnectError),
    /// The client does not come back: it was sent away, refused, or has tried as often as it was told to.
    #[error("the client has ended: {why}")]
    Ended {
        /// In words.
        why: &'static str,
    },
    /// The server has said something that answers no request; `UNAUTHENTICATED` is that the session has expired.
    #[error("{0}")]
    Server(Refusal),
    /// A room has been left, though the program did not leave it.
    #[error("the room `{room}` has been left: {why}")]
    Left {
        /// The room.
        room: RoomId,
        /// Why.
        why: Left,
    },
    /// A callback has missed so many events: it takes longer than they do to come.
    #[error("a callback of `{of}` does not keep up: {missed} events are lost to it")]
    Lagged {
        /// The name of the event, or `*`.
        of: String,
        /// How many.
        missed: u64,
    },
    /// A callback panicked. It hears the next event all the same.
    #[error("a callback of `{of}` panicked")]
    Panicked {
        /// The name of the event, or `*`.
        of: String,
    },
    /// Something was sent that is not what this program takes it for.
    #[error("`{0}` is not what this program takes it for: do client and server share its type?")]
    Undecodable(String),
    /// The server sent a frame of the protocol with the wrong fields.
    #[error("the server sent a malformed `{0}`: check that it is a Dialogue server of this version")]
    Malformed(&'static str),
}

impl Error {
    /// The server's code, if it gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Reconnect(error) => error.code(),
            Self::Server(refusal) => refusal.code(),
            Self::Left { why: Left::Refused(error), .. } => error.code(),
            _ => None,
        }
    }
}
