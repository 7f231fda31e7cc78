//! Events: types with a name, a payload and validation rules.
//!
//! Derive [`Event`] for a struct or an enum; the options are listed at the derive macro. [`EventDef`] describes an
//! event without its type, for rooms that are created at run time.

mod rate;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::validation::{Invalid, Shape};

pub use rate::{Rate, RateError};

/// The prefix `dialogue:`, which is reserved for the protocol. Event names and room ids must not start with it.
pub const RESERVED_PREFIX: &str = "dialogue:";

/// A type that can be sent as JSON: it is serializable, deserializable and owned.
///
/// Implemented for every type that implements serde's `Serialize` and `DeserializeOwned`. The trait has its own methods
/// because with serde's traits as supertraits, rustc would report one error for each of them when a derive is missing.
/// Generic code that needs serde itself asks for `E: Event + Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as JSON: it must implement `Serialize` and `Deserialize`",
    label = "missing a serde derive",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`; it must also own its data and be `Send + Sync`"
)]
pub trait Payload: Sized {
    /// Encodes the value as JSON.
    ///
    /// # Errors
    ///
    /// Returns an error if the type's `Serialize` implementation fails, or if a map has keys that are not strings.
    fn to_json(&self) -> Result<Box<RawValue>, serde_json::Error>;

    /// Decodes a value without checking validation rules.
    ///
    /// # Errors
    ///
    /// Returns an error if `json` is not valid JSON or does not match this type.
    fn from_json(json: &str) -> Result<Self, serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Payload for T {
    fn to_json(&self) -> Result<Box<RawValue>, serde_json::Error> {
        serde_json::value::to_raw_value(self)
    }

    fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }
}

/// A typed event: its name on the wire, its payload and its validation rules.
///
/// Use `#[derive(Event)]`; [the macro](macro@crate::Event) lists the options:
///
/// ```
/// use dialogue::{Event, Rate};
/// use serde::{Deserialize, Serialize};
///
/// /// A chat message.
/// #[derive(Serialize, Deserialize, Event)]
/// #[event(name = "chat:message", history = 100, rate_limit = "10/s")]
/// struct Message {
///     #[validate(length(min = 1, max = 1000))]
///     text: String,
/// }
///
/// assert_eq!(Message::NAME, "chat:message");
/// assert_eq!(Message::DESCRIPTION, Some("A chat message."));
/// assert_eq!((Message::HISTORY, Message::VOLATILE), (100, false));
/// assert_eq!(Message::RATE_LIMIT, Some(Rate::per_second(10)));
/// ```
///
/// An implementation by hand is equivalent to what the derive generates:
///
/// ```
/// use dialogue::{validation::{Rules, Shape}, Event, Invalid};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Message {
///     text: String,
/// }
///
/// impl Event for Message {
///     const NAME: &'static str = "message";
///     const HISTORY: usize = 100;
///
///     fn check(&self) -> Result<(), Invalid> {
///         let mut rules = Rules::new();
///         rules.length("text", &self.text, Some(1), Some(1000), None);
///         rules.finish()
///     }
///
///     fn shape(shape: &mut Shape<'_>) {
///         shape.field::<String>(&["text"]);
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let message = Message::decode(r#"{ "text": "hi" }"#)?;
/// assert_eq!(message.text, "hi");
/// assert_eq!(Message::decode(r#"{ "text": "" }"#).err().unwrap().issues()[0].code, "length");
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "an event is a type of your own with `#[derive(serde::Serialize, serde::Deserialize, dialogue::Event)]`"
)]
pub trait Event: Payload + Send + Sync + 'static {
    /// The name on the wire, such as `message` or `user:joined`. Names are unique within a room.
    const NAME: &'static str;

    /// A description for people. Default: none.
    const DESCRIPTION: Option<&'static str> = None;

    /// How many events of this type a room keeps in memory for replay. Default: 0, no history.
    const HISTORY: usize = 0;

    /// Whether the server may drop a copy of the event for a client that cannot keep up. Other events wait in the
    /// client's outgoing queue, and a client whose queue exceeds its limits is disconnected. Default: `false`.
    const VOLATILE: bool = false;

    /// How often one client may trigger the event, across all rooms. Default: no limit other than
    /// `Config::trigger_rate`.
    const RATE_LIMIT: Option<Rate> = None;

    /// Checks the validation rules. The derive generates it from `#[validate(..)]`. Default: no rules.
    ///
    /// ```
    /// use dialogue::Event;
    /// # #[derive(serde::Serialize, serde::Deserialize, Event)]
    /// # struct Message { #[validate(length(min = 1, max = 1000))] text: String }
    ///
    /// let message = Message { text: String::new() };
    /// let invalid = message.check().unwrap_err();
    /// assert_eq!(invalid.to_string(), "text: too short");
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] with an issue for every broken rule.
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }

    /// Declares the fields of the payload, so that a payload that does not decode is reported with all of its issues.
    ///
    /// Default: declares no fields; then only the first decoding error is reported.
    fn shape(shape: &mut Shape<'_>) {
        let _ = shape;
    }

    /// Returns the JSON Schema of the payload, from which the types of TypeScript clients are generated.
    ///
    /// Default: a schema that accepts any JSON. The derive generates the schema. In an implementation by hand, call
    /// `generator.subschema_for::<Self>()` if the type derives `JsonSchema`.
    #[cfg(feature = "schema")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<serde_json::Value>()
    }

    /// Decodes a payload and checks its validation rules.
    ///
    /// ```
    /// use dialogue::Event;
    /// # #[derive(Debug, serde::Serialize, serde::Deserialize, Event)]
    /// # struct Message { #[validate(length(min = 1, max = 1000))] text: String }
    ///
    /// # fn main() -> Result<(), dialogue::Invalid> {
    /// let message = Message::decode(r#"{ "text": "hi" }"#)?;
    /// assert_eq!(message.text, "hi");
    ///
    /// let invalid = Message::decode("{}").unwrap_err();
    /// assert_eq!(invalid.to_string(), "text: missing");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] with every missing field and every field of the wrong type or, if the payload decodes, every
    /// broken rule.
    fn decode(json: &str) -> Result<Self, Invalid> {
        let event = Self::from_json(json).map_err(|error| Shape::explain(Self::shape, json, &error))?;
        event.check()?;
        Ok(event)
    }
}

