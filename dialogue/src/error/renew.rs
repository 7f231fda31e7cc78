//! Errors of renewing a session.

use crate::protocol::ErrorCode;

use super::Denied;

/// Why a session was not renewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenewError {
    /// The server does not authenticate.
    #[error("this server takes no tokens")]
    NoAuthentication,
    /// The token was refused.
    #[error("{}", .0.reason())]
    Denied(Denied),
    /// The token is another user's.
    #[error("the token is for another user: connect anew")]
    OtherUser,
    /// The authenticate hook failed; the log says more.
    #[error("the server could not check the token")]
    Internal,
}

impl RenewError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoAuthentication | Self::OtherUser => ErrorCode::PermissionDenied,
            Self::Denied(_) => ErrorCode::Unauthenticated,
            Self::Internal => ErrorCode::Internal,
        }
    }
}
