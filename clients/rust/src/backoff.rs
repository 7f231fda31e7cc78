//! The pauses between attempts to reconnect.

use std::time::Duration;

/// How a client reconnects after its connection was lost.
///
/// The pause before the first attempt is `min` and doubles with each attempt, up to `max`. Each pause is shortened by a
/// random part of up to one half, so that the clients of a restarting server do not reconnect all at once.
///
/// ```
/// use std::time::Duration;
/// use dialogue_client::Reconnect;
///
/// let reconnect = Reconnect { attempts: Some(10), max: Duration::from_mins(1), ..Reconnect::default() };
/// assert_eq!(reconnect.min, Duration::from_millis(500));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconnect {
    /// How many consecutive attempts may fail before the client ends. `None` means no limit, and 0 means not to
    /// reconnect. Default: `None`.
    pub attempts: Option<u32>,
    /// The first pause. Default: 500 ms. It must not be zero.
    pub min: Duration,
    /// The longest pause. Default: 10 s. It must not be shorter than `min`.
    pub max: Duration,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self { attempts: None, min: Duration::from_millis(500), max: Duration::from_secs(10) }
    }
}

/// Counts the attempts since the connection was lost.
#[derive(Debug)]
pub(crate) struct Backoff {
    reconnect: Reconnect,
    attempts: u32,
}

impl Backoff {
    pub(crate) fn new(reconnect: Reconnect) -> Self {
        Self { reconnect, attempts: 0 }
    }

    /// Returns the pause before the next attempt, or `None` if there are no more attempts. `random` is between 0 and 1.
    pub(crate) fn next(&mut self, random: f64) -> Option<Duration> {
        let Reconnect { attempts, min, max } = self.reconnect;
        if attempts.is_some_and(|most| self.attempts >= most) {
            return None;
        }
        let pause = min.saturating_mul(1_u32.checked_shl(self.attempts).unwrap_or(u32::MAX)).min(max);
        self.attempts = self.attempts.saturating_add(1);
        Some(pause.mul_f64(1.0 - random.clamp(0.0, 1.0) / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = Backoff::new(Reconnect { max: Duration::from_secs(3), ..Reconnect::default() });
        let pauses: Vec<_> = (0..5).filter_map(|_| backoff.next(0.0)).map(|pause| pause.as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 3000, 3000]);
        for _ in 0..100 {
            assert_eq!(backoff.next(1.0), Some(Duration::from_millis(1500)));
        }
    }

    #[test]
    fn attempts_come_to_an_end_where_they_should() {
        let mut backoff = Backoff::new(Reconnect { attempts: Some(2), ..Reconnect::default() });
        assert_eq!([0.5; 3].map(|random| backoff.next(random).is_some()), [true, true, false]);
    }
}
