//! Errors of encoding what a hook sets.

use super::Denied;

/// The error of a value that cannot be encoded as JSON: a map with keys that are not strings, or a type whose
/// `Serialize` implementation fails.
///
/// It converts into [`Denied`], so that a hook can use `?`. The client then receives the message "the server could not
/// encode the event"; the cause is only logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[error("the value cannot be encoded as JSON")]
pub struct EncodeError {
    source: serde_json::Error,
}

#[cfg(feature = "server")]
impl EncodeError {
    pub(crate) fn new(source: serde_json::Error) -> Self {
        Self { source }
    }
}

impl From<EncodeError> for Denied {
    fn from(_: EncodeError) -> Self {
        Self::because("the server could not encode the event")
    }
}
