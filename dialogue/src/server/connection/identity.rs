//! Who a client is.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::Extensions;
use serde_json::Value;

use crate::room::UserId;

/// Who a client is, as the authenticate hook says: the answer to a [`Handshake`](crate::Handshake).
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
    /// The user.
    pub user_id: UserId,
    /// What is known of the user besides, such as the claims of a token. Default: `null`.
    pub claims: Value,
    /// When the session ends, unless the client renews it. Default: never.
    pub expires_at: Option<SystemTime>,
    extensions: Extensions,
}

impl Identity {
    /// This user, whose session does not expire.
    pub fn new(user: impl Into<UserId>) -> Self {
        Self { user_id: user.into(), claims: Value::Null, expires_at: None, extensions: Extensions::new() }
    }

    /// Says what is known of the user besides.
    #[must_use]
    pub fn claims(mut self, claims: impl Into<Value>) -> Self {
        self.claims = claims.into();
        self
    }

    /// Ends the session then, unless the client renews it: it is told `UNAUTHENTICATED` and disconnected.
    #[must_use]
    pub fn expires_at(mut self, moment: SystemTime) -> Self {
        self.expires_at = Some(moment);
        self
    }

    /// Keeps a value of your own type with the client: see [`Client::extensions`](crate::Client::extensions).
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

/// In Unix milliseconds.
pub(crate) fn unix_millis(moment: SystemTime) -> u64 {
    let since_epoch = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

/// How long it is until then; `None` if it has come.
pub(crate) fn until(moment: SystemTime) -> Option<Duration> {
    moment.duration_since(SystemTime::now()).ok().filter(|left| !left.is_zero())
}
