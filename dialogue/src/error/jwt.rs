//! Errors of checking a token.

use super::Denied;

/// Why a token is not accepted, or a key is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtError {
    /// The handshake has no token.
    #[error("no token: send it as `auth.token`, or in the header `Authorization: Bearer ..`")]
    Missing,
    /// It is no JSON Web Token.
    #[error("the token is malformed")]
    Malformed,
    /// It asks for extensions that this server does not support.
    #[error("the token has critical extensions, of which this server supports none")]
    Critical,
    /// It was signed with another algorithm than the server's key is for, or not at all.
    #[error("the token is signed in another way than this server asks for")]
    Algorithm,
    /// It was signed by somebody else, or changed.
    #[error("the token's signature is wrong")]
    Signature,
    /// Its time is over.
    #[error("token expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It is from somebody else.
    #[error("the token is from another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// It does not say who the user is, or until when it is valid.
    #[error("the token needs `sub` and `exp`, and `iss` and `aud` where the server asks for them")]
    Claims,
    /// The server's key is no key of this kind in PEM.
    #[error("the key is not of this kind, or not in PEM")]
    Key,
}

impl From<JwtError> for Denied {
    fn from(error: JwtError) -> Self {
        Self::because(error.to_string())
    }
}
