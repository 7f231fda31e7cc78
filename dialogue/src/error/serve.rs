//! Errors of listening and serving.

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
