//! How often something may happen: `10/s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How often something may happen: at most so many times in a window of time.
///
/// As many may come at once as fit into the window; after that, one more is allowed whenever its share of the window
/// has passed.
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
    /// At most `max` times in `window`.
    ///
    /// # Panics
    ///
    /// While compiling (or at once, outside a constant), when either is zero: then nothing could ever happen, or there
    /// would be no limit.
    #[track_caller]
    pub const fn new(max: u32, window: Duration) -> Self {
        assert!(max > 0, "a rate of 0 allows nothing");
        assert!(!window.is_zero(), "a rate needs a window of time");
        Self { max, window }
    }

    /// At most `max` times in a second.
    ///
    /// # Panics
    ///
    /// When `max` is 0.
    #[track_caller]
    pub const fn per_second(max: u32) -> Self {
        Self::new(max, Duration::from_secs(1))
    }

    /// At most `max` times in a minute.
    ///
    /// # Panics
    ///
    /// When `max` is 0.
    #[track_caller]
    pub const fn per_minute(max: u32) -> Self {
        Self::new(max, Duration::from_mins(1))
    }

    /// How many times in the window.
    pub const fn max(self) -> u32 {
        self.max
    }

    /// The window.
    pub const fn window(self) -> Duration {
        self.window
    }

    /// The share of the window that each has.
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

/// Why a text is no [`Rate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("a rate is a count and a window, such as `10/s`, `100/m`, `1000/h` or `20/5s`, and neither is 0")]
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
