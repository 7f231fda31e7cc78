//! Errors of sending to a single client or to all of them.

/// Why something was not sent to a single client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The name is one of the protocol's own.
    #[error("`{0}` was not sent: names that start with `dialogue:` are the protocol's own")]
    ReservedName(String),
    /// The type's own `Serialize` failed, or a map has keys that are no texts.
    #[error("`{event}` cannot be encoded as JSON")]
    Encode {
        /// The event's name.
        event: String,
        /// What serde said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