/// The definition of an event, independent of its Rust type: name, history, rate limit and a function that checks
/// payloads.
///
/// [`rooms!`](crate::rooms) builds these for declared rooms. Build one yourself for a room that is created at run time.
///
/// ```
/// use dialogue::{Event, EventDef};
/// # #[derive(serde::Serialize, serde::Deserialize, Event)]
/// # #[event(history = 20)]
/// # struct Message { text: String }
/// let def = EventDef::of::<Message>();
/// assert_eq!((def.name(), def.history()), ("message", 20));
/// assert!(def.check("{}").is_err());
/// ```
#[derive(Clone)]
pub struct EventDef {
    name: Cow<'static, str>,
    description: Option<Cow<'static, str>>,
    history: usize,
    volatile: bool,
    rate_limit: Option<Rate>,
    typed: Option<Typed>,
}

/// The operations of the erased Rust type.
#[derive(Clone, Copy)]
struct Typed {
    #[cfg(feature = "server")]
    id: fn() -> std::any::TypeId,
    rewrite: Rewrite,
    #[cfg(feature = "schema")]
    schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

/// Decodes and checks a payload, and encodes the decoded value.
type Rewrite = fn(&str) -> Result<Box<RawValue>, Invalid>;

impl EventDef {
    /// Returns the definition of the event type `E`.
    ///
    /// ```
    /// use dialogue::{Event, EventDef};
    /// # #[derive(serde::Serialize, serde::Deserialize, Event)]
    /// # #[event(history = 20)]
    /// # struct Message { text: String }
    ///
    /// static MESSAGE: EventDef = EventDef::of::<Message>();
    /// assert_eq!(MESSAGE.name(), "message");
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `E::NAME` is empty or starts with [`RESERVED_PREFIX`]. In a constant this is a compile error.
    #[track_caller]
    pub const fn of<E: Event>() -> Self {
        assert!(!E::NAME.is_empty(), "the name of an event cannot be empty");
        assert!(
            !is_reserved(E::NAME),
            "event names that start with `dialogue:` are reserved for the protocol; choose another name"
        );
        Self {
            name: Cow::Borrowed(E::NAME),
            description: match E::DESCRIPTION {
                Some(text) => Some(Cow::Borrowed(text)),
                None => None,
            },
            history: E::HISTORY,
            volatile: E::VOLATILE,
            rate_limit: E::RATE_LIMIT,
            typed: Some(Typed {
                #[cfg(feature = "server")]
                id: std::any::TypeId::of::<E>,
                rewrite: rewrite::<E>,
                #[cfg(feature = "schema")]
                schema: E::schema,
            }),
        }
    }

