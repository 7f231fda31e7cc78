//! Errors of renewing a session.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::ErrorCode;

use super::{Denied, millis};

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
    /// The client renews its session too often.
    #[error("a client may renew its session {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, [`Config::renew_rate`](crate::Config::renew_rate).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
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
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Internal => ErrorCode::Internal,
        }
    }
}
