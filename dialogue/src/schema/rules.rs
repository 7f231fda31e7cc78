//! Expresses the rules of the derive macro as JSON Schema keywords.
//!
//! The macro stores them in a field's schema as `x-rules`, because the keyword depends on the type: the length of a
//! string is `minLength`, that of a list is `minItems`.

use serde_json::{Map, Value, json};

use super::regex;

/// The keyword for two fields that must be equal, which JSON Schema cannot express. Its value is the path of the other
/// field.
pub(super) const MUST_MATCH: &str = "x-must-match";
/// The messages of rules that have their own, by keyword.
pub(super) const MESSAGES: &str = "errorMessage";
/// The keyword for a pattern that ignores case, which JSON Schema cannot express.
pub(super) const PATTERN_I: &str = "x-pattern-ignoring-case";
const RULES: &str = "x-rules";
const OPTIONAL: &str = "x-optional";
/// Keywords that contain values, not schemas.
const VALUES: &[&str] = &["const", "enum", "default", "examples"];

/// Expresses every rule in `schema`, and in the schemas inside it, as keywords. `reads` is true for the types that the
/// server reads.
pub(super) fn spell_out(schema: &mut Value, reads: bool) {
    match schema {
        Value::Object(object) => {
            optional(object, reads);
            if let Some(Value::Array(rules)) = object.remove(RULES) {
                for rule in &rules {
                    add(object, rule);
                }
            }
            pattern(object);
            let inner = object.iter_mut().filter(|(word, _)| !VALUES.contains(&word.as_str()));
            inner.for_each(|(_, inner)| spell_out(inner, reads));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| spell_out(inner, reads)),
        _ => {}
    }
}

/// Makes fields optional, for reading, if their struct has `#[serde(default)]`.
fn optional(object: &mut Map<String, Value>, reads: bool) {
    let Some(Value::Object(properties)) = object.get_mut("properties") else { return };
    let mut names = Vec::new();
    for (name, property) in properties {
        if property.as_object_mut().and_then(|property| property.remove(OPTIONAL)).is_some() {
            names.push(name.clone());
        }
    }
    if reads && let Some(Value::Array(required)) = object.get_mut("required") {
        required.retain(|name| !names.iter().any(|optional| name == optional));
    }
}

/// Translates a pattern of Rust into the syntax of JavaScript, as JSON Schema requires. Drops it if that is impossible.
fn pattern(schema: &mut Map<String, Value>) {
    let Some(Value::String(pattern)) = schema.get("pattern") else { return };
    match regex::translate(pattern) {
        Some((pattern, false)) => drop(schema.insert("pattern".to_owned(), json!(pattern))),
        Some((pattern, true)) => {
            schema.remove("pattern");
            schema.insert(PATTERN_I.to_owned(), json!(pattern));
        }
        None => drop(schema.remove("pattern")),
    }
}

fn add(schema: &mut Map<String, Value>, rule: &Value) {
    let pattern = || rule["pattern"].as_str().unwrap_or_default();
    let words = match rule["rule"].as_str().unwrap_or_default() {
        "length" => length(schema, rule),
        "range" => range(rule),
        "contains" => vec![("pattern", json!(literal(pattern())))],
        "does_not_contain" => vec![("not", json!({ "pattern": literal(pattern()) }))],
        "regex" => vec![("pattern", json!(pattern()))],
        "must_match" => vec![(MUST_MATCH, rule["other"].clone())],
        "email" => vec![("format", json!("email"))],
        "url" => vec![("format", json!("uri"))],
        "ip" => vec![("anyOf", json!([{ "format": "ipv4" }, { "format": "ipv6" }]))],
        "ip_v4" => vec![("format", json!("ipv4"))],
        "ip_v6" => vec![("format", json!("ipv6"))],
        "non_control_character" => vec![("pattern", json!(r"^\P{Cc}*$"))],
        _ => Vec::new(),
    };
    for (word, value) in words {
        let own = match rule["rule"].as_str() {
            Some("contains") => Some(json!("lacks a required part")),
            Some("non_control_character") => Some(json!("has control characters")),
            _ => None,
        };
        if let Some(message) = rule.get("message").cloned().or(own) {
            schema.entry(MESSAGES).or_insert_with(|| json!({}))[word] = message;
        }
        put(schema, word, value);
    }
}