    /// Returns the definition of an event that is known by its name only. Its payload is any JSON. The `with_..`
    /// methods set what `#[event(..)]` sets for a type.
    ///
    /// ```
    /// use dialogue::{EventDef, Rate};
    ///
    /// let draw = EventDef::untyped("draw")
    ///     .with_description("A stroke on the whiteboard.")
    ///     .with_history(50)
    ///     .with_rate_limit(Rate::per_second(20));
    /// assert_eq!((draw.name(), draw.history()), ("draw", 50));
    /// ```
    pub fn untyped(name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        Self { name, description: None, history: 0, volatile: false, rate_limit: None, typed: None }
    }

    /// Sets the description for people. Default: the doc comment of the type, or none.
    ///
    /// ```
    /// use dialogue::EventDef;
    ///
    /// let draw = EventDef::untyped("draw").with_description("A stroke on the whiteboard.");
    /// assert_eq!(draw.description(), Some("A stroke on the whiteboard."));
    /// ```
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets how many events of this type a room keeps for replay. Default: `#[event(history = ..)]` of the type, or 0.
    ///
    /// ```
    /// use dialogue::EventDef;
    ///
    /// assert_eq!(EventDef::untyped("draw").with_history(50).history(), 50);
    /// ```
    #[must_use]
    pub const fn with_history(mut self, events: usize) -> Self {
        self.history = events;
        self
    }

    /// Makes the event volatile: the server may drop a copy for a client that cannot keep up. Default:
    /// `#[event(volatile)]` of the type, or not volatile.
    ///
    /// ```
    /// use dialogue::EventDef;
    ///
    /// assert!(EventDef::untyped("cursor").with_volatile().is_volatile());
    /// ```
    #[must_use]
    pub const fn with_volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    /// Sets how often one client may trigger the event, across all rooms. Default: `#[event(rate_limit = "..")]` of the
    /// type, or no limit of its own.
    ///
    /// ```
    /// use dialogue::{EventDef, Rate};
    ///
    /// let draw = EventDef::untyped("draw").with_rate_limit(Rate::per_second(20));
    /// assert_eq!(draw.rate_limit(), Some(Rate::per_second(20)));
    /// ```
    #[must_use]
    pub const fn with_rate_limit(mut self, rate: Rate) -> Self {
        self.rate_limit = Some(rate);
        self
    }

    /// Returns the name on the wire.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the description, if there is one.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns how many events of this type a room keeps for replay.
    pub const fn history(&self) -> usize {
        self.history
    }

    /// Returns whether the server may drop a copy for a client that cannot keep up.
    pub const fn is_volatile(&self) -> bool {
        self.volatile
    }

    /// Returns how often one client may trigger the event, or `None` if the event has no limit of its own.
    pub const fn rate_limit(&self) -> Option<Rate> {
        self.rate_limit
    }

