//! How long to wait before trying again.

use std::time::Duration;

/// How a client comes back after its connection was lost.
///
/// The pause before the first attempt is `min`, and doubles with each one up to `max`; a random part of up to a half is
/// taken off, so that the clients of a server that restarts do not all come at once.
///
/// ```
/// use std::time::Duration;
/// use dialogue_client::Reconnect;
///
/// let patient = Reconnect { max: Duration::from_mins(1), ..Reconnect::default() };
/// assert_eq!(patient.attempts, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconnect {
    /// How many attempts in a row may fail before the client gives up; `None` is never. 0 is not to come back at all.
    /// Default: `None`.
    pub attempts: Option<u32>,
    /// The first pause. Default: 500 ms.
    pub min: Duration,
    /// The longest pause. Default: 10 s.
    pub max: Duration,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self { attempts: None, min: Duration::from_millis(500), max: Duration::from_secs(10) }
    }
}

/// The attempts since there was a connection.
#[derive(Debug)]
pub(crate) struct Backoff {
    reconnect: Reconnect,
    attempts: u32,
}

impl Backoff {
    pub(crate) fn new(reconnect: Reconnect) -> Self {
        Self { reconnect, attempts: 0 }
    }

    /// The pause before the next attempt; `None` when there is none. `random` is from 0 to 1.
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
