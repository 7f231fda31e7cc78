//! The events that hooks receive: before and after they are published.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tracing::error;

use crate::error::EncodeError;
use crate::protocol::EventMessage;
use crate::room::{RoomId, UserId};
use crate::server::flow::Core;
use crate::server::flow::hooks::{Pending, Published};
use crate::server::handle::{Client, Dialogue, Room};

/// An event that is about to be published. A [`before_each`](crate::DialogueBuilder::before_each) hook may change it or
/// refuse it.
///
/// ```
/// use dialogue::{Denied, Dialogue, PendingEvent};
/// use serde_json::Value;
///
/// # fn main() -> Result<(), dialogue::Error> {
/// let dialogue = Dialogue::builder()
///     .before_each(async |mut event: PendingEvent| {
///         let mut data: Value = event.data().map_err(|_| Denied::because("not JSON"))?;
///         if let Some(Value::String(text)) = data.get_mut("text") {
///             *text = text.replace("darn", "****");
///             event.set_data(&data)?;
///         }
///         Ok(event)
///     })
///     .build()?;
/// # Ok(()) }
/// ```
pub struct PendingEvent {
    pending: Pending,
    room: Room,
    client: Option<Client>,
}

impl PendingEvent {
    pub(crate) fn new(core: &Arc<Core>, pending: Pending) -> Self {
        let room = Room::new(core, Arc::clone(&pending.room));
        let client = pending.peer.as_ref().map(|peer| Client::new(core, Arc::clone(peer)));
        Self { pending, room, client }
    }

    pub(crate) fn into_pending(self) -> Pending {
        self.pending
    }

    /// The server.
    pub fn dialogue(&self) -> Dialogue {
        self.room.dialogue()
    }

    /// The room.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// The id of the room.
    pub fn room_id(&self) -> &RoomId {
        self.room.id()
    }

    /// The name of the event.
    pub fn event(&self) -> &str {
        &self.pending.event
    }

    /// The sender: a user, or [`UserId::SYSTEM`].
    pub fn from(&self) -> &UserId {
        &self.pending.from
    }

    /// The client that triggers the event, or `None` if the server triggers it.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// The message id (an idempotency key), if the sender set one.
    pub fn id(&self) -> Option<&str> {
        self.pending.id.as_deref()
    }

    /// The payload as a type of yours.
    ///
    /// # Errors
    ///
    /// If the payload does not match the type.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.json())
    }

    /// The payload as JSON text.
    pub fn json(&self) -> &str {
        self.pending.data.get()
    }

    /// Replaces the payload. The new payload is validated, and the event is refused if it breaks a rule.
    ///
    /// ```
    /// use dialogue::{Denied, PendingEvent};
    ///
    /// async fn shout(mut event: PendingEvent) -> Result<PendingEvent, Denied> {
    ///     let text = event.json().to_uppercase();
    ///     event.set_data(&text)?;
    ///     Ok(event)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if `data` cannot be encoded as JSON, for example a map whose keys are not strings. The event
    /// keeps its previous payload.
    pub fn set_data<T: Serialize + ?Sized>(&mut self, data: &T) -> Result<(), EncodeError> {
        self.pending.data = encode(data)?;
        self.pending.changed = true;
        Ok(())
    }

    /// The metadata that travels beside the payload.
    pub fn meta(&self) -> Option<Value> {
        serde_json::from_str(self.pending.meta.as_ref()?.get()).ok()
    }

    /// Replaces the metadata that travels beside the payload.
    ///
    /// ```
    /// use dialogue::{Denied, PendingEvent};
    /// use serde_json::json;
    ///
    /// async fn mark(mut event: PendingEvent) -> Result<PendingEvent, Denied> {
    ///     event.set_meta(&json!({ "checked": true }))?;
    ///     Ok(event)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if `meta` cannot be encoded as JSON, as for [`set_data`](Self::set_data). The event keeps its
    /// previous metadata.
    pub fn set_meta<T: Serialize + ?Sized>(&mut self, meta: &T) -> Result<(), EncodeError> {
        self.pending.meta = Some(encode(meta)?);
        Ok(())
    }
}

/// Encodes a value that a hook sets. The reason of a failure is logged, because a hook that passes the error to the
/// client with `?` does not expose it.
fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Box<RawValue>, EncodeError> {
    to_raw_value(value).map_err(|error| {
        error!(%error, "a hook set a value that cannot be encoded as JSON");
        EncodeError::new(error)
    })
}

impl fmt::Debug for PendingEvent {
    /// Without the payload and the metadata.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingEvent")
            .field("room_id", self.room_id())
            .field("event", &self.event())
            .field("from", self.from())
            .finish_non_exhaustive()
    }
}

/// An event that has been published. It is the argument of an [`after_each`](crate::DialogueBuilder::after_each) hook.
///
/// ```
/// use dialogue::{Dialogue, PublishedEvent};
///
/// # fn main() -> Result<(), dialogue::Error> {
/// let dialogue = Dialogue::builder()
///     .after_each(async |event: PublishedEvent| {
///         println!("{} in {} reached {} clients", event.event(), event.room_id(), event.recipients());
///     })
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PublishedEvent {
    published: Published,
    room: Room,
    client: Option<Client>,
}

impl PublishedEvent {
    pub(crate) fn new(core: &Arc<Core>, published: Published) -> Self {
        let room = Room::new(core, Arc::clone(&published.room));
        let client = published.peer.as_ref().map(|peer| Client::new(core, Arc::clone(peer)));
        Self { published, room, client }
    }

    /// The server.
    pub fn dialogue(&self) -> Dialogue {
        self.room.dialogue()
    }

    /// The room.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// The id of the room.
    pub fn room_id(&self) -> &RoomId {
        self.room.id()
    }

    /// The name of the event.
    pub fn event(&self) -> &str {
        &self.published.message.event
    }

    /// The sender: a user, or [`UserId::SYSTEM`].
    pub fn from(&self) -> &UserId {
        &self.published.message.from
    }

    /// The client that triggered the event, or `None` if the server triggered it.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// When it was published, in Unix milliseconds.
    pub fn timestamp(&self) -> u64 {
        self.published.message.timestamp
    }

    /// Its position in the room's history, if its type keeps history.
    pub fn offset(&self) -> Option<u64> {
        self.published.message.offset
    }

    /// How many clients it was sent to.
    pub fn recipients(&self) -> usize {
        self.published.recipients
    }

    /// The payload as a type of yours.
    ///
    /// # Errors
    ///
    /// If the payload does not match the type.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.json())
    }

    /// The payload as JSON text.
    pub fn json(&self) -> &str {
        self.published.message.data.get()
    }

    /// The whole envelope.
    pub fn message(&self) -> EventMessage {
        self.published.message.untyped()
    }
}

impl fmt::Debug for PublishedEvent {
    /// Without the payload and the metadata.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishedEvent")
            .field("room_id", self.room_id())
            .field("event", &self.event())
            .field("from", self.from())
            .field("recipients", &self.recipients())
            .finish_non_exhaustive()
    }
}
