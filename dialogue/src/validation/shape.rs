//! The fields of a type, used only after a payload did not decode: serde stops at the first error, and the sender
//! should learn of all of them.

use serde::de::value::Error as MissingError;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::readable::Readable;
use super::{Invalid, Issue};

/// The maximum nesting depth of a payload. Many JSON parsers stop at 127 levels, and the payload is nested further
/// inside an envelope and an answer.
const MAX_DEPTH: usize = 100;

/// Compares the fields of a type with a payload that did not decode, and collects the issues.
///
/// [`Event::shape`](crate::Event::shape) receives it and declares the fields of the event; `#[derive(Event)]` generates
/// the calls. Without them, only the first decoding error is reported:
///
/// ```
/// use dialogue::{Event, validation::Shape};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Serialize, Deserialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Move {
///     x: i32,
///     y: i32,
///     #[serde(default)]
///     is_final: bool,
/// }
///
/// impl Event for Move {
///     const NAME: &'static str = "move";
///
///     fn shape(shape: &mut Shape<'_>) {
///         shape.field::<i32>(&["x"]).field::<i32>(&["y"]).defaulted::<bool>(&["isFinal"]);
///     }
/// }
///
/// let invalid = Move::decode(r#"{ "x": "left" }"#).unwrap_err();
/// assert_eq!(invalid.to_string(), "x: expected an integer in range, y: missing");
/// ```
#[derive(Debug)]
pub struct Shape<'a> {
    object: &'a Map<String, Value>,
    issues: Vec<Issue>,
}

impl Shape<'_> {
    /// Declares a field of type `T`. The first of `names` is its name on the wire, the others are aliases.
    pub fn field<T: DeserializeOwned>(&mut self, names: &[&'static str]) -> &mut Self {
        let path = names.first().copied().unwrap_or_default();
        match names.iter().find_map(|name| self.object.get(*name)) {
            Some(value) => self.present::<T>(path, value),
            None if T::deserialize(Missing).is_err() => self.issues.push(Issue::new(path, "required", "missing")),
            None => {}
        }
        self
    }

    /// Declares a field that may be absent because it has `#[serde(default)]`.
    pub fn defaulted<T: DeserializeOwned>(&mut self, names: &[&'static str]) -> &mut Self {
        if let Some(value) = names.iter().find_map(|name| self.object.get(*name)) {
            self.present::<T>(names.first().copied().unwrap_or_default(), value);
        }
        self
    }

    fn present<T: DeserializeOwned>(&mut self, path: &str, value: &Value) {
        if let Err(error) = T::deserialize(value) {
            self.issues.push(fault(path, &error));
        }
    }

    /// Returns every issue of `json`, which did not decode because of `error`.
    pub(crate) fn explain(describe: fn(&mut Shape<'_>), json: &str, error: &serde_json::Error) -> Invalid {
        let mut issues = match serde_json::from_str(json) {
            Ok(Value::Object(object)) => {
                let mut shape = Shape { object: &object, issues: Vec::new() };
                describe(&mut shape);
                shape.issues
            }
            _ => Vec::new(),
        };
        if issues.is_empty() {
            issues.push(fault("", error));
        }
        Invalid::new(issues)
    }

    /// Checks a payload that has no type: any JSON that every JSON parser can read.
    pub(crate) fn any(json: &str) -> Result<Box<RawValue>, Invalid> {
        Self::depth(json)?;
        let fault = |_| Invalid::new(vec![Issue::new("", "type", "not JSON that can be read")]);
        serde_json::from_str::<Readable>(json).map_err(fault)?;
        RawValue::from_string(json.to_owned()).map_err(fault)
    }

    /// Refuses JSON that is nested so deeply that receivers might be unable to parse it.
    pub(crate) fn depth(json: &str) -> Result<(), Invalid> {
        if json.len() > 2 * MAX_DEPTH && depth(json) > MAX_DEPTH {
            return Err(Invalid::new(vec![Issue::new("", "depth", "nested too deeply")]));
        }
        Ok(())
    }
}

/// Converts an error of serde into an issue, without the value that serde's message quotes.
fn fault(path: &str, error: &serde_json::Error) -> Issue {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    if text.starts_with("missing field") {
        return Issue::new(path, "required", text.to_owned());
    }
    if text.starts_with("duplicate field") {
        return Issue::new(path, "type", text.to_owned());
    }
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => Issue::new(path, "type", format!("expected {}", in_json(expected))),
        None => Issue::new(path, "type", "does not have the right form"),
    }
}

/// Translates what serde expected into terms of JSON, because the sender may not know Rust.
fn in_json(expected: &str) -> &str {
    let starts = |words: &[&str]| words.iter().any(|word| expected.starts_with(word));
    match expected {
        "unit" => "null",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "isize" => "an integer in range",
        "f32" | "f64" => "a number",
        "a map" => "an object",
        "a sequence" => "a list",
        _ if starts(&["unit struct "]) => "null",
        _ if starts(&["struct ", "internally tagged enum ", "adjacently tagged enum "]) => "an object",
        _ if starts(&["tuple struct ", "tuple variant ", "a tuple "]) => "a list",
        _ if starts(&["enum "]) => "the name of a variant, or an object with it",
        _ => expected,
    }
}

/// Returns the nesting depth of `json`, which must be valid JSON.
pub(crate) fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The deserializer of an absent field: `None` for an `Option`, an error for every other type. This is how serde treats
/// absent fields.
struct Missing;

impl<'de> Deserializer<'de> for Missing {
    type Error = MissingError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, MissingError> {
        Err(serde::de::Error::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MissingError> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    fn describe(shape: &mut Shape<'_>) {
        shape.field::<String>(&["text"]).field::<String>(&["senderId"]).field::<Option<u8>>(&["age"]);
    }

    #[derive(Debug, Deserialize)]
    struct Message {
        #[expect(dead_code, reason = "only its type matters")]
        text: String,
    }

    fn issues(json: &str) -> String {
        let error = serde_json::from_str::<Message>(json).expect_err("the payload is wrong");
        Shape::explain(describe, json, &error).to_string()
    }

    #[test]
    fn every_fault_is_listed() {
        assert_eq!(issues(r#"{"text": 5}"#), "senderId: missing, text: expected a string");
        assert_eq!(issues(r#"{"age": 300}"#), "age: expected an integer in range, senderId: missing, text: missing");
    }

    #[test]
    fn a_value_is_never_quoted() {
        assert_eq!(issues(r#""secret, expected nothing""#), "expected an object");
        assert_eq!(issues("{"), "does not have the right form");
    }

    #[test]
    fn depth_counts_brackets_outside_strings() {
        assert_eq!(depth(r#"{"a": ["]", "\"[", [1]]}"#), 3);
        assert_eq!(depth("5"), 0);
    }

    #[test]
    fn a_payload_without_a_type_has_a_depth_limit() {
        let deep = "[".repeat(500) + &"]".repeat(500);
        assert_eq!(Shape::any(&deep).expect_err("too deep").issues()[0].code, "depth");
        assert!(Shape::any("[[1]]").is_ok());
    }

    #[test]
    fn a_payload_without_a_type_can_be_read_by_everyone() {
        for json in [r#""\ud800""#, r#"{"\udc00":1}"#, "1e999", "[-1e999]"] {
            assert_eq!(Shape::any(json).expect_err(json).issues()[0].code, "type", "{json}");
        }
        for json in ["null", "true", "-5", "1e300", r#""\ud83d\ude00""#, r#"{"a":[{"b":18446744073709551615}]}"#] {
            assert!(Shape::any(json).is_ok(), "{json}");
        }
    }
}