    /// Decodes a payload and checks its validation rules. An untyped event accepts any JSON.
    ///
    /// ```
    /// use dialogue::{Event, EventDef};
    /// # #[derive(serde::Serialize, serde::Deserialize, Event)]
    /// # struct Message { #[validate(length(min = 1))] text: String }
    ///
    /// # fn main() -> Result<(), dialogue::Invalid> {
    /// EventDef::of::<Message>().check(r#"{ "text": "hi" }"#)?;
    /// EventDef::untyped("draw").check("[1, 2]")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] with every issue of the payload.
    pub fn check(&self, json: &str) -> Result<(), Invalid> {
        self.rewrite(json).map(drop)
    }

    /// Returns the payload that is published for `json`. A typed event is re-encoded by its type, so that members never
    /// receive fields that the type does not have.
    pub(crate) fn rewrite(&self, json: &str) -> Result<Box<RawValue>, Invalid> {
        match self.typed {
            Some(typed) => (typed.rewrite)(json),
            None => Shape::any(json),
        }
    }

    /// Returns the JSON Schema of the payload. For an untyped event the schema accepts any JSON.
    #[cfg(feature = "schema")]
    pub(crate) fn schema(&self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        match self.typed {
            Some(typed) => (typed.schema)(generator),
            None => generator.subschema_for::<serde_json::Value>(),
        }
    }

    /// Returns whether this is the definition of the type `id`.
    #[cfg(feature = "server")]
    pub(crate) fn is(&self, id: std::any::TypeId) -> bool {
        self.typed.is_some_and(|typed| (typed.id)() == id)
    }

    pub(crate) const fn const_name(&self) -> &str {
        match &self.name {
            Cow::Borrowed(name) => name,
            Cow::Owned(_) => "",
        }
    }
}

fn rewrite<E: Event>(json: &str) -> Result<Box<RawValue>, Invalid> {
    let data = E::decode(json)?.to_json().map_err(|_| Invalid::unencodable())?;
    Ok(if data.get().contains("null") { without_new_nulls(data, json) } else { data })
}

/// Removes the `null` fields that the sender left out: re-encoding turns an absent `Option` into `null`, but receivers
/// should see the payload as it was sent.
fn without_new_nulls(data: Box<RawValue>, sent: &str) -> Box<RawValue> {
    type Fields<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;
    let (Ok(mut fields), Ok(sent)) =
        (serde_json::from_str::<Fields<'_>>(data.get()), serde_json::from_str::<Fields<'_>>(sent))
    else {
        return data;
    };
    fields.retain(|name, value| value.get() != "null" || sent.contains_key(name));
    serde_json::value::to_raw_value(&fields).unwrap_or(data)
}

impl std::fmt::Debug for EventDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventDef")
            .field("name", &self.name)
            .field("history", &self.history)
            .field("volatile", &self.volatile)
            .field("typed", &self.typed.is_some())
            .finish_non_exhaustive()
    }
}

/// Returns whether a name is reserved for the protocol.
pub(crate) const fn is_reserved(name: &str) -> bool {
    let (name, prefix) = (name.as_bytes(), RESERVED_PREFIX.as_bytes());
    if name.len() < prefix.len() {
        return false;
    }
    let mut i = 0;
    while i < prefix.len() {
        if name[i] != prefix[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Serialize, Deserialize, crate::Event)]
    struct Note {
        text: String,
        reply_to: Option<String>,
        #[serde(default)]
        tag: Option<u8>,
    }

    #[test]
    fn what_goes_out_is_what_the_type_understood() {
        let note = EventDef::of::<Note>();
        let sent = |json| note.rewrite(json).map(|data| data.get().to_owned());
        assert_eq!(sent(r#"{"text":"null","extra":1}"#).as_deref(), Ok(r#"{"text":"null"}"#));
        assert_eq!(sent(r#"{"text":"a","tag":null}"#).as_deref(), Ok(r#"{"tag":null,"text":"a"}"#));
        assert_eq!(sent(r#"{"text":"a","reply_to":"b"}"#).as_deref(), Ok(r#"{"reply_to":"b","text":"a"}"#));
        assert!(sent(r#"{"reply_to":"b"}"#).is_err());
    }
}
