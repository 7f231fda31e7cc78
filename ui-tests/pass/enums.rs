//! Enums of every tagging that serde knows are events.

use dialogue::{Event, Invalid};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[serde(rename_all = "snake_case", rename_all_fields = "camelCase")]
enum External {
    FreeText(#[validate(length(max = 3))] String),
    Position {
        #[validate(range(min = 0))]
        left_edge: i32,
        #[validate(range(min = 0))]
        #[serde(rename = "Y")]
        top_edge: i32,
    },
    Pair(#[validate(range(max = 1))] u8, #[validate(range(max = 1))] u8),
    Nothing,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[serde(tag = "kind")]
enum Internal {
    #[serde(rename_all = "kebab-case")]
    Position {
        #[validate(range(min = 0))]
        left_edge: i32,
    },
    Nothing,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[serde(tag = "kind", content = "value")]
enum Adjacent {
    Text(#[validate(length(max = 3))] String),
    Position {
        #[validate(range(min = 0))]
        left: i32,
    },
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[serde(untagged)]
enum Untagged {
    Text(#[validate(length(max = 3))] String),
    Position {
        #[validate(range(min = 0))]
        left: i32,
    },
}

/// `path code` of every issue.
fn faults<E: Event>(json: &str) -> Vec<String> {
    let issues = E::decode(json).err().map(Invalid::into_issues).unwrap_or_default();
    issues.into_iter().map(|issue| format!("{} {}", issue.path, issue.code)).collect()
}

fn main() {
    assert_eq!(faults::<External>(r#"{ "free_text": "long" }"#), ["free_text length"]);
    let json = r#"{ "position": { "leftEdge": -1, "Y": -1 } }"#;
    assert_eq!(faults::<External>(json), ["position.Y range", "position.leftEdge range"]);
    assert_eq!(faults::<External>(r#"{ "pair": [2, 2] }"#), ["pair[0] range", "pair[1] range"]);
    assert_eq!(External::decode(r#""nothing""#), Ok(External::Nothing));
    assert_eq!(faults::<External>(r#""something""#), [" type"]);

    assert_eq!(faults::<Internal>(r#"{ "kind": "Position", "left-edge": -1 }"#), ["left-edge range"]);
    assert_eq!(Internal::decode(r#"{ "kind": "Nothing" }"#), Ok(Internal::Nothing));

    assert_eq!(faults::<Adjacent>(r#"{ "kind": "Text", "value": "long" }"#), ["value length"]);
    assert_eq!(faults::<Adjacent>(r#"{ "kind": "Position", "value": { "left": -1 } }"#), ["value.left range"]);

    assert_eq!(faults::<Untagged>(r#""long""#), [" length"]);
    assert_eq!(faults::<Untagged>(r#"{ "left": -1 }"#), ["left range"]);
}
