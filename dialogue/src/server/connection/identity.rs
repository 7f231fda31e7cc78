//! The identity of a client.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::Extensions;
use serde_json::Value;

use crate::room::UserId;

/// The identity of a client, which the [`authenticate`](crate::DialogueBuilder::authenticate) hook returns.
///
/// ```
/// use dialogue::Identity;
/// use serde_json::json;
/// use std::time::{Duration, SystemTime};
///
/// let identity = Identity::new("alice")
///     .claims(json!({ "role": "admin" }))
///     .expires_at(SystemTime::now() + Duration::from_secs(3600));
/// assert_eq!((identity.user_id.as_str(), &identity.claims["role"]), ("alice", &json!("admin")));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Identity {
    /// The id of the user.
    pub user_id: UserId,
    /// Further facts about the user, such as the claims of a token. Default: `null`.
    pub claims: Value,
    /// The time at which the session ends, unless the client renews it. Default: never.
    pub expires_at: Option<SystemTime>,
    extensions: Extensions,
}

impl Identity {
    /// Creates an identity of this user. Its session does not expire.
    pub fn new(user: impl Into<UserId>) -> Self {
        Self { user_id: user.into(), claims: Value::Null, expires_at: None, extensions: Extensions::new() }
    }

    /// Sets further facts about the user, such as the claims of a token.
    #[must_use]
    pub fn claims(mut self, claims: impl Into<Value>) -> Self {
        self.claims = claims.into();
        self
    }

    /// Sets the time at which the session ends. Unless the client renews the session before, it receives
    /// `UNAUTHENTICATED` and is disconnected.
    #[must_use]
    pub fn expires_at(mut self, moment: SystemTime) -> Self {
        self.expires_at = Some(moment);
        self
    }

    /// Attaches application data to the client; see [`Client::extensions`](crate::Client::extensions).
    #[must_use]
    pub fn extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    pub(crate) fn take_extensions(&mut self) -> Extensions {
        std::mem::take(&mut self.extensions)
    }
}

impl fmt::Debug for Identity {
    /// Without the claims, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("user_id", &self.user_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Returns a time in Unix milliseconds.
pub(crate) fn unix_millis(moment: SystemTime) -> u64 {
    let since_epoch = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

/// Returns the duration until `moment`, or `None` if it has passed.
pub(crate) fn until(moment: SystemTime) -> Option<Duration> {
    moment.duration_since(SystemTime::now()).ok().filter(|left| !left.is_zero())
}
