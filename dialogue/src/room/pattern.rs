//! The patterns of room ids: literal text with typed parameters, such as `match:{number:u64}`.

use std::fmt;

use super::name::is_printable_name;

/// One segment of a [`Pattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// Text that appears in the id as it is.
    Literal(&'static str),
    /// A parameter, by the name of the family's field.
    Param(&'static str, Param),
}

/// The type of a parameter, which determines the text that it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param {
    /// An unsigned integer of this many bits, in decimal, without leading zeros.
    Unsigned(u32),
    /// A signed integer of this many bits, in decimal, without leading zeros.
    Signed(u32),
    /// One or more characters other than `:`, `/`, control characters and invisible characters.
    Text,
}

impl Param {
    fn accepts(self, text: &str) -> bool {
        match self {
            Self::Unsigned(bits) => canonical(text) && text.parse::<u64>().is_ok_and(|n| bits >= 64 || n < 1 << bits),
            Self::Signed(bits) => {
                canonical(text.strip_prefix('-').unwrap_or(text))
                    && text != "-0"
                    && text
                        .parse::<i64>()
                        .is_ok_and(|n| bits >= 64 || (-(1 << (bits - 1))..1 << (bits - 1)).contains(&n))
            }
            Self::Text => !text.is_empty() && !text.contains(is_separator) && is_printable_name(text),
        }
    }
}

/// Returns whether the character ends a parameter. In a pattern, a parameter is followed by a separator or by the end.
fn is_separator(c: char) -> bool {
    matches!(c, ':' | '/')
}

fn canonical(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'))
}

/// The pattern of the ids of a room or family: the parsed form of `id: "match:{number:u64}"` in
/// [`rooms!`](crate::rooms).
///
/// ```
/// use dialogue::room::{Param, Pattern, Segment};
///
/// const MATCH: Pattern = Pattern(&[Segment::Literal("match:"), Segment::Param("number", Param::Unsigned(64))]);
/// assert!(MATCH.matches("match:7"));
/// assert!(!MATCH.matches("match:07"));
/// assert!(!MATCH.matches("match:seven"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern(pub &'static [Segment]);

impl Pattern {
    /// Returns the id if the pattern has no parameters. Then it describes one room, not a family.
    pub const fn literal(&self) -> Option<&'static str> {
        match self.0 {
            [Segment::Literal(id)] => Some(id),
            _ => None,
        }
    }

    /// Returns whether `id` matches this pattern.
    pub fn matches(&self, id: &str) -> bool {
        self.values(id).is_some()
    }

    /// Returns the text of each parameter in `id`, in the order of the pattern, or `None` if `id` does not match.
    pub(crate) fn values<'a>(&self, id: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
        let mut rest = id;
        let mut values = Vec::new();
        for segment in self.0 {
            match segment {
                Segment::Literal(literal) => rest = rest.strip_prefix(literal)?,
                Segment::Param(name, param) => {
                    let (value, after) = rest.split_at(rest.find(is_separator).unwrap_or(rest.len()));
                    if !param.accepts(value) {
                        return None;
                    }
                    values.push((*name, value));
                    rest = after;
                }
            }
        }
        rest.is_empty().then_some(values)
    }
}

impl fmt::Display for Pattern {
    /// Writes the pattern in the syntax of `rooms!`: `match:{number:u64}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Literal(text) => f.write_str(text),
            Segment::Param(name, param) => write!(f, "{{{name}:{param}}}"),
        })
    }
}

impl fmt::Display for Param {
    /// Writes the name of the Rust type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(bits) => write!(f, "u{bits}"),
            Self::Signed(bits) => write!(f, "i{bits}"),
            Self::Text => f.write_str("String"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEAT: Pattern = Pattern(&[
        Segment::Literal("table-"),
        Segment::Param("name", Param::Text),
        Segment::Literal(":"),
        Segment::Param("seat", Param::Signed(8)),
    ]);

    #[test]
    fn a_pattern_is_said_as_it_is_written() {
        assert_eq!(SEAT.to_string(), "table-{name:String}:{seat:i8}");
    }

    #[test]
    fn a_parameter_ends_at_a_separator() {
        assert_eq!(SEAT.values("table-a-b:12"), Some(vec![("name", "a-b"), ("seat", "12")]));
        assert_eq!(SEAT.values("table-a:-12"), Some(vec![("name", "a"), ("seat", "-12")]));
        assert_eq!(SEAT.values("table-:1"), None);
        assert_eq!(SEAT.values("table-a\u{200B}:1"), None);
    }

    #[test]
    fn integers_are_canonical_and_in_range() {
        for bad in [
            "table-a:-129",
            "table-a:128",
            "table-a:01",
            "table-a:-0",
            "table-a:",
            "table-a:1 ",
            "table-a:1:1",
            "stool-a:1",
        ] {
            assert!(!SEAT.matches(bad), "{bad}");
        }
        assert!(SEAT.matches("table-a:-128"));
        assert!(SEAT.matches("table-a:127"));
    }
}
