//! What can fail: one enum per operation, each with the server's code where the server gave one.

mod connect;
mod listening;
mod requests;

use std::time::Duration;

use dialogue::{error::ErrorCode, validation::Issue};

pub use connect::{BuildError, ConnectError, Lost};
pub use listening::{Error, Left, StreamError};
pub use requests::{HistoryError, JoinError, RequestError, TriggerError};

/// The no of the server: a code for programs and a message for people.
///
/// ```
/// use dialogue_client::{ErrorCode, RequestError};
///
/// fn is_for_others(error: &RequestError) -> bool {
///     error.code() == Some(ErrorCode::PermissionDenied)
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

    /// The code; `None` when it is one of a newer server.
    pub fn code(&self) -> Option<ErrorCode> {
        serde_json::from_value(self.code.as_str().into()).ok()
    }

    /// The code as it stands on the wire: `ROOM_FULL`.
    pub fn code_name(&self) -> &str {
        &self.code
    }

    /// The server's own words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// When to try again, if the server says so: at most an hour from then.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Every fault of a payload, when it was one.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// Whether the same may succeed later.
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self.code(), Some(ErrorCode::RateLimited | ErrorCode::Overloaded))
    }
}

/// Why a request has no answer, before it is the error of its operation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure {
    Refused(Refusal),
    Timeout,
    Disconnected,
    NotInRoom,
    Overloaded,
    BadAnswer,
}

/// A foreign error, which several listeners may be told.
pub(crate) type Source = std::sync::Arc<dyn std::error::Error + Send + Sync>;
