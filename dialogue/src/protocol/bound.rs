//! A bound of a history range. Clients compute it, so it can be any number, or not a number at all.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A bound of a history range, as a client sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// A non-negative integer.
    Whole(u64),
    /// The nearest non-negative integer to any other number, or to a number in a string: negative numbers become 0, and
    /// fractions are cut off.
    Nearest(u64),
    /// Anything else.
    NoNumber,
}

impl Bound {
    /// Returns the bound for a request without an acknowledgement, whose client expects an answer and not an error. A
    /// bound that is not a number counts as absent.
    pub(crate) fn nearest(self) -> Option<u64> {
        match self {
            Self::Whole(number) | Self::Nearest(number) => Some(number),
            Self::NoNumber => None,
        }
    }

    pub(crate) fn is_whole(self) -> bool {
        matches!(self, Self::Whole(_))
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
        Ok(Bound::Whole(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Bound, E> {
        Ok(u64::try_from(number).map_or(Bound::Nearest(0), Bound::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Bound, E> {
        Ok(Bound::Nearest(nearest(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Bound, E> {
        Ok(text.trim().parse().map_or(Bound::NoNumber, |number| Bound::Nearest(nearest(number))))
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

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats saturate, which is intended"
)]
fn nearest(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_json_value_is_a_bound() {
        let bound = |json| serde_json::from_str::<Bound>(json).expect("any value is read");
        assert_eq!(bound("5"), Bound::Whole(5));
        let numbers = [("-3", 0), ("2.9", 2), ("-0.5", 0), ("1e300", u64::MAX)];
        for (json, number) in numbers.into_iter().chain([(r#""10""#, 10), (r#"" 7.5 ""#, 7), (r#""-1""#, 0)]) {
            assert_eq!(bound(json), Bound::Nearest(number), "{json}");
        }
        for json in [r#""all""#, r#""""#, "true", "[1, [2]]", r#"{"a":{}}"#] {
            assert_eq!(bound(json), Bound::NoNumber, "{json}");
        }
    }
}
