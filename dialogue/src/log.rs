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

/// Prints the server's log to standard error, from [`Level::INFO`] on.
///
/// Lines have colours only where standard error is a terminal, and the environment variable `NO_COLOR` is not set.
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
/// [`LogError::AlreadySet`] if the program has a global subscriber already.
pub fn init() -> Result<(), LogError> {
    init_at(Level::INFO)
}

/// Prints the server's log to standard error, from this level on. [`Level::DEBUG`] has a line for each connection and
/// each refused request.
///
/// ```
/// # fn main() -> Result<(), dialogue::Error> {
/// dialogue::log::init_at(tracing::Level::DEBUG)?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`LogError::AlreadySet`] if the program has a global subscriber already.
pub fn init_at(level: Level) -> Result<(), LogError> {
    let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && !no_colour)
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::AlreadySet)
}

/// Prints nothing, whatever happens: for tests.
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
/// [`LogError::AlreadySet`] if the program has a global subscriber already.
pub fn silent() -> Result<(), LogError> {
    tracing::subscriber::set_global_default(NoSubscriber::new()).map_err(|_| LogError::AlreadySet)
}
