//! Errors of listening and serving.

/// Errors returned when starting or running a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The server could not bind the address.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address as passed to the server.
        address: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Accepting connections failed.
    #[error("cannot accept connections")]
    Accept(#[source] std::io::Error),
    /// The server has been stopped. A stopped server does not start again.
    #[error("this server has been stopped; build a new one")]
    Stopped,
}
