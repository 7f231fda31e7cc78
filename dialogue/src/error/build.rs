//! Errors of building a server.

use crate::room::RoomId;

/// Errors returned when building a server with `DialogueBuilder::build`.
///
/// ```no_run
/// use dialogue::{Dialogue, error::BuildError};
/// # dialogue::rooms! { pub Lobby { events: [*] } }
///
/// # fn main() {
/// match Dialogue::builder().rooms(ROOMS).build() {
///     Ok(dialogue) => println!("{} rooms", dialogue.rooms().len()),
///     Err(BuildError::DuplicateRoom(id)) => eprintln!("the room `{id}` is declared twice"),
///     Err(error) => eprintln!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two declared rooms have the same id.
    #[error("two rooms have the id `{0}`; give one of them another id")]
    DuplicateRoom(RoomId),
    /// More rooms are declared than `Config::max_rooms` allows.
    #[error("{declared} rooms are declared, but `Config::max_rooms` is {max}; raise the limit")]
    TooManyRooms {
        /// The number of declared rooms.
        declared: usize,
        /// The limit.
        max: usize,
    },
    /// `Config::path` is not a valid path.
    #[error("`Config::path` is `{0}`; write a path such as `/socket.io`")]
    Path(String),
    /// An entry of `Cors::origins` is not an origin.
    #[error("`{0}` is not an origin; write it like `https://example.com`")]
    Origin(String),
    /// `Config::transports` enables no transport.
    #[error("`Config::transports` is empty; enable at least one transport")]
    NoTransport,
    /// A limit in the configuration is zero, so the server could not work.
    #[error("`Config::{0}` is 0; set it to at least 1")]
    ZeroLimit(&'static str),
}
