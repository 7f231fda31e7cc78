//! Validation: the rules of payloads and the issues found by them.
//!
//! `#[derive(Event)]` turns `#[validate(..)]` into calls of [`Rules`] and declares the fields of a struct to [`Shape`].
//! A payload that does not decode or breaks a rule is refused with [`Invalid`], which lists every [`Issue`]:
//!
//! ```
//! use dialogue::Event;
//! # #[derive(Debug, serde::Serialize, serde::Deserialize, Event)]
//! # struct Message { #[validate(length(min = 1, max = 1000))] text: String, sender: String }
//!
//! let invalid = Message::decode(r#"{ "text": 5 }"#).unwrap_err();
//! let issues: Vec<_> = invalid.issues().iter().map(|issue| (issue.path.as_str(), issue.code.as_ref())).collect();
//! assert_eq!(issues, [("sender", "required"), ("text", "type")]);
//! ```

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

/// The maximum number of issues in the text of [`Invalid`].
const ISSUES_SAID: usize = 20;

/// One problem of a payload.
///
/// It never contains the offending value, so it is safe to log and to send to the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Issue {
    /// The path of the field, by its names on the wire: `text`, `position.x`, `items[2].name`. Empty for the payload as
    /// a whole.
    pub path: String,
    /// The machine-readable code: the rule (`length`, `range`, `required`, `type`, ..), or the rule's own `code`.
    pub code: Cow<'static, str>,
    /// The message for people, in lower case.
    pub message: Cow<'static, str>,
    /// The parameters of the rule, such as `min` and `max`. Not sent if there are none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<Cow<'static, str>, Value>,
}

impl Issue {
    /// Creates an issue without parameters.
    ///
    /// ```
    /// use dialogue::validation::Issue;
    ///
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

/// The error of a payload that does not decode or breaks a rule: all of its issues, sorted by path.
///
/// Its text lists the first twenty issues and the number of the others: `senderId: missing, text: too short`.
///
/// ```
/// use dialogue::{Invalid, validation::Issue};
///
/// let invalid = Invalid::new(vec![
///     Issue::new("text", "length", "too short"),
///     Issue::new("senderId", "required", "missing"),
/// ]);
/// assert_eq!(invalid.to_string(), "senderId: missing, text: too short");
/// assert_eq!(invalid.issues()[0].path, "senderId");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Invalid {
    issues: Vec<Issue>,
}

impl Invalid {
    /// Creates the error from these issues, and sorts them by path.
    pub fn new(mut issues: Vec<Issue>) -> Self {
        issues.sort_by(|a, b| a.path.cmp(&b.path));
        Self { issues }
    }

    /// Returns the issues, sorted by path.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// Converts the error into its issues, sorted by path.
    pub fn into_issues(self) -> Vec<Issue> {
        self.issues
    }

    /// The error of a payload whose type fails to serialize.
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
