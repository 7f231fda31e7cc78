//! The builder of an event to trigger.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use dialogue::Event;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::oneshot;

use crate::client::Client;
use crate::command::{Command, Effect, argument};
use crate::error::{Failure, TriggerError};
use crate::room::check;
use crate::seat::Seat;
use crate::wire::{self, Triggered};

/// An event that is triggered when this is awaited, as returned by [`Room::trigger`](crate::Room::trigger).
///
/// ```no_run
/// # use dialogue_client::{Room, TriggerError};
/// use serde_json::json;
/// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
/// # dialogue::rooms! { pub General { events: [Message] } }
///
/// # async fn run(general: Room<General>) -> Result<(), TriggerError> {
/// let message = Message { text: "hi".into() };
/// let receipt = general.trigger(message).meta(json!({ "trace": 7 })).retry().await?;
/// # Ok(()) }
/// ```
#[must_use = "an event is triggered when this is awaited"]
pub struct Trigger {
    client: Client,
    seat: Arc<Seat>,
    event: Cow<'static, str>,
    data: Result<Box<RawValue>, TriggerError>,
    meta: Option<Result<Box<RawValue>, serde_json::Error>>,
    id: Option<String>,
    is_kept: bool,
}

/// The confirmation that an event was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The time of publication, in milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// The position of the event in the room's history, if its type keeps history.
    pub offset: Option<u64>,
}

impl Trigger {
    pub(crate) fn typed<E: Event>(client: &Client, seat: &Arc<Seat>, event: &E) -> Self {
        let invalid = |invalid| TriggerError::Validation { event: E::NAME.to_owned(), invalid };
        let checked = event.check().map_err(invalid);
        let data = checked.and_then(|()| event.to_json().map_err(|_| TriggerError::Encode(E::NAME.to_owned())));
        Self::new(client, seat, Cow::Borrowed(E::NAME), data)
    }

    pub(crate) fn named<T: Serialize + ?Sized>(client: &Client, seat: &Arc<Seat>, event: &str, data: &T) -> Self {
        let data = to_raw_value(data).map_err(|_| TriggerError::Encode(event.to_owned()));
        Self::new(client, seat, Cow::Owned(event.to_owned()), data)
    }

    fn new(
        client: &Client,
        seat: &Arc<Seat>,
        event: Cow<'static, str>,
        data: Result<Box<RawValue>, TriggerError>,
    ) -> Self {
        let (client, seat) = (client.clone(), Arc::clone(seat));
        Self { client, seat, event, data, meta: None, id: None, is_kept: false }
    }

    /// Adds metadata that is sent alongside the payload: a JSON object, such as `json!({ "trace": 7 })`. The server
    /// refuses other JSON. Default: none.
    pub fn meta(mut self, meta: impl Serialize) -> Self {
        self.meta = Some(to_raw_value(&meta));
        self
    }

    /// Sets the idempotency key of the message, which receivers see too. If the same user triggers a message with the
    /// same key again within two minutes, it is not published again. Default: none.
    ///
    /// ```no_run
    /// # use dialogue_client::{Room, TriggerError};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Order { item: String }
    /// # dialogue::rooms! { pub Shop { events: [Order] } }
    /// # async fn run(shop: Room<Shop>) -> Result<(), TriggerError> {
    /// let order = || shop.trigger(Order { item: "tea".into() }).id("order-7");
    /// if let Err(TriggerError::Timeout) = order().await {
    ///     order().await?; // published at most once
    /// }
    /// # Ok(()) }
    /// ```
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Keeps the message until the server has answered. If the connection is lost first, the message is sent again when
    /// the client has rejoined the room, in the order of the calls, and published once: it gets an [`id`](Self::id)
    /// unless it has one.
    ///
    /// A client keeps up to 1,000 messages; more fail with [`TriggerError::Overloaded`]. Dropping the future discards a
    /// message that has not been sent yet. While the client is connected, [`TriggerError::Timeout`] applies as without
    /// `retry`.
    ///
    /// ```no_run
    /// # use dialogue_client::{Room, TriggerError};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    /// # async fn run(general: Room<General>) -> Result<(), TriggerError> {
    /// general.trigger(Message { text: "hi".into() }).retry().await?;
    /// # Ok(()) }
    /// ```
    pub fn retry(mut self) -> Self {
        self.is_kept = true;
        self
    }

    async fn run(self) -> Result<Receipt, TriggerError> {
        let Self { client, seat, event, data, meta, mut id, is_kept } = self;
        let failed = |failure| TriggerError::new(&event, failure);
        let data = data?;
        let meta = meta.transpose().map_err(|_| TriggerError::Encode(event.to_string()))?;
        check(&client, &seat).map_err(failed)?;
        if is_kept {
            id.get_or_insert_with(new_id);
        }
        let (meta, id) = (meta.as_deref(), id.as_deref());
        let request = argument(&wire::Trigger { room_id: &seat.id, event: &event, data: &data, meta, id });
        let answer = if is_kept {
            keep(&client, &seat, request).await
        } else {
            client.request(wire::TRIGGER, Some(request), Effect::Nothing).await
        };
        let answer = answer.map_err(failed)?;
        let Triggered { timestamp, offset } = wire::decode(&answer).map_err(failed)?;
        Ok(Receipt { timestamp, offset })
    }
}

async fn keep(client: &Client, seat: &Seat, argument: Box<str>) -> Result<Box<RawValue>, Failure> {
    let (reply, answer) = oneshot::channel();
    client.send(Command::Keep { room: seat.id.clone(), argument, reply }).await?;
    answer.await.unwrap_or(Err(Failure::Disconnected))
}

/// Returns a random key, which no other message of the user has.
fn new_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

impl IntoFuture for Trigger {
    type Output = Result<Receipt, TriggerError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

impl fmt::Debug for Trigger {
    /// Omits the payload and the metadata, which may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trigger").field("event", &self.event).field("room", &self.seat.id).finish_non_exhaustive()
    }
}
