//! Logging set-up: prints the server's [`tracing`] events to the console.
//!
//! The server emits `tracing` events with fields such as `client`, `room`, `event` and `error`, in a span per client
//! and request. They never contain payloads, tokens or authentication data.
//!
//! This module covers the two most common cases. For any other, install a `tracing` subscriber of your own.

use std::env;
use std::io::{self, IsTerminal as _};

use tracing::Level;
use tracing::subscriber::NoSubscriber;

use crate::error::LogError;

/// Prints log events of [`Level::INFO`] and above to standard error.
///
/// The output is colored if standard error is a terminal and the environment variable `NO_COLOR` is not set.
///
/// ```no_run
/// # dialogue::rooms! { pub Lobby { events: [*] } }
/// #[tokio::main]
/// async fn main() -> Result<(), dialogue::Error> {
///     dialogue::log::init()?;
///     let dialogue = dialogue::Dialogue::builder().rooms(ROOMS).build()?;
///     dialogue.serve("0.0.0.0:3000").await
/// }
/// ```
///
/// # Errors
///
/// Returns [`LogError::AlreadySet`] if the program already has a global subscriber.
pub fn init() -> Result<(), LogError> {
    init_at(Level::INFO)
}

/// Prints log events of this level and above to standard error. [`Level::DEBUG`] includes every connection and every
/// refused request.
///
/// ```
/// # fn main() -> Result<(), dialogue::Error> {
/// dialogue::log::init_at(tracing::Level::DEBUG)?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// Returns [`LogError::AlreadySet`] if the program already has a global subscriber.
pub fn init_at(level: Level) -> Result<(), LogError> {
    let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && !no_colour)
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::AlreadySet)
}

/// Discards all log events, for tests.
///
/// ```
/// use dialogue::error::LogError;
///
/// # fn main() -> Result<(), dialogue::Error> {
/// dialogue::log::silent()?;
/// assert_eq!(dialogue::log::init(), Err(LogError::AlreadySet));
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// Returns [`LogError::AlreadySet`] if the program already has a global subscriber.
pub fn silent() -> Result<(), LogError> {
    tracing::subscriber::set_global_default(NoSubscriber::new()).map_err(|_| LogError::AlreadySet)
}
