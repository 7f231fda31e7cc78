//! Every rule of `#[validate(..)]`, in every form in which the validator crate takes it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use dialogue::{
    Event, Invalid,
    validation::{Issue, ValidationError},
};
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

#[derive(Debug, Serialize, Deserialize, Event)]
struct Texts {
    #[validate(email)]
    email: String,
    #[validate(url)]
    url: Cow<'static, str>,
    #[validate(ip)]
    ip: String,
    #[validate(ip(v4))]
    ip_v4: String,
    #[validate(ip(v6))]
    ip_v6: Option<String>,
    #[validate(non_control_character)]
    plain: Box<str>,
    #[validate(contains(pattern = "@"))]
    contains: String,
    #[validate(contains = "@")]
    contains_short: String,
    #[validate(does_not_contain(pattern = "@"))]
    lacks: String,
    #[validate(does_not_contain = FORBIDDEN)]
    lacks_short: String,
    #[validate(must_match(other = "email"))]
    again: String,
    #[validate(must_match(other = again))]
    and_again: String,
}

const FORBIDDEN: &str = "@";

#[derive(Debug, Serialize, Deserialize, Event)]
struct Lengths {
    #[validate(length(min = 2))]
    min: String,
    #[validate(length(max = 2))]
    max: Vec<u8>,
    #[validate(length(min = 1, max = 2))]
    both: HashSet<u8>,
    #[validate(length(equal = 2))]
    equal: BTreeMap<String, u8>,
    #[validate(length(min = LEAST))]
    chars: Option<String>,
}

const LEAST: u64 = 3;

#[derive(Debug, Serialize, Deserialize, Event)]
struct Ranges {
    #[validate(range(min = 1))]
    min: u8,
    #[validate(range(max = -1))]
    max: i64,
    #[validate(range(min = 0, max = 1))]
    share: f64,
    #[validate(range(exclusive_min = -1, exclusive_max = 1.5))]
    open: Option<f32>,
    #[validate(range(min = i32::MIN, max = ANSWER - 1))]
    named: i32,
}

const ANSWER: i32 = 42;

#[derive(Debug, Serialize, Deserialize, Event)]
struct Others {
    #[validate(required)]
    required: Option<u8>,
    #[validate(required, range(min = 5))]
    both: Option<u8>,
    #[validate(custom(function = even))]
    number: u8,
    #[validate(custom(function = "lower_case"))]
    text: Option<String>,
    #[validate(length(min = 1, code = "empty", message = "say something"), length(max = 2, message = "be brief"))]
    reworded: String,
    #[validate(nested)]
    nested: Position,
    #[validate(nested)]
    list: Vec<Position>,
    #[validate(nested)]
    maybe: Option<Position>,
}

#[derive(Debug, Serialize, Deserialize, Validate)]
#[cfg_attr(
    feature = "schema",
    derive(dialogue::schema::schemars::JsonSchema),
    schemars(crate = "dialogue::schema::schemars")
)]
struct Position {
    #[validate(range(min = 0))]
    x: i32,
}

fn even(number: u8) -> Result<(), ValidationError> {
    if number % 2 == 0 { Ok(()) } else { Err(ValidationError::new("even").with_message("odd".into())) }
}

fn lower_case(text: &str) -> Result<(), ValidationError> {
    if text == text.to_lowercase() { Ok(()) } else { Err(ValidationError::new("lower_case")) }
}

#[derive(Debug, Serialize, Deserialize, Event)]
struct Matched {
    #[validate(regex(path = *DIGITS))]
    digits: String,
}

static DIGITS: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[0-9]+$").expect("the pattern is well-formed"));

fn faults<E: Event>(json: serde_json::Value) -> Vec<String> {
    let issues = E::decode(&json.to_string()).err().map(Invalid::into_issues).unwrap_or_default();
    issues.into_iter().map(|Issue { path, code, .. }| format!("{path} {code}")).collect()
}

fn main() {
    let good = json!({
        "email": "a@b.c", "url": "http://a.b", "ip": "::1", "ip_v4": "1.2.3.4", "ip_v6": "::1", "plain": "a b",
        "contains": "a@", "contains_short": "@", "lacks": "a", "lacks_short": "", "again": "a@b.c", "and_again": "a@b.c",
    });
    assert!(faults::<Texts>(good).is_empty());
    let bad = json!({
        "email": "a", "url": "a", "ip": "1.2.3", "ip_v4": "::1", "ip_v6": "1.2.3.4", "plain": "a\u{7}", "contains": "a",
        "contains_short": "a", "lacks": "@", "lacks_short": "@", "again": "b", "and_again": "c",
    });
    let expected = [
        "again must_match",
        "and_again must_match",
        "contains contains",
        "contains_short contains",
        "email email",
        "ip ip",
        "ip_v4 ip",
        "ip_v6 ip",
        "lacks does_not_contain",
        "lacks_short does_not_contain",
        "plain non_control_character",
        "url url",
    ];
    assert_eq!(faults::<Texts>(bad), expected);

    let good = json!({ "min": "äö", "max": [], "both": [1], "equal": { "a": 1, "b": 2 }, "chars": null });
    assert!(faults::<Lengths>(good).is_empty());
    let bad = json!({ "min": "ä", "max": [1, 2, 3], "both": [], "equal": {}, "chars": "aa" });
    assert_eq!(faults::<Lengths>(bad), ["both length", "chars length", "equal length", "max length", "min length"]);

    let good = json!({ "min": 1, "max": -1, "share": 1.0, "open": 1.25, "named": 41 });
    assert!(faults::<Ranges>(good).is_empty());
    let bad = json!({ "min": 0, "max": 0, "share": 1.1, "open": -1.0, "named": 42 });
    assert_eq!(faults::<Ranges>(bad), ["max range", "min range", "named range", "open range", "share range"]);

    let good = json!({
        "required": 0, "both": 5, "number": 2, "text": "a", "reworded": "a", "nested": { "x": 0 }, "list": [{ "x": 1 }],
    });
    assert!(faults::<Others>(good).is_empty());
    let bad = json!({
        "required": null, "both": 4, "number": 1, "text": "A", "reworded": "", "nested": { "x": -1 },
        "list": [{ "x": 0 }, { "x": -1 }], "maybe": { "x": -1 },
    });
    let expected = [
        "both range",
        "list[1].x range",
        "maybe.x range",
        "nested.x range",
        "number even",
        "required required",
        "reworded empty",
        "text lower_case",
    ];
    assert_eq!(faults::<Others>(bad), expected);

    assert_eq!(faults::<Matched>(json!({ "digits": "12a" })), ["digits regex"]);
    assert!(faults::<Matched>(json!({ "digits": "12" })).is_empty());

    let long = r#"{ "min": "ab", "max": [], "both": [1, 2, 3], "equal": { "a": 1, "b": 2 } }"#;
    let issue = Lengths::decode(long).unwrap_err().into_issues().remove(0);
    let expected = json!({ "path": "both", "code": "length", "message": "too long", "params": { "min": 1, "max": 2 } });
    assert_eq!(serde_json::to_value(issue).expect("an issue is JSON"), expected);
}
