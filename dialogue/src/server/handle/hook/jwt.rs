//! Authentication by JSON Web Tokens.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

use crate::error::JwtError;

use crate::server::connection::Identity;

use super::handshake::Handshake;

/// The largest tolerated difference between two clocks.
const MAX_LEEWAY: Duration = Duration::from_hours(24 * 365);

/// Verifies the JSON Web Tokens of clients: the signature, the validity period, the issuer and the audience.
///
/// A token must have `sub`, the user's id, and `exp`, the time at which the session ends. All its claims are available
/// as [claims](Identity::claims) of the identity. Only the algorithm of the key is accepted, regardless of the token's
/// header.
///
/// ```
/// use dialogue::{Dialogue, JwtAuth};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = JwtAuth::hs256("a secret that nobody else has").issuer("https://auth.myapp.com").audience("chat");
/// let dialogue = Dialogue::builder().jwt(tokens).build()?;
/// # Ok(()) }
/// ```
///
/// If authentication needs more than the token, verify the token in your own hook:
///
/// ```
/// use dialogue::{Dialogue, Handshake, JwtAuth};
///
/// # async fn load(_: &str) -> Result<String, dialogue::Denied> { Ok(String::new()) }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = JwtAuth::hs256("a secret that nobody else has");
/// let dialogue = Dialogue::builder()
///     .authenticate(async move |handshake: Handshake| {
///         let identity = tokens.verify(&handshake)?;
///         let profile = load(identity.user_id.as_str()).await?;
///         Ok(identity.extension(profile))
///     })
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "give it to `DialogueBuilder::jwt`"]
pub struct JwtAuth {
    key: DecodingKey,
    validation: Validation,
}

impl JwtAuth {
    /// Accepts tokens signed with HMAC-SHA-256 and a secret that is shared with the issuer.
    pub fn hs256(secret: impl AsRef<[u8]>) -> Self {
        Self::new(DecodingKey::from_secret(secret.as_ref()), Algorithm::HS256)
    }

    /// Accepts tokens signed with RSA and SHA-256. The public key is in PEM format.
    ///
    /// # Errors
    ///
    /// [`JwtError::Key`] when it is no such key.
    pub fn rs256_pem(public_key: impl AsRef<[u8]>) -> Result<Self, JwtError> {
        let key = DecodingKey::from_rsa_pem(public_key.as_ref()).map_err(|_| JwtError::Key)?;
        Ok(Self::new(key, Algorithm::RS256))
    }

    /// Accepts tokens signed with ECDSA, P-256 and SHA-256. The public key is in PEM format.
    ///
    /// # Errors
    ///
    /// [`JwtError::Key`] when it is no such key.
    pub fn es256_pem(public_key: impl AsRef<[u8]>) -> Result<Self, JwtError> {
        let key = DecodingKey::from_ec_pem(public_key.as_ref()).map_err(|_| JwtError::Key)?;
        Ok(Self::new(key, Algorithm::ES256))
    }

    fn new(key: DecodingKey, algorithm: Algorithm) -> Self {
        // This fails if another part of the program has already installed a provider, which works as well.
        let _chosen_once = aws_lc::DEFAULT_PROVIDER.install_default();
        let mut validation = Validation::new(algorithm);
        validation.set_required_spec_claims(&["exp", "sub"]);
        validation.validate_nbf = true;
        // A token that names an audience must not be accepted by others. A token without an audience may be accepted.
        validation.validate_aud = true;
        validation.leeway = 0;
        Self { key, validation }
    }

    /// Accepts only tokens from this issuer. Default: any issuer.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.validation.set_issuer(&[issuer.into()]);
        self.require("iss")
    }

    /// Accepts only tokens for this audience. Default: only tokens without an audience.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.validation.set_audience(&[audience.into()]);
        self.require("aud")
    }

    /// The tolerated difference between the clocks of the issuer and of this server, in whole seconds, at most a year.
    /// Default: 0.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        // The check subtracts it from the current time.
        self.validation.leeway = leeway.min(MAX_LEEWAY).as_secs();
        self
    }

    fn require(mut self, claim: &str) -> Self {
        self.validation.required_spec_claims.insert(claim.to_owned());
        self
    }

    /// Verifies the token of a handshake, and returns the identity.
    ///
    /// # Errors
    ///
    /// [`JwtError`] if the token is missing or invalid.
    pub fn verify(&self, handshake: &Handshake) -> Result<Identity, JwtError> {
        self.verify_token(&handshake.token().ok_or(JwtError::Missing)?)
    }

    /// Verifies a token, and returns the identity.
    ///
    /// # Errors
    ///
    /// [`JwtError`] if the token is invalid.
    pub fn verify_token(&self, token: &str) -> Result<Identity, JwtError> {
        // `crit` lists extensions that a verifier must understand. This crate supports none, so it must refuse the
        // token.
        let header = jsonwebtoken::decode_header(token).map_err(|error| fault(error.kind()))?;
        if header.crit.is_some() {
            return Err(JwtError::Critical);
        }
        let decoded = jsonwebtoken::decode::<Value>(token, &self.key, &self.validation);
        let claims = decoded.map_err(|error| fault(error.kind()))?.claims;
        let user = claims["sub"].as_str().filter(|user| !user.is_empty()).ok_or(JwtError::Claims)?;
        let expires_at = claims["exp"].as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let expires_at = expires_at.and_then(|since| UNIX_EPOCH.checked_add(since)).ok_or(JwtError::Claims)?;
        let leeway = Duration::from_secs(self.validation.leeway);
        let ends_at = expires_at.checked_add(leeway).unwrap_or(expires_at);
        Ok(Identity::new(user).expires_at(ends_at).claims(claims))
    }
}

