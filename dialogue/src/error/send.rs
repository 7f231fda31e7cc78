//! Errors of sending to a single client or to all of them.

/// Errors returned when sending a message to one client or to all clients.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The name starts with `dialogue:`, which is reserved.
    #[error("`{0}` was not sent; names that start with `dialogue:` are reserved for the protocol")]
    ReservedName(String),
    /// The type's `Serialize` implementation failed, or a map has keys that are not strings.
    #[error("`{event}` cannot be encoded as JSON")]
    Encode {
        /// The name of the message.
        event: String,
        /// The serialization error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
