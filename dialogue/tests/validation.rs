//! The derive reads serde's attributes: issues carry the names of the wire, whatever renames the fields.

use dialogue::{Event, Invalid};
use serde::{Deserialize, Deserializer, Serialize};
use validator::{Validate, ValidationError, ValidationErrors};

/// Checks that `json` has exactly these issues, each as `path code`.
#[track_caller]
fn check<E: Event>(json: &str, expected: &[&str]) {
    let issues = E::decode(json).err().map(Invalid::into_issues).unwrap_or_default();
    let found: Vec<_> = issues.iter().map(|issue| format!("{} {}", issue.path, issue.code)).collect();
    assert_eq!(found, expected, "{json}");
}

#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
struct Renamed {
    #[validate(length(min = 1))]
    first_name: String,
    #[validate(length(min = 1))]
    #[serde(rename = "surname")]
    last_name: String,
    #[validate(must_match(other = "last_name"))]
    #[serde(rename(serialize = "out", deserialize = "in"))]
    last_name_again: String,
}

#[test]
fn issues_use_the_names_of_the_wire() {
    check::<Renamed>(
        r#"{ "firstName": "", "surname": "", "in": "x" }"#,
        &["firstName length", "in must_match", "surname length"],
    );
    check::<Renamed>("{}", &["firstName required", "in required", "surname required"]);
    check::<Renamed>(r#"{ "firstName": 1, "surname": "a", "in": null }"#, &["firstName type", "in type"]);
}

#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(rename_all(serialize = "UPPERCASE", deserialize = "SCREAMING-KEBAB-CASE"))]
struct ReadAndWrittenDifferently {
    #[validate(range(max = 1))]
    left_edge: u8,
}

#[test]
fn the_names_are_those_that_are_read() {
    check::<ReadAndWrittenDifferently>(r#"{ "LEFT-EDGE": 2 }"#, &["LEFT-EDGE range"]);
    check::<ReadAndWrittenDifferently>(r#"{ "LEFT_EDGE": 0 }"#, &["LEFT-EDGE required"]);
}

#[derive(Debug, Serialize, Deserialize, Event)]
struct Lenient {
    #[serde(alias = "txt", alias = "body")]
    #[validate(length(max = 2))]
    text: String,
    #[serde(default)]
    #[validate(range(max = 1))]
    count: u8,
    #[serde(default = "five")]
    size: u8,
    note: Option<u8>,
}

fn five() -> u8 {
    5
}

#[test]
fn aliases_are_read_and_reported_by_the_name() {
    check::<Lenient>(r#"{ "body": "ab" }"#, &[]);
    check::<Lenient>(r#"{ "txt": "abc" }"#, &["text length"]);
    check::<Lenient>(r#"{ "txt": 5 }"#, &["text type"]);
}

#[test]
fn defaults_may_be_missing_but_not_wrong() {
    check::<Lenient>(
        r#"{ "count": "a", "size": null, "note": "a" }"#,
        &["count type", "note type", "size type", "text required"],
    );
    check::<Lenient>(r#"{ "text": "a", "count": 2 }"#, &["count range"]);
}

#[derive(Debug, Default, Serialize, Deserialize, Event)]
#[serde(default)]
struct AllDefaulted {
    text: String,
    count: u8,
}

#[test]
fn a_container_may_be_defaulted() {
    check::<AllDefaulted>("{}", &[]);
    check::<AllDefaulted>(r#"{ "count": -1 }"#, &["count type"]);
}

#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(dialogue::schema::schemars::JsonSchema),
    schemars(crate = "dialogue::schema::schemars")
)]
struct Position {
    x: i32,
}

impl Validate for Position {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        if self.x < 0 {
            errors.add("x", ValidationError::new("range"));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

#[derive(Debug, Serialize, Deserialize, Event)]
struct Composed {
    #[serde(flatten)]
    #[validate(nested)]
    here: Position,
    #[serde(rename = "goal")]
    #[validate(nested)]
    there: Position,
    #[serde(skip)]
    #[expect(dead_code, reason = "it matters that nobody asks for it")]
    hidden: u8,
    #[serde(deserialize_with = "from_text")]
    #[validate(range(max = 5))]
    number: u8,
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

#[test]
fn flattened_fields_have_no_path_of_their_own() {
    check::<Composed>(
        r#"{ "x": -1, "goal": { "x": -1 }, "number": "6" }"#,
        &["goal.x range", "number range", "x range"],
    );
}

#[test]
fn fields_that_serde_reads_in_its_own_way_are_left_to_serde() {
    check::<Composed>(r#"{ "x": 1, "goal": { "x": 1 }, "number": "5" }"#, &[]);
    check::<Composed>(r#"{ "x": 1, "number": "5" }"#, &["goal required"]);
    check::<Composed>(r#"{ "x": 1, "goal": { "x": 1 }, "number": 5 }"#, &[" type"]);
}

#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(transparent)]
struct Transparent {
    #[validate(length(max = 2))]
    text: String,
}

#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(try_from = "String")]
struct Converted {
    #[validate(range(max = 5))]
    number: u8,
}

impl TryFrom<String> for Converted {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self { number: text.parse()? })
    }
}

#[test]
fn containers_that_are_another_value_on_the_wire() {
    check::<Transparent>(r#""abc""#, &[" length"]);
    check::<Transparent>("5", &[" type"]);
    check::<Converted>(r#""5""#, &[]);
    check::<Converted>(r#""6""#, &["number range"]);
    check::<Converted>(r#""a""#, &[" type"]);
}

#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Shape {
    BigCircle {
        #[validate(range(min = 0))]
        outer_radius: f64,
    },
    #[serde(rename = "box", rename_all = "UPPERCASE")]
    Rectangle {
        #[validate(range(min = 0))]
        width: f64,
    },
}

#[test]
fn the_names_in_an_enum_are_those_of_its_variant() {
    check::<Shape>(r#"{ "kind": "big-circle", "outerRadius": -1 }"#, &["outerRadius range"]);
    check::<Shape>(r#"{ "kind": "box", "WIDTH": -1 }"#, &["WIDTH range"]);
    check::<Shape>(r#"{ "kind": "Rectangle", "WIDTH": 1 }"#, &[" type"]);
}

#[test]
fn what_is_wrong_is_never_quoted() {
    let json = r#"{ "firstName": "", "surname": "s3cret", "in": "t0ken" }"#;
    let invalid = Renamed::decode(json).expect_err("two rules are broken");
    let told = format!("{invalid} {invalid:?} {}", serde_json::to_string(invalid.issues()).expect("issues are JSON"));
    assert!(!told.contains("s3cret") && !told.contains("t0ken"), "{told}");
}
