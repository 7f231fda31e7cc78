//! The rules behind `#[validate(..)]`: one method per rule, each adding an issue when the value breaks it.
//!
//! The judgement (what is an email address, how long is a string) is the validator crate's.

use std::borrow::Cow;

use serde_json::Value;
use validator::{
    AsRegex, Validate, ValidateContains, ValidateDoesNotContain, ValidateEmail, ValidateIp, ValidateLength,
    ValidateNonControlCharacter, ValidateRange, ValidateRegex, ValidateUrl, ValidationError, ValidationErrors,
    ValidationErrorsKind,
};

use super::{Invalid, Issue};

/// Collects the issues of one payload.
///
/// ```
/// # use dialogue::validation::Rules;
/// let mut rules = Rules::new();
/// rules.length("text", "", Some(1), None, None);
/// rules.range("percent", &120, Some(0), Some(100), None, None);
/// let invalid = rules.finish().unwrap_err();
/// assert_eq!(invalid.to_string(), "percent: too large, text: too short");
/// ```
#[derive(Debug, Default)]
pub struct Rules {
    issues: Vec<Issue>,
}

impl Rules {
    /// No issues yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The verdict.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if any rule was broken.
    pub fn finish(self) -> Result<(), Invalid> {
        if self.issues.is_empty() { Ok(()) } else { Err(Invalid::new(self.issues)) }
    }

    /// `length(min, max, equal)`: characters of a text, items of a collection.
    pub fn length<T: Length + ?Sized>(
        &mut self,
        path: &'static str,
        value: &T,
        min: Option<u64>,
        max: Option<u64>,
        equal: Option<u64>,
    ) -> &mut Self {
        let Some(length) = value.length() else { return self };
        let message = match (min, max, equal) {
            (_, _, Some(equal)) if length != equal => "wrong length",
            (Some(min), _, None) if length < min => "too short",
            (_, Some(max), None) if length > max => "too long",
            _ => return self,
        };
        let mut issue = Issue::new(path, "length", message);
        for (name, bound) in [("min", min), ("max", max), ("equal", equal)] {
            if let Some(bound) = bound {
                issue = issue.with(name, bound);
            }
        }
        self.add(issue)
    }

    /// `range(min, max, exclusive_min, exclusive_max)`: a number within bounds.
    pub fn range<T: Number>(
        &mut self,
        path: &'static str,
        value: &T,
        min: Option<T::Bound>,
        max: Option<T::Bound>,
        exclusive_min: Option<T::Bound>,
        exclusive_max: Option<T::Bound>,
    ) -> &mut Self {
        if value.validate_range(min, max, exclusive_min, exclusive_max) {
            return self;
        }
        let too_small = !value.validate_range(min, None, exclusive_min, None);
        let mut issue = Issue::new(path, "range", if too_small { "too small" } else { "too large" });
        let bounds = [("min", min), ("max", max), ("exclusive_min", exclusive_min), ("exclusive_max", exclusive_max)];
        for (name, bound) in bounds {
            if let Some(bound) = bound {
                issue = issue.with(name, bound);
            }
        }
        self.add(issue)
    }