fn fault(kind: &ErrorKind) -> JwtError {
    match kind {
        ErrorKind::ExpiredSignature => JwtError::Expired,
        ErrorKind::ImmatureSignature => JwtError::NotYetValid,
        ErrorKind::InvalidIssuer => JwtError::Issuer,
        ErrorKind::InvalidAudience => JwtError::Audience,
        ErrorKind::InvalidSignature => JwtError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
            JwtError::Algorithm
        }
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => JwtError::Claims,
        _ => JwtError::Malformed,
    }
}

impl fmt::Debug for JwtAuth {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtAuth").field("algorithms", &self.validation.algorithms).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::json;

    use super::*;

    const SECRET: &str = "a secret for tests";
    const FAR: u64 = 4_000_000_000;

    fn signed(claims: &Value) -> String {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        encode(&Header::new(Algorithm::HS256), claims, &key).expect("the claims can be signed")
    }

    fn verdict(auth: &JwtAuth, claims: &Value) -> Result<String, JwtError> {
        auth.verify_token(&signed(claims)).map(|identity| identity.user_id.to_string())
    }

    #[test]
    fn a_token_says_who_and_until_when() {
        let claims = json!({ "sub": "alice", "exp": FAR, "role": "admin" });
        let identity = JwtAuth::hs256(SECRET).verify_token(&signed(&claims)).expect("it is valid");
        assert_eq!(identity.user_id, "alice");
        assert_eq!(identity.claims, claims);
        assert_eq!(identity.expires_at, Some(UNIX_EPOCH + Duration::from_secs(FAR)));
    }

    #[test]
    fn time_issuer_and_audience_are_checked() {
        let plain = JwtAuth::hs256(SECRET);
        let strict = JwtAuth::hs256(SECRET).issuer("us").audience("chat");
        let cases = [
            (&plain, json!({ "sub": "a", "exp": 1 }), Err(JwtError::Expired)),
            (&plain, json!({ "sub": "a", "exp": FAR, "nbf": FAR }), Err(JwtError::NotYetValid)),
            (&plain, json!({ "sub": "a" }), Err(JwtError::Claims)),
            (&plain, json!({ "exp": FAR }), Err(JwtError::Claims)),
            (&plain, json!({ "sub": "", "exp": FAR }), Err(JwtError::Claims)),
            (&plain, json!({ "sub": "a", "exp": "soon" }), Err(JwtError::Claims)),
            (&plain, json!({ "sub": "a", "exp": FAR, "aud": "other" }), Err(JwtError::Audience)),
            (&strict, json!({ "sub": "a", "exp": FAR, "iss": "us", "aud": "chat" }), Ok("a".to_owned())),
            (&strict, json!({ "sub": "a", "exp": FAR, "iss": "them", "aud": "chat" }), Err(JwtError::Issuer)),
            (&strict, json!({ "sub": "a", "exp": FAR, "iss": "us", "aud": "mail" }), Err(JwtError::Audience)),
            (&strict, json!({ "sub": "a", "exp": FAR, "iss": "us" }), Err(JwtError::Claims)),
            (&strict, json!({ "sub": "a", "exp": FAR, "aud": "chat" }), Err(JwtError::Claims)),
        ];
        for (auth, claims, expected) in cases {
            assert_eq!(verdict(auth, &claims), expected, "{claims}");
        }
    }

    #[test]
    fn critical_extensions_are_refused() {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let header = Header { crit: Some(vec!["b64".to_owned()]), ..Header::new(Algorithm::HS256) };
        let token = encode(&header, &json!({ "sub": "alice", "exp": FAR }), &key).expect("it can be signed");
        assert_eq!(JwtAuth::hs256(SECRET).verify_token(&token).err(), Some(JwtError::Critical));
    }

    #[test]
    fn times_beyond_what_clocks_know_do_not_overflow() {
        for exp in [json!(u64::MAX), json!(i64::MAX), json!(9.3e18), json!(1e300)] {
            let auth = JwtAuth::hs256(SECRET).leeway(Duration::MAX);
            let _no_panic = auth.verify_token(&signed(&json!({ "sub": "alice", "exp": exp })));
        }
    }

    #[test]
    fn only_the_keys_own_algorithm_counts() {
        let auth = JwtAuth::hs256(SECRET);
        // {"alg":"none","typ":"JWT"} and {"sub":"root","exp":4000000000}
        let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJyb290IiwiZXhwIjo0MDAwMDAwMDAwfQ.";
        assert!(matches!(auth.verify_token(unsigned), Err(JwtError::Algorithm | JwtError::Malformed)));
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let claims = json!({ "sub": "root", "exp": FAR });
        let other = encode(&Header::new(Algorithm::HS512), &claims, &key).expect("it can be signed");
        assert_eq!(auth.verify_token(&other).err(), Some(JwtError::Algorithm));
        let mut forged = signed(&claims);
        forged.replace_range(forged.len() - 4.., "AAAA");
        assert_eq!(auth.verify_token(&forged).err(), Some(JwtError::Signature));
        for text in ["", "a.b.c", "...", "eyJhbGciOiJIUzI1NiJ9..", "é"] {
            assert!(auth.verify_token(text).is_err(), "{text}");
        }
    }
}
