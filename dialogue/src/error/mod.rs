//! Errors: one enum per operation.
//!
//! An error that a client can cause has a `code()`, the [`ErrorCode`] that the client receives, and converts into the
//! [`ErrorBody`] that is sent. Every error of the server's own API converts into [`Error`], so that `?` works in
//! `main`.
//!
//! ```no_run
//! use dialogue::{Dialogue, error::TriggerError};
//! # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
//! # dialogue::rooms! { pub General { events: [Message] } }
//!
//! # async fn run(dialogue: Dialogue) {
//! match dialogue.trigger(General, Message { text: "hi".into() }).await {
//!     Ok(receipt) => println!("published at {}", receipt.timestamp),
//!     Err(TriggerError::Invalid { invalid, .. }) => eprintln!("{} issues", invalid.issues().len()),
//!     Err(error) => eprintln!("{}: {error}", error.code()),
//! }
//! # }
//! ```

mod build;
mod create_room;
mod delete_room;
#[cfg(feature = "server")]
mod encode;
mod history;
mod join;
#[cfg(feature = "jwt")]
mod jwt;
mod leave;
#[cfg(feature = "log")]
mod log;
mod open;
#[cfg(feature = "server")]
mod renew;
mod send;
mod serve;
mod subscribe;
mod trigger;

use std::borrow::Cow;
use std::time::Duration;

use crate::validation::Invalid;

pub use crate::event::RateError;
pub use crate::protocol::{ErrorBody, ErrorCode};
#[cfg(feature = "schema")]
pub use crate::schema::EmitError;

pub use build::BuildError;
pub use create_room::CreateRoomError;
pub use delete_room::DeleteRoomError;
#[cfg(feature = "server")]
pub use encode::EncodeError;
pub use history::HistoryError;
pub use join::JoinError;
#[cfg(feature = "jwt")]
pub use jwt::JwtError;
pub use leave::LeaveError;
#[cfg(feature = "log")]
pub use log::LogError;
pub use open::OpenError;
#[cfg(feature = "server")]
pub(crate) use renew::RenewError;
pub use send::SendError;
pub use serve::ServeError;
pub use subscribe::SubscribeError;
pub use trigger::TriggerError;

/// Any error. The hooks of a history store return it; the server logs it and never sends it to a client.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A hook's refusal and the reason sent to the client.
///
/// ```
/// use dialogue::Denied;
///
/// fn check(role: &str) -> Result<(), Denied> {
///     if role == "vip" { Ok(()) } else { Err(Denied::because("for VIPs only")) }
/// }
/// assert_eq!(check("guest").unwrap_err().to_string(), "for VIPs only");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Denied {
    reason: Cow<'static, str>,
}

impl Denied {
    /// Creates a refusal with this reason. The client receives the reason as the message of the error.
    ///
    /// ```
    /// use dialogue::Denied;
    ///
    /// let minimum_age = 18;
    /// let denied = Denied::because(format!("you must be at least {minimum_age}"));
    /// assert_eq!(denied.reason(), "you must be at least 18");
    /// ```
    pub fn because(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into() }
    }

    /// Returns the reason that the client receives.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Any error of the server's API, for `main` and other functions that use `?`.
///
/// ```no_run
/// # dialogue::rooms! { pub Lobby { events: [*] } }
/// #[tokio::main]
/// async fn main() -> Result<(), dialogue::Error> {
///     let dialogue = dialogue::Dialogue::builder().rooms(ROOMS).build()?;
///     dialogue.serve("0.0.0.0:3000").await
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server's configuration is invalid.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The server did not start, or stopped because of an error.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// An event was not published.
    #[error(transparent)]
    Trigger(#[from] TriggerError),
    /// A client did not join a room.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// The server did not open a room.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A room was not created.
    #[error(transparent)]
    CreateRoom(#[from] CreateRoomError),
    /// A room was not deleted.
    #[error(transparent)]
    DeleteRoom(#[from] DeleteRoomError),
    /// History could not be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A message was not sent to a client.
    #[error(transparent)]
    Send(#[from] SendError),
    /// A client did not leave a room.
    #[error(transparent)]
    Leave(#[from] LeaveError),
    /// A subscription was not changed.
    #[error(transparent)]
    Subscribe(#[from] SubscribeError),
    /// A string is not a rate.
    #[error(transparent)]
    Rate(#[from] RateError),
    /// A payload does not decode or breaks a validation rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A hook refused something.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A payload or metadata set by a hook cannot be encoded as JSON.
    #[cfg(feature = "server")]
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A token was not accepted, or a key could not be read.
    #[cfg(feature = "jwt")]
    #[error(transparent)]
    Jwt(#[from] JwtError),
    /// The log was not set up.
    #[cfg(feature = "log")]
    #[error(transparent)]
    Log(#[from] LogError),
    /// The TypeScript types were not written.
    #[cfg(feature = "schema")]
    #[error(transparent)]
    Emit(#[from] EmitError),
}

/// The maximum number of issues sent to a client for one payload.
const ISSUES_SENT: usize = 100;

/// Rounds up, so that a client that waits this long is not refused again.
pub(crate) fn millis(duration: &Duration) -> u128 {
    duration.as_millis() + 1
}

macro_rules! body {
    ($($error:ty)*) => { $(
        impl From<&$error> for ErrorBody {
            fn from(error: &$error) -> Self {
                ErrorBody::new(error.code(), error.to_string())
            }
        }
    )* };
}

body!(LeaveError SubscribeError);

macro_rules! limited_body {
    ($($error:ident)*) => { $(
        impl From<&$error> for ErrorBody {
            fn from(error: &$error) -> Self {
                let retry_after = match error {
                    $error::RateLimited { retry_after, .. } => Some(*retry_after),
                    _ => None,
                };
                ErrorBody::new(error.code(), error.to_string()).retry_after(retry_after)
            }
        }
    )* };
}

limited_body!(CreateRoomError DeleteRoomError HistoryError);
#[cfg(feature = "server")]
limited_body!(RenewError);

impl From<&JoinError> for ErrorBody {
    fn from(error: &JoinError) -> Self {
        let retry_after = match error {
            JoinError::RateLimited { retry_after, .. } | JoinError::HistoryRateLimited { retry_after, .. } => {
                Some(*retry_after)
            }
            _ => None,
        };
        ErrorBody::new(error.code(), error.to_string()).retry_after(retry_after)
    }
}

impl From<&TriggerError> for ErrorBody {
    fn from(error: &TriggerError) -> Self {
        let mut body = ErrorBody::new(error.code(), error.to_string());
        match error {
            TriggerError::Invalid { invalid, .. } => {
                body.issues = invalid.issues().iter().take(ISSUES_SENT).cloned().collect();
            }
            TriggerError::RateLimited { retry_after, .. } | TriggerError::TooManyMessageIds { retry_after, .. } => {
                body = body.retry_after(Some(*retry_after));
            }
            _ => {}
        }
        body
    }
}

impl ErrorBody {
    /// Sets how long the client should wait before it tries again.
    pub(crate) fn retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after.map(|after| u64::try_from(millis(&after)).unwrap_or(u64::MAX));
        self
    }
}
