//! A rate limiter that uses the generic cell rate algorithm. Its only state is one point in time.

use std::time::Duration;

use crate::event::Rate;

/// The used part of a [`Rate`]: the time, since the server's start, at which the full rate is available again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Gcra(Duration);

impl Gcra {
    /// Takes a permit, or returns the time until one is available.
    pub(crate) fn take(&mut self, rate: Rate, now: Duration) -> Result<(), Duration> {
        let next = self.0.max(now).saturating_add(rate.share());
        match next.saturating_sub(now.saturating_add(rate.window())) {
            Duration::ZERO => {
                self.0 = next;
                Ok(())
            }
            wait => Err(wait),
        }
    }

    /// Takes `amount / unit` permits, even if fewer are available. Later calls wait for the excess.
    pub(crate) fn charge(&mut self, rate: Rate, now: Duration, amount: usize, unit: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a rate is not exact to the byte")]
        let parts = amount as f64 / unit.max(1) as f64;
        self.0 = self.0.max(now) + rate.share().mul_f64(parts);
    }

    /// Returns the number of available permits.
    pub(crate) fn remaining(self, rate: Rate, now: Duration) -> u32 {
        let free = now.saturating_add(rate.window()).saturating_sub(self.0.max(now));
        let shares = free.as_nanos() / rate.share().as_nanos().max(1);
        u32::try_from(shares).unwrap_or(u32::MAX).min(rate.max())
    }

    /// Whether the full rate is available.
    pub(crate) fn is_fresh(self, now: Duration) -> bool {
        self.0 <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_one_by_one() {
        let rate = Rate::per_second(10);
        let at = Duration::from_millis;
        let mut gcra = Gcra::default();
        let allowed = (0..20).filter(|_| gcra.take(rate, at(5000)).is_ok()).count();
        assert_eq!(allowed, 10);
        assert_eq!(gcra.remaining(rate, at(5000)), 0);
        assert_eq!(gcra.take(rate, at(5000)), Err(at(100)));
        assert_eq!(gcra.take(rate, at(5100)), Ok(()));
        assert_eq!(gcra.take(rate, at(5150)), Err(at(50)));
        assert_eq!(gcra.remaining(rate, at(5600)), 5);
        assert!(!gcra.is_fresh(at(6000)));
        assert!(gcra.is_fresh(at(6100)));
        assert_eq!(gcra.remaining(rate, at(60_000)), 10);
        gcra.charge(rate, at(60_000), 3_000, 2_000);
        assert_eq!(gcra.remaining(rate, at(60_000)), 8);
        gcra.charge(rate, at(60_000), 40_000, 2_000);
        assert_eq!(gcra.take(rate, at(60_000)), Err(at(1250)));
    }
}