/// Adds a keyword. If it exists, the tighter of two bounds wins; other values are combined with `allOf`.
fn put(schema: &mut Map<String, Value>, word: &str, value: Value) {
    if let (Some(old), Some(new)) = (schema.get(word).and_then(Value::as_f64), value.as_f64()) {
        let is_upper = word.starts_with("max") || word == "exclusiveMaximum";
        if is_upper == (new < old) {
            schema.insert(word.to_owned(), value);
        }
    } else if schema.contains_key(word) {
        let all = schema.entry("allOf").or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.push(json!({ word: value }));
        }
    } else {
        schema.insert(word.to_owned(), value);
    }
}

fn length(schema: &Map<String, Value>, rule: &Value) -> Vec<(&'static str, Value)> {
    let is = |name: &str| match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(|ty| ty == name),
        ty => ty.is_some_and(|ty| ty == name),
    };
    let [min, max] = match () {
        () if is("array") => ["minItems", "maxItems"],
        () if is("object") => ["minProperties", "maxProperties"],
        () => ["minLength", "maxLength"],
    };
    let bound = |name: &str| rule.get(name).or_else(|| rule.get("equal")).cloned();
    [(min, bound("min")), (max, bound("max"))].into_iter().filter_map(|(word, bound)| Some((word, bound?))).collect()
}

fn range(rule: &Value) -> Vec<(&'static str, Value)> {
    let words = [
        ("min", "minimum"),
        ("max", "maximum"),
        ("exclusive_min", "exclusiveMinimum"),
        ("exclusive_max", "exclusiveMaximum"),
    ];
    words.into_iter().filter_map(|(name, word)| Some((word, rule.get(name)?.clone()))).collect()
}

/// Returns a pattern that matches this text literally.
fn literal(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if r"\^$.|?*+()[]{}/".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(mut schema: Value, reads: bool) -> Value {
        spell_out(&mut schema, reads);
        schema
    }

    #[test]
    fn a_length_is_said_as_the_type_asks() {
        let rule = json!([{ "rule": "length", "min": 1, "max": 9, "message": "say something" }]);
        assert_eq!(
            spelled(json!({ "type": ["string", "null"], "x-rules": rule }), true),
            json!({
                "type": ["string", "null"], "minLength": 1, "maxLength": 9,
                "errorMessage": { "minLength": "say something", "maxLength": "say something" },
            })
        );
        let rule = json!([{ "rule": "length", "equal": 2 }]);
        assert_eq!(
            spelled(json!({ "type": "array", "x-rules": rule }), true),
            json!({ "type": "array", "minItems": 2, "maxItems": 2 })
        );
    }

    #[test]
    fn rules_of_one_kind_hold_together() {
        let rules = json!([{ "rule": "contains", "pattern": "a.b" }, { "rule": "regex", "pattern": "^x" }]);
        assert_eq!(
            spelled(json!({ "type": "string", "x-rules": rules }), true),
            json!({
                "type": "string", "pattern": r"a\.b", "allOf": [{ "pattern": "^x" }],
                "errorMessage": { "pattern": "lacks a required part" },
            })
        );
    }

    #[test]
    fn of_two_bounds_the_tighter_one_holds() {
        let rules = json!([{ "rule": "range", "min": 0, "max": 9 }, { "rule": "range", "min": 1, "max": 20 }]);
        assert_eq!(
            spelled(json!({ "type": "integer", "maximum": 255, "x-rules": rules }), true),
            json!({ "type": "integer", "minimum": 1, "maximum": 9 })
        );
    }

    #[test]
    fn a_struct_with_a_default_needs_no_field_when_it_is_read() {
        let schema = json!({ "properties": { "a": { "type": "null", "x-optional": true } }, "required": ["a"] });
        assert_eq!(spelled(schema.clone(), true), json!({ "properties": { "a": { "type": "null" } }, "required": [] }));
        assert_eq!(spelled(schema, false), json!({ "properties": { "a": { "type": "null" } }, "required": ["a"] }));
    }
}
