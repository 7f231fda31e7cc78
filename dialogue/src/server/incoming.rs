//! Events as hooks see them: before they are published, and after.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::protocol::EventMessage;
use crate::room::{RoomId, UserId};

use super::client::Client;
use super::handlers::RawMessage;
use super::room::Room;

/// An event that is about to be published: what a before-each hook may change or refuse
/// (reference, "Event Middleware Hooks").
///
/// ```
/// use dialogue::{Denied, Dialogue, PendingEvent};
/// use serde_json::Value;
///
/// # fn main() -> Result<(), dialogue::error::BuildError> {
/// let dialogue = Dialogue::builder()
///     .before_each(async |mut event: PendingEvent| {
///         let mut data: Value = event.data().map_err(|_| Denied::because("not JSON"))?;
///         if let Some(Value::String(text)) = data.get_mut("text") {
///             *text = text.replace("darn", "****");
///             event.set_data(&data);
///         }
///         Ok(event)
///     })
///     .build()?;
/// # Ok(()) }
/// ```
pub struct PendingEvent {
    pub(crate) room: Room,
    pub(crate) client: Option<Client>,
    pub(crate) event: String,
    pub(crate) from: UserId,
    pub(crate) id: Option<String>,
    pub(crate) data: Box<RawValue>,
    pub(crate) meta: Option<Box<RawValue>>,
    /// The payload is not the one that has been checked.
    pub(crate) changed: bool,
}

impl PendingEvent {
    /// The room.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// The room's id.
    pub fn room_id(&self) -> &RoomId {
        self.room.id()
    }

    /// The event's name.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// Who it is from: a user, or [`UserId::SYSTEM`].
    pub fn from(&self) -> &UserId {
        &self.from
    }

    /// The client that triggers it; `None` when the server does.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// The sender's own key for the message.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The payload, as a type of yours.
    ///
    /// # Errors
    ///
    /// When it is not of that type.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.data.get())
    }

    /// The payload, as JSON.
    pub fn json(&self) -> &str {
        self.data.get()
    }

    /// Changes the payload. It is checked again, and one that breaks a rule of the event reaches nobody.
    ///
    /// # Panics
    ///
    /// When `data` cannot be JSON: a map whose keys are no texts, or a failing `Serialize` of yours. In a hook that is
    /// logged, and the sender is told `INTERNAL`.
    pub fn set_data<T: Serialize + ?Sized>(&mut self, data: &T) {
        self.data = to_raw_value(data).expect("the payload that a hook sets can be JSON");
        self.changed = true;
    }

    /// What the sender added.
    pub fn meta(&self) -> Option<Value> {
        serde_json::from_str(self.meta.as_ref()?.get()).ok()
    }

    /// Changes what travels beside the payload.
    ///
    /// # Panics
    ///
    /// When `meta` cannot be JSON, as for [`set_data`](Self::set_data).
    pub fn set_meta<T: Serialize + ?Sized>(&mut self, meta: &T) {
        self.meta = Some(to_raw_value(meta).expect("the meta that a hook sets can be JSON"));
    }
}

impl fmt::Debug for PendingEvent {
    /// Without the payload and what the sender added.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingEvent")
            .field("room_id", self.room_id())
            .field("event", &self.event)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// An event that has been published: what an after-each hook sees.
#[derive(Clone)]
pub struct PublishedEvent {
    pub(crate) room: Room,
    pub(crate) client: Option<Client>,
    pub(crate) message: Arc<RawMessage>,
    pub(crate) recipients: usize,
}

impl PublishedEvent {
    /// The room.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// The room's id.
    pub fn room_id(&self) -> &RoomId {
        &self.message.room
    }

    /// The event's name.
    pub fn event(&self) -> &str {
        &self.message.event
    }

    /// Who it is from: a user, or [`UserId::SYSTEM`].
    pub fn from(&self) -> &UserId {
        &self.message.from
    }

    /// The client that triggered it; `None` when the server did.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// When it was published, in Unix milliseconds.
    pub fn timestamp(&self) -> u64 {
        self.message.timestamp
    }

    /// Its place in the room's order, when its type keeps history.
    pub fn offset(&self) -> Option<u64> {
        self.message.offset
    }

    /// How many clients it was sent to.
    pub fn recipients(&self) -> usize {
        self.recipients
    }

    /// The payload, as a type of yours.
    ///
    /// # Errors
    ///
    /// When it is not of that type.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.message.data.get())
    }

    /// The payload, as JSON.
    pub fn json(&self) -> &str {
        self.message.data.get()
    }

    /// The whole envelope.
    pub fn message(&self) -> EventMessage {
        self.message.untyped()
    }
}

impl fmt::Debug for PublishedEvent {
    /// Without the payload and what the sender added.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishedEvent")
            .field("room_id", self.room_id())
            .field("event", &self.message.event)
            .field("from", &self.message.from)
            .field("recipients", &self.recipients)
            .finish_non_exhaustive()
    }
}
