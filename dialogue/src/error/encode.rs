//! Errors of encoding what a hook sets.

use super::Denied;

/// A value cannot be encoded as JSON: it is a map whose keys are not strings, or its own `Serialize` fails.
///
/// It converts into [`Denied`], so that a hook can use `?`. The client then reads that the server could not encode the
/// event, and not the reason, which the log has.
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
