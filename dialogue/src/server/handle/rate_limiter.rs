//! A rate limiter for applications.

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::event::Rate;

use crate::server::state::{ExpiringMap, Gcra};

/// Maximum number of keys. More keys are in use at once only under attack; then some are discarded.
const KEYS: usize = 100_000;

/// Limits the rate of an operation for each of many keys, such as users or addresses.
///
/// To limit the events that clients trigger, use [`Config::trigger_rate`](crate::Config::trigger_rate) and
/// `#[event(rate_limit = "10/s")]`. Use this type in your own code.
///
/// ```
/// use dialogue::{Rate, RateLimiter};
///
/// let exports = RateLimiter::new(Rate::per_minute(2));
/// assert!(exports.is_allowed("alice"));
/// assert!(exports.is_allowed("alice"));
/// assert!(!exports.is_allowed("alice"));
/// assert_eq!((exports.remaining("alice"), exports.remaining("bob")), (0, 2));
/// exports.clear("alice");
/// assert!(exports.is_allowed("alice"));
/// ```
#[derive(Debug)]
pub struct RateLimiter {
    rate: Rate,
    start: Instant,
    used: Mutex<ExpiringMap<Box<str>, Gcra>>,
}

impl RateLimiter {
    /// Creates a limiter that allows each key this rate. It keeps at most 100,000 keys.
    pub fn new(rate: Rate) -> Self {
        Self { rate, start: Instant::now(), used: Mutex::new(ExpiringMap::new(KEYS)) }
    }

    /// Uses one permit of this key, and returns whether one was available.
    pub fn is_allowed(&self, key: impl AsRef<str>) -> bool {
        let now = self.start.elapsed();
        let mut used = self.used.lock();
        let gcra = used.entry(key.as_ref().into(), Gcra::default, |gcra| gcra.is_fresh(now));
        gcra.take(self.rate, now).is_ok()
    }

    /// Returns the number of permits that this key has now.
    pub fn remaining(&self, key: impl AsRef<str>) -> u32 {
        let used = self.used.lock();
        used.get(key.as_ref()).copied().unwrap_or_default().remaining(self.rate, self.start.elapsed())
    }

    /// Resets this key to its full rate.
    pub fn clear(&self, key: impl AsRef<str>) {
        self.used.lock().remove(key.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_key_has_its_own_and_gets_it_back() {
        let limiter = RateLimiter::new(Rate::per_second(2));
        assert_eq!(["a", "a", "a", "b"].map(|key| limiter.is_allowed(key)), [true, true, false, true]);
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!((limiter.remaining("a"), limiter.remaining("b"), limiter.remaining("c")), (1, 2, 2));
        assert_eq!(["a", "a"].map(|key| limiter.is_allowed(key)), [true, false]);
    }
}
