//! Events of every shape that serde and the rules know, for what is written of them in other languages.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use dialogue::schema::schemars::JsonSchema;
use dialogue::{Event, validation::Rules};
use regex::Regex;
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

/// Something that somebody says.
///
/// Everybody hears it: */ even this.
#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(history = 100)]
pub struct Message {
    /// What is said.
    #[validate(length(min = 1, max = 10))]
    pub text: String,
    /// Who says it.
    pub sender_id: String,
    /// What it answers.
    pub reply_to: Option<String>,
    /// Words that were added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 2, message = "two tags are enough"))]
    pub tags: Vec<String>,
    /// The server's own.
    #[serde(skip)]
    pub secret: Option<u8>,
}

/// Every number.
#[derive(Debug, Serialize, Deserialize, Event)]
#[allow(missing_docs, reason = "they speak for themselves")]
pub struct Numbers {
    #[validate(range(min = 1, max = 6))]
    pub die: u8,
    #[validate(range(exclusive_min = 0, exclusive_max = 1))]
    pub share: f64,
    pub signed: i32,
    /// Counts atoms.
    pub wide: u64,
    pub wider: Option<i64>,
    #[serde(default)]
    pub defaulted: u16,
    pub point: [f32; 2],
}

/// Every rule on texts.
#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs, reason = "they speak for themselves")]
pub struct Texts {
    #[validate(email)]
    pub e_mail: String,
    #[validate(url)]
    pub url: Option<String>,
    #[validate(ip)]
    pub ip: Option<String>,
    #[validate(ip(v4))]
    pub ip_v4: Option<String>,
    #[validate(ip(v6))]
    pub ip_v6: Option<String>,
    #[validate(regex(path = *PLATE, message = "not a plate"))]
    pub plate: Option<String>,
    #[validate(contains = "a.b", does_not_contain = "x/y")]
    pub parts: Option<String>,
    #[validate(non_control_character)]
    pub plain: Option<String>,
    #[validate(must_match(other = "e_mail"))]
    pub again: String,
    #[validate(required)]
    pub needed: Option<String>,
    #[validate(custom(function = lower_case))]
    pub custom: Option<String>,
    pub letter: Option<char>,
}

static PLATE: LazyLock<Regex> = LazyLock::new(|| Regex::new("(?i)^[a-z]{1,3}/[0-9]+$").expect("it is a pattern"));

fn lower_case(text: &str) -> Result<(), ValidationError> {
    if text == text.to_lowercase() { Ok(()) } else { Err(ValidationError::new("lower_case")) }
}

/// A shape that moves: an enum with a tag.
#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs, reason = "they speak for themselves")]
pub enum Drawn {
    /// A round one.
    Circle {
        #[validate(range(min = 0))]
        radius: f64,
    },
    Line(Line),
    Nothing,
}

/// From one place to another.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "dialogue::schema::schemars")]
#[allow(missing_docs, reason = "they speak for themselves")]
pub struct Line {
    pub from: Position,
    pub to: Position,
}

/// A place.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[schemars(crate = "dialogue::schema::schemars")]
#[allow(missing_docs, reason = "they speak for themselves")]
pub struct Position {
    #[validate(range(min = 0))]
    pub x: i32,
    pub y: i32,
    pub name: Option<String>,
}

/// An enum without a tag of its own.
#[derive(Debug, Serialize, Deserialize, Event)]
#[allow(missing_docs, reason = "they speak for themselves")]
pub enum Command {
    Stop,
    #[serde(rename = "go-on")]
    GoOn,
    Wait(u32),
    Move {
        to: Position,
    },
    Swap(Position, Position),
}

/// Tag and content.
#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(tag = "t", content = "c")]
#[allow(missing_docs, reason = "they speak for themselves")]
pub enum Adjacent {
    Nothing,
    Number(u8),
    Named { name: String },
}

/// One of several.
#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(untagged)]
#[allow(missing_docs, reason = "they speak for themselves")]
pub enum Loose {
    Number(u8),
    Text(String),
    Both { number: u8, text: String },
}

/// A comment with comments.
#[derive(Debug, Serialize, Deserialize, Event)]
#[allow(missing_docs, reason = "they speak for themselves")]
pub struct Comment {
    pub text: String,
    #[serde(default)]
    pub replies: Vec<Comment>,
    pub first: Option<Box<Comment>>,
}

/// Maps, sets and anything.
#[derive(Debug, Serialize, Deserialize, Event)]
#[allow(missing_docs, reason = "they speak for themselves")]
pub struct Collections {
    #[validate(length(min = 1))]
    pub scores: BTreeMap<String, u32>,
    pub seen: HashSet<String>,
    pub anything: serde_json::Value,
    pub maybe: Option<serde_json::Value>,
    pub pair: (u8, String),
    #[serde(with = "as_text")]
    pub encoded: u8,
    #[serde(with = "as_text")]
    #[schemars(with = "String")]
    pub described: u8,
}

