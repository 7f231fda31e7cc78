//! What an event is: a struct with a name, a payload and rules.

mod rate;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::validation::{Invalid, Shape};

pub use rate::{Rate, RateError};

/// The prefix of the protocol's own event names and ids; nothing of yours may start with it.
pub const RESERVED_PREFIX: &str = "dialogue:";

/// A type that can travel as JSON: serialisable both ways, and owned.
///
/// Implemented for every type that derives serde's `Serialize` and `Deserialize`. It has methods, instead of serde's
/// traits as supertraits, because rustc would name each of those where a derive is missing; code that is generic over
/// events and wants serde itself asks for `E: Event + Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel: it must be `Serialize` and `Deserialize`",
    label = "missing a serde derive",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`; it must also own its data and be `Send + Sync`"
)]
pub trait Payload: Sized {
    /// Encodes it.
    ///
    /// # Errors
    ///
    /// Those of the type's own `Serialize`, and a map whose keys are not texts.
    fn to_json(&self) -> Result<Box<RawValue>, serde_json::Error>;

    /// Decodes it, without looking at any rules.
    ///
    /// # Errors
    ///
    /// When `json` is no JSON, or not of this type.
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

/// A typed event: its name on the wire, its payload and the rules that the payload keeps.
///
/// Derive it; see [`derive@Event`](macro@crate::Event) for the options. What the derive writes is what a person
/// would write by hand:
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
    /// The name on the wire, unique within a room: `message`, `user:joined`.
    const NAME: &'static str;

    /// What the event means, for people. Default: none.
    const DESCRIPTION: Option<&'static str> = None;

    /// How many of these events a room keeps. Default: 0, none.
    const HISTORY: usize = 0;

    /// Whether one copy may be dropped for a client that cannot keep up, instead of waiting in that client's
    /// queue (protocol, "Order and loss" 4). Default: false.
    const VOLATILE: bool = false;

    /// How often one client may trigger it, over all rooms. Default: only as
    /// [`Config::trigger_rate`](crate::Config::trigger_rate) says.
    const RATE_LIMIT: Option<Rate> = None;

    /// Checks the rules that the type itself cannot express.
    ///
    /// # Errors
    ///
    /// [`Invalid`] with every rule that is broken.
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }

    /// Names the fields, so that a payload of the wrong shape is refused with all its faults and not just the first.
    ///
    /// Default: names none, and the first fault is reported.
    fn shape(shape: &mut Shape<'_>) {
        let _ = shape;
    }

    /// The JSON Schema of the payload, from which the types of TypeScript clients are made.
    ///
    /// Default: anything. The derive writes it; by hand it is `generator.subschema_for::<Self>()` for a type that derives
    /// `JsonSchema`.
    #[cfg(feature = "schema")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<serde_json::Value>()
    }

    /// Decodes a payload and checks it.
    ///
    /// # Errors
    ///
    /// [`Invalid`] with every fault: fields that are missing or of the wrong type, else rules that are broken.
    fn decode(json: &str) -> Result<Self, Invalid> {
        let event = Self::from_json(json).map_err(|error| Shape::explain(Self::shape, json, &error))?;
        event.check()?;
        Ok(event)
    }
}

/// What the runtime knows of one event type: the row of a table, without the type.
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

/// What is left of the type.
#[derive(Clone, Copy)]
struct Typed {
    #[cfg(feature = "server")]
    id: fn() -> std::any::TypeId,
    rewrite: Rewrite,
    #[cfg(feature = "schema")]
    schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

/// Decodes and checks a payload, and encodes what it understood.
type Rewrite = fn(&str) -> Result<Box<RawValue>, Invalid>;

impl EventDef {
    /// The definition of `E`.
    ///
    /// # Panics
    ///
    /// While compiling (or at once, outside a constant), when `E::NAME` is empty or starts with [`RESERVED_PREFIX`].
    #[track_caller]
    pub const fn of<E: Event>() -> Self {
        assert!(!E::NAME.is_empty(), "the name of an event cannot be empty");
        assert!(!is_reserved(E::NAME), "names that start with `dialogue:` are the protocol's own");
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

    /// An event known by name only: its payload is any JSON. The methods `with_..` set what `#[event(..)]` sets for a type.
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

    /// The same event with a description for people. Default: none, or the doc comment of the type.
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

    /// The same event, of which a room keeps so many. Default: 0, or `#[event(history = ..)]` of the type.
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

    /// The same event as a volatile one: a copy may be dropped for a client that cannot keep up. Default: not volatile, or
    /// `#[event(volatile)]` of the type.
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

    /// The same event, which one client may trigger so often. Default: no limit of its own, or
    /// `#[event(rate_limit = "..")]` of the type.
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

    /// The name on the wire.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the event means, if its author said.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// How many of these events a room keeps.
    pub const fn history(&self) -> usize {
        self.history
    }

    /// Whether a copy may be dropped for a client that cannot keep up.
    pub const fn is_volatile(&self) -> bool {
        self.volatile
    }

    /// How often one client may trigger it, if it has a limit of its own.
    pub const fn rate_limit(&self) -> Option<Rate> {
        self.rate_limit
    }

    /// Decodes a payload and checks it; an untyped event takes any JSON.
    ///
    /// # Errors
    ///
    /// [`Invalid`] with every fault.
    pub fn check(&self, json: &str) -> Result<(), Invalid> {
        self.rewrite(json).map(drop)
    }

    /// What goes out for the payload `json`: a typed event is sent as its own type encodes it, so that no member
    /// is handed a field that the type does not have.
    pub(crate) fn rewrite(&self, json: &str) -> Result<Box<RawValue>, Invalid> {
        match self.typed {
            Some(typed) => (typed.rewrite)(json),
            None => Shape::any(json),
        }
    }

    /// The JSON Schema of the payload; anything, for an untyped event.
    #[cfg(feature = "schema")]
    pub(crate) fn schema(&self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        match self.typed {
            Some(typed) => (typed.schema)(generator),
            None => generator.subschema_for::<serde_json::Value>(),
        }
    }

    /// Whether this is the definition of the type `id`.
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

/// What the sender left out stays left out: an `Option` that it did not give is not `null` for the others.
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

/// Whether a name belongs to the protocol.
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
