//! Structs of every shape are events.

use std::collections::BTreeMap;

use dialogue::{Event, Invalid};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
struct Ping;

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
struct Empty {}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
struct Nickname(#[validate(length(min = 1))] String);

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event(history = 5)]
struct Anything(Value);

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
struct Point(#[validate(range(min = 0))] i32, #[validate(range(min = 0), must_match(other = "0"))] i32);

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
struct r#Move {
    #[validate(length(min = 1))]
    r#type: String,
    #[validate(must_match(other = "type"))]
    r#match: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
struct HTTPStatus {
    codes: BTreeMap<String, Vec<Option<(u16, [u8; 2])>>>,
    #[validate(length(max = 2))]
    tags: Option<Option<Vec<String>>>,
    boxed: Box<std::option::Option<Value>>,
}

/// `path code` of every issue.
fn faults<E: Event>(json: &str) -> Vec<String> {
    let issues = E::decode(json).err().map(Invalid::into_issues).unwrap_or_default();
    issues.into_iter().map(|issue| format!("{} {}", issue.path, issue.code)).collect()
}

fn main() {
    assert_eq!([Ping::NAME, Move::NAME, HTTPStatus::NAME], ["ping", "move", "h_t_t_p_status"]);
    assert_eq!(Anything::HISTORY, 5);

    assert_eq!(Ping::decode("null"), Ok(Ping));
    assert_eq!(Empty::decode("{}"), Ok(Empty {}));
    assert_eq!(faults::<Empty>("[1]"), [" type"]);

    assert_eq!(Nickname::decode(r#""alice""#), Ok(Nickname("alice".into())));
    assert_eq!(faults::<Nickname>(r#""""#), [" length"]);
    assert_eq!(faults::<Nickname>("5"), [" type"]);
    assert!(Anything::decode(r#"[1, { "a": null }]"#).is_ok());

    assert_eq!(Point::decode("[1, 1]"), Ok(Point(1, 1)));
    assert_eq!(faults::<Point>("[-1, -2]"), ["[0] range", "[1] range", "[1] must_match"]);

    assert_eq!(faults::<Move>(r#"{ "type": "", "match": "x" }"#), ["match must_match", "type length"]);
    assert_eq!(faults::<Move>("{}"), ["match required", "type required"]);

    assert!(HTTPStatus::decode(r#"{ "codes": { "a": [null, [200, [1, 2]]] } }"#).is_ok());
    assert_eq!(faults::<HTTPStatus>(r#"{ "tags": 5 }"#), ["codes required", "tags type"]);
    assert_eq!(faults::<HTTPStatus>(r#"{ "codes": {}, "boxed": 1, "tags": ["a", "b", "c"] }"#), ["tags length"]);
}
