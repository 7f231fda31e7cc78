//! Errors of checking a token.

use super::Denied;

/// Errors returned when checking a token or loading a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtError {
    /// The handshake carries no token.
    #[error("no token; send it as `auth.token`, or in the header `Authorization: Bearer ..`")]
    Missing,
    /// The token is not a JSON Web Token.
    #[error("the token is malformed")]
    Malformed,
    /// The token has critical extensions (`crit`). This server supports none.
    #[error("the token requires critical extensions, which this server does not support")]
    Critical,
    /// The token is unsigned, or signed with an algorithm other than the one of the server's key.
    #[error("the token is not signed with the algorithm that this server requires")]
    Algorithm,
    /// The signature does not match the token and the server's key.
    #[error("the token's signature is invalid")]
    Signature,
    /// The token has expired.
    #[error("token expired")]
    Expired,
    /// The token's `nbf` claim lies in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The `iss` claim is not the issuer that the server requires.
    #[error("the token is from the wrong issuer")]
    Issuer,
    /// The `aud` claim is not the audience that the server requires.
    #[error("the token is for another audience")]
    Audience,
    /// A required claim is missing.
    #[error("the token lacks a claim; it needs `sub` and `exp`, and `iss` and `aud` if the server requires them")]
    Claims,
    /// The server's key is not a PEM-encoded key of the expected kind.
    #[error("the key is not a PEM-encoded key of the expected kind")]
    Key,
}

impl From<JwtError> for Denied {
    fn from(error: JwtError) -> Self {
        Self::because(error.to_string())
    }
}