    /// `email`.
    pub fn email<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        self.require(value.text().validate_email(), path, "email", "not an email address")
    }

    /// `url`.
    pub fn url<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        self.require(value.text().validate_url(), path, "url", "not a URL")
    }

    /// `ip`, of either version.
    pub fn ip<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        self.require(value.text().validate_ip(), path, "ip", "not an IP address")
    }

    /// `ip(v4)`.
    pub fn ip_v4<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        self.require(value.text().validate_ipv4(), path, "ip", "not an IPv4 address")
    }

    /// `ip(v6)`.
    pub fn ip_v6<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        self.require(value.text().validate_ipv6(), path, "ip", "not an IPv6 address")
    }

    /// `non_control_character`: no control characters.
    pub fn non_control_character<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        let passes = value.text().validate_non_control_character();
        self.require(passes, path, "non_control_character", "has control characters")
    }

    /// `contains(pattern = "..")`.
    pub fn contains<T: Text + ?Sized>(&mut self, path: &'static str, value: &T, pattern: &str) -> &mut Self {
        self.require(value.text().validate_contains(pattern), path, "contains", "lacks a required part")
    }

    /// `does_not_contain(pattern = "..")`.
    pub fn does_not_contain<T: Text + ?Sized>(&mut self, path: &'static str, value: &T, pattern: &str) -> &mut Self {
        let passes = value.text().validate_does_not_contain(pattern);
        self.require(passes, path, "does_not_contain", "has a forbidden part")
    }

    /// `regex(path = *PATTERN)`.
    pub fn regex<T: Text + ?Sized>(&mut self, path: &'static str, value: &T, pattern: impl AsRegex) -> &mut Self {
        self.require(value.text().validate_regex(pattern), path, "regex", "does not have the required form")
    }

    /// `must_match(other = "field")`: two fields are equal.
    pub fn must_match<T: PartialEq + ?Sized>(
        &mut self,
        path: &'static str,
        value: &T,
        other: &T,
        other_path: &'static str,
    ) -> &mut Self {
        if value == other {
            return self;
        }
        self.add(Issue::new(path, "must_match", "does not match").with("other", other_path))
    }

    /// `required`: an `Option` that must be `Some`.
    pub fn required<T>(&mut self, path: &'static str, value: &Option<T>) -> &mut Self {
        self.require(value.is_some(), path, "required", "missing")
    }

    /// `custom(function = f)`: what your own function says.
    pub fn custom(&mut self, path: &'static str, result: Result<(), ValidationError>) -> &mut Self {
        match result {
            Ok(()) => self,
            Err(error) => self.add(from_validator(path.to_owned(), error)),
        }
    }

    /// `nested`: the rules of a field's own type, which derives `validator::Validate`.
    pub fn nested<T: Nested + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        if let Err(errors) = value.check() {
            self.flatten(path, errors);
        }
        self
    }

    /// Gives the issues found by `rule` another code or message, as `length(min = 1, message = "say something")` asks.
    pub fn reworded(
        &mut self,
        code: Option<&'static str>,
        message: Option<&'static str>,
        rule: impl FnOnce(&mut Self),
    ) -> &mut Self {
        let before = self.issues.len();
        rule(self);
        for issue in &mut self.issues[before..] {
            if let Some(code) = code {
                issue.code = Cow::Borrowed(code);
            }
            if let Some(message) = message {
                issue.message = Cow::Borrowed(message);
            }
        }
        self
    }

    fn require(&mut self, passes: bool, path: &'static str, code: &'static str, message: &'static str) -> &mut Self {
        if passes { self } else { self.add(Issue::new(path, code, message)) }
    }

    fn add(&mut self, issue: Issue) -> &mut Self {
        self.issues.push(issue);
        self
    }

    fn flatten(&mut self, path: &str, errors: ValidationErrors) {
        for (field, kind) in errors.into_errors() {
            let path = match (path, field.as_ref()) {
                // The validator crate files the items of a collection under this made-up field.
                (path, "_tmp_validator") => path.to_owned(),
                ("", field) => field.to_owned(),
                (path, field) => format!("{path}.{field}"),
            };
            match kind {
                ValidationErrorsKind::Field(errors) => {
                    self.issues.extend(errors.into_iter().map(|error| from_validator(path.clone(), error)));
                }
                ValidationErrorsKind::Struct(errors) => self.flatten(&path, *errors),
                ValidationErrorsKind::List(items) => {
                    for (index, errors) in items {
                        self.flatten(&format!("{path}[{index}]"), *errors);
                    }
                }
            }
        }
    }
}

/// Everything of the validator crate's error except the value, which is the user's secret.
fn from_validator(path: String, mut error: ValidationError) -> Issue {
    error.params.remove("value");
    let message = error.message.unwrap_or_else(|| error.code.clone());
    Issue { path, code: error.code, message, params: error.params.into_iter().collect() }
}

/// What `length` can measure: the characters of a text, the items of a collection.
#[diagnostic::on_unimplemented(
    message = "`length` cannot measure a `{Self}`",
    label = "`{Self}` has no length",
    note = "`length` counts the characters of a string or the items of a collection; a number takes `range(min = .., max = ..)`"
)]
pub trait Length {
    /// The length, or `None` where there is nothing to measure.
    fn length(&self) -> Option<u64>;
}

#[diagnostic::do_not_recommend]
impl<T: ValidateLength<u64> + ?Sized> Length for T {
    fn length(&self) -> Option<u64> {
        ValidateLength::length(self)
    }
}

/// What `range` can bound: every integer and float.
#[diagnostic::on_unimplemented(
    message = "`range` cannot bound a `{Self}`",
    label = "`{Self}` is not a number",
    note = "`range` bounds numbers; a string or a collection takes `length(min = .., max = ..)`"
)]
pub trait Number: ValidateRange<Self::Bound> {
    /// The type of the bounds: the number's own. As a type of the trait it says nothing of bounds where the value is no
    /// number, so that one mistake is one error.
    type Bound: Into<Value> + Copy;
}

macro_rules! numbers {
    ($($number:ty)*) => { $(
        #[diagnostic::do_not_recommend]
        impl Number for $number {
            type Bound = Self;
        }
    )* };
}
numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);

/// What the rules on texts can read.
#[diagnostic::on_unimplemented(
    message = "this rule reads text, and `{Self}` is not text",
    label = "not a string",
    note = "`email`, `url`, `ip`, `regex`, `contains` and `non_control_character` are rules for strings"
)]
pub trait Text {
    /// The text.
    fn text(&self) -> &str;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str> + ?Sized> Text for T {
    fn text(&self) -> &str {
        self.as_ref()
    }
}

/// What `nested` can look into: a type with rules of its own, or a collection of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no rules to check",
    label = "`nested` needs rules on `{Self}`",
    note = "`nested` checks the rules of the field's own type: add `#[derive(validator::Validate)]` to it, or remove `nested`"
)]
pub trait Nested {
    /// The verdict of the type's own rules.
    ///
    /// # Errors
    ///
    /// What the validator crate found.
    fn check(&self) -> Result<(), ValidationErrors>;
}

#[diagnostic::do_not_recommend]
impl<T: Validate> Nested for T {
    fn check(&self) -> Result<(), ValidationErrors> {
        self.validate()
    }
}
