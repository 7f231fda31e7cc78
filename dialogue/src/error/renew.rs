//! Errors of renewing a session.

use crate::protocol::ErrorCode;

use super::Denied;

/// Errors returned when renewing a session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenewError {
    /// The server does not authenticate clients.
    #[error("this server does not authenticate clients, so there is no session to renew")]
    NoAuthentication,
    /// The token was refused.
    #[error("{}", .0.reason())]
    Denied(Denied),
    /// The token belongs to another user.
    #[error("the token belongs to another user; open a new connection to change the user")]
    OtherUser,
    /// The `authenticate` hook panicked or timed out. The server's log has the details.
    #[error("the server failed to check the token; its log has the details")]
    Internal,
}

impl RenewError {
    /// Returns the error code that a client receives for this error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoAuthentication | Self::OtherUser => ErrorCode::PermissionDenied,
            Self::Denied(_) => ErrorCode::Unauthenticated,
            Self::Internal => ErrorCode::Internal,
        }
    }
}
