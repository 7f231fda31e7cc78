//! Errors of renewing a session.

use std::time::Duration;

use crate::event::Rate;
use crate::protocol::ErrorCode;

use super::{Denied, millis};

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
    /// The client renews its session too often.
    #[error("the client renews its session too often (limit: {rate}); try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, `Config::renew_rate`.
        rate: Rate,
        /// How long to wait before the next attempt can succeed.
        retry_after: Duration,
    },
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
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Internal => ErrorCode::Internal,
        }
    }
}
