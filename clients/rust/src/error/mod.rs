//! Errors: one enum per operation, with the server's error code if the server sent one.

mod connect;
mod listening;
mod requests;

use std::time::Duration;

use dialogue::{error::ErrorCode, validation::Issue};

pub use connect::{BuildError, ConnectError, Lost};
pub use listening::{Error, Left, StreamError};
pub use requests::{HistoryError, JoinError, RequestError, TriggerError};

/// A refusal by the server: a machine-readable code and a message for people.
///
/// ```
/// use dialogue_client::{ErrorCode, RequestError};
///
/// fn is_forbidden(error: &RequestError) -> bool {
///     match error {
///         RequestError::Refused(refusal) => refusal.code() == Some(ErrorCode::PermissionDenied),
///         _ => false,
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    code: String,
    message: String,
    retry_after: Option<Duration>,
    issues: Vec<Issue>,
}

impl Refusal {
    pub(crate) fn new(code: String, message: String, retry_after: Option<Duration>, issues: Vec<Issue>) -> Self {
        Self { code, message, retry_after, issues }
    }

    /// Returns the code, or `None` if this version of the client does not know it.
    pub fn code(&self) -> Option<ErrorCode> {
        serde_json::from_value(self.code.as_str().into()).ok()
    }

    /// Returns the code as it was sent, such as `ROOM_FULL`.
    pub fn code_name(&self) -> &str {
        &self.code
    }

    /// Returns the message of the server.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns how long to wait before trying again, if the server says so. At most one hour.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the issues of the payload. Empty unless the server refused an invalid payload.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// Returns whether the same request may succeed later.
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self.code(), Some(ErrorCode::RateLimited | ErrorCode::Overloaded))
    }
}

/// The failure of a request, before it becomes the error of its operation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure {
    Refused(Refusal),
    Timeout,
    Disconnected,
    NotInRoom,
    Overloaded,
    BadAnswer,
}

/// An error of another crate. It is shared, because several listeners may receive it.
pub(crate) type Source = std::sync::Arc<dyn std::error::Error + Send + Sync>;
