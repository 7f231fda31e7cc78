//! The rules behind `#[validate(..)]`: one method per rule. Each adds an issue if the value breaks the rule.
//!
//! The checks themselves, such as what is an email address, are those of the validator crate.

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
/// `#[derive(Event)]` generates these calls from `#[validate(..)]`. Call them in [`Event::check`](crate::Event::check)
/// if you implement the trait by hand. Each method takes the path of the field and its value, and returns `&mut Self`,
/// so that calls can be chained:
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
    /// Creates an empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns `Ok(())` if no rule was broken.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] with all issues if any rule was broken.
    pub fn finish(self) -> Result<(), Invalid> {
        if self.issues.is_empty() { Ok(()) } else { Err(Invalid::new(self.issues)) }
    }

    /// `length(min, max, equal)`: the number of characters of a string, or of items of a collection.
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

    /// `range(min, max, exclusive_min, exclusive_max)`: the bounds of a number.
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

    /// `email`: an email address.
    pub fn email<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        self.require(value.text().validate_email(), path, "email", "not an email address")
    }

    /// `url`: a URL.
    pub fn url<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        self.require(value.text().validate_url(), path, "url", "not a URL")
    }

    /// `ip`: an IPv4 or IPv6 address.
    pub fn ip<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        self.require(value.text().validate_ip(), path, "ip", "not an IP address")
    }

    /// `ip(v4)`: an IPv4 address.
    pub fn ip_v4<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        self.require(value.text().validate_ipv4(), path, "ip", "not an IPv4 address")
    }

    /// `ip(v6)`: an IPv6 address.
    pub fn ip_v6<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        self.require(value.text().validate_ipv6(), path, "ip", "not an IPv6 address")
    }

    /// `non_control_character`: no control characters.
    pub fn non_control_character<T: Text + ?Sized>(&mut self, path: &'static str, value: &T) -> &mut Self {
        let passes = value.text().validate_non_control_character();
        self.require(passes, path, "non_control_character", "has control characters")
    }

    /// `contains(pattern = "..")`: a string that contains the pattern.
    pub fn contains<T: Text + ?Sized>(&mut self, path: &'static str, value: &T, pattern: &str) -> &mut Self {
        self.require(value.text().validate_contains(pattern), path, "contains", "lacks a required part")
    }

    /// `does_not_contain(pattern = "..")`: a string that does not contain the pattern.
    pub fn does_not_contain<T: Text + ?Sized>(&mut self, path: &'static str, value: &T, pattern: &str) -> &mut Self {
        let passes = value.text().validate_does_not_contain(pattern);
        self.require(passes, path, "does_not_contain", "has a forbidden part")
    }

    /// `regex(path = *PATTERN)`: a string that matches the regular expression.
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

    /// `custom(function = f)`: adds the error of your own function, if it returned one.
    ///
    /// ```
    /// use dialogue::validation::{Rules, ValidationError};
    ///
    /// fn even(number: u32) -> Result<(), ValidationError> {
    ///     if number % 2 == 0 { Ok(()) } else { Err(ValidationError::new("even").with_message("must be even".into())) }
    /// }
    ///
    /// let mut rules = Rules::new();
    /// rules.custom("players", even(3));
    /// assert_eq!(rules.finish().unwrap_err().to_string(), "players: must be even");
    /// ```
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

    /// Replaces the code and message of the issues that `rule` adds: `length(min = 1, message = "say something")`.
    ///
    /// ```
    /// use dialogue::validation::Rules;
    ///
    /// let mut rules = Rules::new();
    /// rules.reworded(None, Some("say something"), |rules| {
    ///     rules.length("text", "", Some(1), None, None);
    /// });
    /// assert_eq!(rules.finish().unwrap_err().to_string(), "text: say something");
    /// ```
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
                // The validator crate reports the items of a collection under this placeholder name.
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

/// Converts an error of the validator crate, without the value, which may be secret.
fn from_validator(path: String, mut error: ValidationError) -> Issue {
    error.params.remove("value");
    let message = error.message.unwrap_or_else(|| error.code.clone());
    Issue { path, code: error.code, message, params: error.params.into_iter().collect() }
}

/// A value that `length` can check: a string or a collection.
#[diagnostic::on_unimplemented(
    message = "`length` cannot check a `{Self}`",
    label = "`{Self}` has no length",
    note = "`length` counts the characters of a string or the items of a collection; use `range(min = .., max = ..)` for a number"
)]
pub trait Length {
    /// Returns the length, or `None` if there is nothing to measure.
    fn length(&self) -> Option<u64>;
}

#[diagnostic::do_not_recommend]
impl<T: ValidateLength<u64> + ?Sized> Length for T {
    fn length(&self) -> Option<u64> {
        ValidateLength::length(self)
    }
}

/// A value that `range` can check: an integer or a float.
#[diagnostic::on_unimplemented(
    message = "`range` cannot check a `{Self}`",
    label = "`{Self}` is not a number",
    note = "`range` checks numbers; use `length(min = .., max = ..)` for a string or a collection"
)]
pub trait Number: ValidateRange<Self::Bound> {
    /// The type of the bounds, which is the number's own type. It is an associated type so that a value that is not a
    /// number causes one error, and not another one about its bounds.
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

/// A value that the rules for strings can check.
#[diagnostic::on_unimplemented(
    message = "this rule checks strings, and `{Self}` is not a string",
    label = "not a string",
    note = "`email`, `url`, `ip`, `regex`, `contains` and `non_control_character` are rules for strings"
)]
pub trait Text {
    /// Returns the string.
    fn text(&self) -> &str;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str> + ?Sized> Text for T {
    fn text(&self) -> &str {
        self.as_ref()
    }
}

/// A value that `nested` can check: a type that derives `validator::Validate`, or a collection of such values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no rules to check",
    label = "`nested` needs rules on `{Self}`",
    note = "`nested` checks the rules of the field's own type: add `#[derive(validator::Validate)]` to it, or remove `nested`"
)]
pub trait Nested {
    /// Checks the rules of the value's type.
    ///
    /// # Errors
    ///
    /// Returns the errors found by the validator crate.
    fn check(&self) -> Result<(), ValidationErrors>;
}

#[diagnostic::do_not_recommend]
impl<T: Validate> Nested for T {
    fn check(&self) -> Result<(), ValidationErrors> {
        self.validate()
    }
}
