//! Rate limits, such as `10/s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A rate limit: at most a number of times per window of time.
///
/// The number is also the burst size: that many events may arrive at once. After a burst, one more is allowed each time
/// the window divided by the number has passed.
///
/// ```
/// use dialogue::Rate;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), dialogue::error::RateError> {
/// let rate: Rate = "10/s".parse()?;
/// assert_eq!(rate, Rate::per_second(10));
/// assert_eq!("20/5m".parse::<Rate>()?, Rate::new(20, Duration::from_secs(300)));
/// assert_eq!(rate.to_string(), "10 in 1 s");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    max: u32,
    window: Duration,
}

impl Rate {
    /// Creates a limit of `max` times per `window`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use dialogue::Rate;
    ///
    /// const UPLOADS: Rate = Rate::new(5, Duration::from_secs(30));
    /// assert_eq!((UPLOADS.max(), UPLOADS.window()), (5, Duration::from_secs(30)));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `max` or `window` is zero. In a constant this is a compile error.
    #[track_caller]
    pub const fn new(max: u32, window: Duration) -> Self {
        assert!(max > 0, "a rate of 0 allows nothing; use at least 1");
        assert!(!window.is_zero(), "the window of a rate cannot be zero");
        Self { max, window }
    }

    /// Creates a limit of `max` times per second.
    ///
    /// # Panics
    ///
    /// Panics if `max` is 0.
    #[track_caller]
    pub const fn per_second(max: u32) -> Self {
        Self::new(max, Duration::from_secs(1))
    }

    /// Creates a limit of `max` times per minute.
    ///
    /// # Panics
    ///
    /// Panics if `max` is 0.
    #[track_caller]
    pub const fn per_minute(max: u32) -> Self {
        Self::new(max, Duration::from_mins(1))
    }

    /// Returns how many times per window are allowed.
    pub const fn max(self) -> u32 {
        self.max
    }

    /// Returns the window of time.
    pub const fn window(self) -> Duration {
        self.window
    }

    /// Returns the time after which one more is allowed.
    #[cfg(feature = "server")]
    pub(crate) fn share(self) -> Duration {
        self.window / self.max
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = self.window;
        match (window.as_secs(), window.subsec_millis()) {
            (0, millis) => write!(f, "{} in {millis} ms", self.max),
            (secs, 0) if secs % 3600 == 0 => write!(f, "{} in {} h", self.max, secs / 3600),
            (secs, 0) if secs % 60 == 0 => write!(f, "{} in {} min", self.max, secs / 60),
            _ => write!(f, "{} in {} s", self.max, window.as_secs_f64()),
        }
    }
}

/// The error returned when a string is not a [`Rate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("not a rate; write a count and a window that are not 0, such as `10/s`, `100/m`, `1000/h` or `20/5s`")]
pub struct RateError;

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (max, window) = text.split_once('/').ok_or(RateError)?;
        let max = max.trim().parse::<u32>().map_err(|_| RateError)?;
        let unit_at = window.find(|c: char| c.is_ascii_alphabetic()).ok_or(RateError)?;
        let (count, unit) = window.split_at(unit_at);
        let count = match count.trim() {
            "" => 1,
            count => count.parse::<u32>().map_err(|_| RateError)?,
        };
        let unit = match unit.trim() {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" | "min" => Duration::from_mins(1),
            "h" => Duration::from_hours(1),
            _ => return Err(RateError),
        };
        let window = unit.checked_mul(count).ok_or(RateError)?;
        if max == 0 || window.is_zero() { Err(RateError) } else { Ok(Self { max, window }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_count_and_a_window() {
        let cases = [("10/s", 10, 1000), ("1/100ms", 1, 100), ("100/m", 100, 60_000), ("5 / 2 h", 5, 7_200_000)];
        for (text, max, millis) in cases {
            assert_eq!(text.parse(), Ok(Rate::new(max, Duration::from_millis(millis))), "{text}");
        }
        for text in ["", "10", "/s", "10/", "0/s", "10/0s", "10/d", "-1/s", "1.5/s", "99999999999/s"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError), "{text}");
        }
    }

    #[test]
    fn a_rate_is_said_in_words() {
        let texts =
            ["10/s", "20/m", "1/100ms", "3/90s", "5/2h"].map(|text| text.parse::<Rate>().map(|rate| rate.to_string()));
        let expected =
            ["10 in 1 s", "20 in 1 min", "1 in 100 ms", "3 in 90 s", "5 in 2 h"].map(|text| Ok(text.to_owned()));
        assert_eq!(texts, expected);
    }
}