/// A number in a text.
mod as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(number: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Everything may be left out.
#[derive(Debug, Default, Serialize, Deserialize, Event)]
#[serde(default)]
#[allow(missing_docs, reason = "they speak for themselves")]
pub struct Preferences {
    pub theme: Theme,
    pub size: u8,
    #[serde(flatten)]
    pub window: Window,
}

/// Light or dark.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "dialogue::schema::schemars")]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "they speak for themselves")]
pub enum Theme {
    #[default]
    Light,
    Dark,
}

/// How large it is.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "dialogue::schema::schemars")]
#[allow(missing_docs, reason = "they speak for themselves")]
pub struct Window {
    pub width: u32,
    pub height: u32,
}

/// Everything in one object, and other names on the way out.
#[derive(Debug, Serialize, Deserialize, Event)]
#[allow(missing_docs, reason = "they speak for themselves")]
pub struct Flat {
    #[serde(rename(serialize = "out", deserialize = "in"))]
    pub name: String,
    #[serde(skip_deserializing)]
    pub made: u8,
    #[serde(flatten)]
    pub what: What,
    #[serde(flatten)]
    pub more: BTreeMap<String, serde_json::Value>,
}

/// One thing or the other.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "dialogue::schema::schemars")]
#[serde(tag = "what", rename_all = "lowercase")]
#[allow(missing_docs, reason = "they speak for themselves")]
pub enum What {
    File { path: String },
    Link { url: String },
}

/// What comes may have another form than what goes.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(try_from = "String", into = "u32")]
pub struct Parsed(u32);

impl TryFrom<String> for Parsed {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl From<Parsed> for u32 {
    fn from(parsed: Parsed) -> Self {
        parsed.0
    }
}

/// Nothing but its name.
#[derive(Debug, Serialize, Deserialize, Event)]
pub struct Ping;

/// A text and nothing else.
#[derive(Debug, Serialize, Deserialize, Event)]
pub struct Title(#[validate(length(min = 1, max = 20))] String);

/// Any JSON.
#[derive(Debug, Serialize, Deserialize, Event)]
#[event(name = "any:thing")]
pub struct AnyThing(pub serde_json::Value);

/// Written by hand, without a schema.
#[derive(Debug, Serialize, Deserialize)]
pub struct ByHand {
    /// A word.
    pub word: String,
}

impl Event for ByHand {
    const NAME: &'static str = "by-hand";

    fn check(&self) -> Result<(), dialogue::Invalid> {
        let mut rules = Rules::new();
        rules.length("word", &self.word, Some(1), None, None);
        rules.finish()
    }
}

/// Another type of the same name.
pub mod notices {
    use super::{Deserialize, Event, JsonSchema, Serialize};

    /// Something that the server says, in pages.
    #[derive(Debug, Serialize, Deserialize, Event)]
    #[event(name = "notice")]
    #[allow(missing_docs, reason = "they speak for themselves")]
    pub struct Message {
        pub pages: Page<String>,
        pub numbers: Page<u8>,
    }

    /// Some of many.
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    #[schemars(crate = "dialogue::schema::schemars")]
    #[allow(missing_docs, reason = "they speak for themselves")]
    pub struct Page<T> {
        pub items: Vec<T>,
        pub more: bool,
    }
}

/// How it stands, for clients to hear only.
#[derive(Debug, Serialize, Deserialize, Event)]
#[event(name = "user:joined")]
#[serde(rename_all = "camelCase")]
pub struct UserJoined {
    /// Who.
    pub user_id: String,
    /// What is known of them.
    pub about: HashMap<String, Position>,
}

dialogue::rooms! {
    /// Public chat room for everyone.
    pub General {
        name: "General Chat",
        events: [Message, Ping],
        server_events: [UserJoined],
        default_subscriptions: [Message, UserJoined],
    }

    /// One room per match.
    pub Match {
        id: "match:{number:u64}",
        events: [Drawn, Command, Numbers],
        default_subscriptions: [*],
        open: on_join,
        close_when_empty: true,
    }

    pub Everything {
        events: [
            Texts, Adjacent, Loose, Comment, Collections, Preferences, Flat, Parsed, Title, AnyThing, ByHand, Message, Numbers, Drawn,
            Command, Ping,
        ],
    }

    /// Anything goes.
    pub Sandbox { events: [*], default_subscriptions: [*] }

    /// Only the server speaks.
    pub Announcements { events: [], server_events: [UserJoined, notices::Message], default_subscriptions: [UserJoined] }
}
