//! What the server says of itself, as [`tracing`] events with fields such as `client`, `room`, `event` and `error`.
//!
//! Payloads, tokens and auth data are in none of them. This module sets up the two usual ways to listen; any other is a
//! subscriber of your own.

use tracing::Level;
use tracing::subscriber::{NoSubscriber, SetGlobalDefaultError};

/// Prints what the server says to the console, from [`Level::INFO`] on (reference, Backend API 6.3).
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
/// When the program has a global subscriber already.
pub fn init() -> Result<(), SetGlobalDefaultError> {
    init_at(Level::INFO)
}

/// Prints what the server says to the console, from this level on. [`Level::DEBUG`] has a line for each connection and
/// each refused request.
///
/// # Errors
///
/// When the program has a global subscriber already.
pub fn init_at(level: Level) -> Result<(), SetGlobalDefaultError> {
    let subscriber = tracing_subscriber::fmt().with_max_level(level).finish();
    tracing::subscriber::set_global_default(subscriber)
}

/// Says nothing, whatever happens: for tests (reference, Backend API 6.4).
///
/// ```
/// dialogue::log::silent().expect("no other subscriber is set");
/// assert!(dialogue::log::init().is_err(), "there is one for the whole program");
/// ```
///
/// # Errors
///
/// When the program has a global subscriber already.
pub fn silent() -> Result<(), SetGlobalDefaultError> {
    tracing::subscriber::set_global_default(NoSubscriber::new())
}
