//! Logging set-up: prints the server's [`tracing`] events to the console.
//!
//! The server emits `tracing` events with fields such as `client`, `room`, `event` and `error`, in a span per client
//! and request. They never contain payloads, tokens or authentication data.
//!
//! This module covers the two most common cases. For any other, install a `tracing` subscriber of your own.

use tracing::Level;
use tracing::subscriber::{NoSubscriber, SetGlobalDefaultError};

/// Prints log events of [`Level::INFO`] and above to the console.
///
/// ```no_run
/// # dialogue::rooms! { pub Lobby { events: [*] } }
/// #[tokio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     dialogue::log::init()?;
///     let dialogue = dialogue::Dialogue::builder().rooms(ROOMS).build()?;
///     dialogue.serve("0.0.0.0:3000").await?;
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// Returns an error if the program already has a global subscriber.
pub fn init() -> Result<(), SetGlobalDefaultError> {
    init_at(Level::INFO)
}

/// Prints log events of this level and above to the console. [`Level::DEBUG`] includes every connection and every
/// refused request.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// dialogue::log::init_at(tracing::Level::DEBUG)?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// Returns an error if the program already has a global subscriber.
pub fn init_at(level: Level) -> Result<(), SetGlobalDefaultError> {
    let subscriber = tracing_subscriber::fmt().with_max_level(level).finish();
    tracing::subscriber::set_global_default(subscriber)
}

/// Discards all log events, for tests.
///
/// ```
/// dialogue::log::silent().expect("no other subscriber is set");
/// assert!(dialogue::log::init().is_err(), "a program has one global subscriber");
/// ```
///
/// # Errors
///
/// Returns an error if the program already has a global subscriber.
pub fn silent() -> Result<(), SetGlobalDefaultError> {
    tracing::subscriber::set_global_default(NoSubscriber::new())
}
