//! A bound of a range of history. Clients compute it, so it may be any number, or no number at all.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A bound of a range of history, as a client sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// A number. A negative one counts as 0, and a fraction is cut off.
    Number(u64),
    /// A string that holds a number.
    Text(u64),
    /// Anything else.
    NoNumber,
}

impl Bound {
    /// The bound of a classic request, whose client waits for an answer and for no error. What is no number counts as
    /// left out.
    pub(crate) fn lenient(self) -> Option<u64> {
        match self {
            Self::Number(number) | Self::Text(number) => Some(number),
            Self::NoNumber => None,
        }
    }

    /// Whether this is a number.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Number(_))
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyBound)
    }
}

struct AnyBound;

impl<'de> Visitor<'de> for AnyBound {
    type Value = Bound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bound")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Bound, E> {
        Ok(Bound::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Bound, E> {
        Ok(Bound::Number(u64::try_from(number).unwrap_or(0)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Bound, E> {
        Ok(Bound::Number(clamped(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Bound, E> {
        Ok(text.trim().parse().map_or(Bound::NoNumber, |number| Bound::Text(clamped(number))))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Bound, E> {
        Ok(Bound::NoNumber)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Bound, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Bound::NoNumber)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Bound, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Bound::NoNumber)
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates, and that is meant")]
fn clamped(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_json_value_is_a_bound() {
        let bound = |json| serde_json::from_str::<Bound>(json).expect("any value is read");
        for (json, number) in [("5", 5), ("-3", 0), ("2.9", 2), ("-0.5", 0), ("1e300", u64::MAX)] {
            assert_eq!(bound(json), Bound::Number(number), "{json}");
        }
        for (json, number) in [(r#""10""#, 10), (r#"" 7.5 ""#, 7), (r#""-1""#, 0)] {
            assert_eq!(bound(json), Bound::Text(number), "{json}");
        }
        for json in [r#""all""#, r#""""#, "true", "[1, [2]]", r#"{"a":{}}"#] {
            assert_eq!(bound(json), Bound::NoNumber, "{json}");
        }
    }
}
