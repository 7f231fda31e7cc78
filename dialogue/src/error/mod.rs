//! What can fail: one enum per operation, each with its [`ErrorCode`](crate::error::ErrorCode) on the wire.

mod build;
mod create_room;
mod delete_room;
mod history;
mod join;
#[cfg(feature = "jwt")]
mod jwt;
mod leave;
mod open;
mod renew;
mod send;
mod serve;
mod subscribe;
mod trigger;

use std::borrow::Cow;
use std::time::Duration;

pub use crate::event::RateError;
pub use crate::protocol::{ErrorBody, ErrorCode};
#[cfg(feature = "schema")]
pub use crate::schema::EmitError;

pub use build::BuildError;
pub use create_room::CreateRoomError;
pub use delete_room::DeleteRoomError;
pub use history::HistoryError;
pub use join::JoinError;
#[cfg(feature = "jwt")]
pub use jwt::JwtError;
pub use leave::LeaveError;
pub use open::OpenError;
pub use renew::RenewError;
pub use send::SendError;
pub use serve::ServeError;
pub use subscribe::SubscribeError;
pub use trigger::TriggerError;

/// Any error: what hooks that reach out to a store may fail with. It is logged, and never told to a client.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The no of a hook, with the reason that is told to the client.
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
    /// No, because of this. The client reads it.
    pub fn because(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into() }
    }

    /// The reason.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Everything that can keep a program from serving, for `main`.
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
    /// The set-up is wrong.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The server did not start or had to end.
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
    /// History was not to be had.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// Something was not sent to a single client.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The types for TypeScript were not written.
    #[cfg(feature = "schema")]
    #[error(transparent)]
    Emit(#[from] EmitError),
}

/// How many issues of a payload its sender is told.
const ISSUES_SENT: usize = 100;

/// At least one, so that nobody tries again at once.
fn millis(duration: &Duration) -> u128 {
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

body!(LeaveError RenewError SubscribeError);

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

limited_body!(CreateRoomError DeleteRoomError HistoryError JoinError);

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
    /// Says when to try again.
    pub(crate) fn retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after.map(|after| u64::try_from(millis(&after)).unwrap_or(u64::MAX));
        self
    }
}
