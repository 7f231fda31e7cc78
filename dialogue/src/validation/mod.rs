//! Why a payload is refused: issues, the rules that find them, and the shape of a type.

mod readable;
mod rules;
mod shape;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[cfg(feature = "server")]
pub(crate) use readable::Readable;
pub use rules::{Length, Nested, Number, Rules, Text};
pub use shape::Shape;
#[cfg(feature = "server")]
pub(crate) use shape::depth;
pub use validator::ValidationError;

/// How many issues a text lists.
const ISSUES_SAID: usize = 20;

/// One fault of a payload.
///
/// It never holds the offending value, so it can be logged and sent back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Issue {
    /// Where, in the names of the wire: `text`, `position.x`, `items[2].name`; empty for the payload as a whole.
    pub path: String,
    /// Which rule, for programs: `length`, `range`, `required`, `type`, or the code that the rule was given.
    pub code: Cow<'static, str>,
    /// What is wrong, for people, in lower case.
    pub message: Cow<'static, str>,
    /// The numbers of the rule, such as `min` and `max`; left out on the wire when there are none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<Cow<'static, str>, Value>,
}

impl Issue {
    /// An issue without parameters.
    ///
    /// ```
    /// # use dialogue::validation::Issue;
    /// let issue = Issue::new("text", "profanity", "mind your language");
    /// assert_eq!(issue.to_string(), "text: mind your language");
    /// ```
    pub fn new(
        path: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { path: path.into(), code: code.into(), message: message.into(), params: BTreeMap::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.params.insert(Cow::Borrowed(name), value.into());
        self
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

/// A payload that is not the event: every issue, sorted by path.
///
/// Its text lists them: `text: too short, senderId: missing`; the first twenty, and how many more there are.
#[derive(Debug, Clone, PartialEq)]
pub struct Invalid {
    issues: Vec<Issue>,
}

impl Invalid {
    /// The refusal for these issues, which are sorted by path here.
    pub fn new(mut issues: Vec<Issue>) -> Self {
        issues.sort_by(|a, b| a.path.cmp(&b.path));
        Self { issues }
    }

    /// The issues, sorted by path.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// The issues, sorted by path.
    pub fn into_issues(self) -> Vec<Issue> {
        self.issues
    }

    /// The type's own `Serialize` failed.
    pub(crate) fn unencodable() -> Self {
        Self::new(vec![Issue::new("", "encode", "cannot be encoded as JSON")])
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, issue) in self.issues.iter().take(ISSUES_SAID).enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{issue}")?;
        }
        match self.issues.len().saturating_sub(ISSUES_SAID) {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}

impl std::error::Error for Invalid {}
