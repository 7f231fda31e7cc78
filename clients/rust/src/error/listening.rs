//! Errors that listeners receive.

use dialogue::{RoomId, error::ErrorCode};

use super::{ConnectError, JoinError, Lost, Refusal};

/// The reason why a client is no longer in a room although the program did not leave it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Left {
    /// The server removed the client from the room.
    #[error("the server removed the client from the room")]
    ByServer,
    /// The room was deleted.
    #[error("the room was deleted")]
    Deleted,
    /// The client reconnected and was refused when it rejoined the room.
    #[error("the client could not rejoin the room after a reconnect: {0}")]
    Refused(JoinError),
}

/// Errors that a stream of events yields.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// This many events were dropped at this position, because the queue was full. The stream continues.
    #[error("{0} events were dropped, because the stream was not polled fast enough")]
    Lagged(u64),
    /// An event does not decode as its type. The stream continues.
    #[error("an event does not decode as `{0}`; check that the client and the server use the same type")]
    Undecodable(&'static str),
    /// The client is no longer in the room. The stream ends.
    #[error("the client is no longer in the room: {0}")]
    Left(Left),
    /// The client has ended. The stream ends.
    #[error("the client has ended; connect a new one")]
    Disconnected,
}

/// Errors that do not belong to a call of the program, as received by [`Client::on_error`](crate::Client::on_error).
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The connection was lost. The client reconnects and resumes.
    #[error("the connection was lost and is being restored: {0}")]
    Lost(Lost),
    /// An attempt to reconnect failed. The client tries again, unless [`Error::Ended`] follows.
    #[error("could not reconnect: {0}")]
    Reconnect(ConnectError),
    /// The client has ended: the server disconnected or refused it, or it has no attempts left.
    #[error("the client has ended: {why}")]
    Ended {
        /// The reason.
        why: &'static str,
    },
    /// The server sent an error that does not answer a request. `UNAUTHENTICATED` means that the session has expired.
    #[error("{0}")]
    Server(Refusal),
    /// The client is no longer in a room although the program did not leave it.
    #[error("the client is no longer in the room `{room}`: {why}")]
    Left {
        /// The room.
        room: RoomId,
        /// The reason.
        why: Left,
    },
    /// A callback missed events, because it is slower than the events arrive.
    #[error("a callback of `{of}` is too slow: {missed} events were dropped")]
    Lagged {
        /// The name of the event, or `*` for all events.
        of: String,
        /// The number of events that were dropped.
        missed: u64,
    },
    /// A callback panicked. It is called again for the next event.
    #[error("a callback of `{of}` panicked")]
    Panicked {
        /// The name of the event, or `*` for all events.
        of: String,
    },
    /// An event or message does not decode as the type of its callback.
    #[error(
        "`{0}` does not decode as the type of its callback; check that the client and the server use the same type"
    )]
    Undecodable(String),
    /// The server sent a frame with missing or invalid fields.
    #[error("the server sent a malformed `{0}`; check that it is a Dialogue server of a compatible version")]
    Malformed(&'static str),
}

impl Error {
    /// Returns the server's error code, if the server sent one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Reconnect(error) => error.code(),
            Self::Server(refusal) => refusal.code(),
            Self::Left { why: Left::Refused(error), .. } => error.code(),
            _ => None,
        }
    }
}
