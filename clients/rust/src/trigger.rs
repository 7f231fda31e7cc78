//! An event that the client triggers: a builder that is awaited.

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

/// An event that is triggered when it is awaited: `room.trigger(Message { .. }).meta(json!({"trace": 7})).await?`.
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

/// An event has been published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// When, in Unix milliseconds.
    pub timestamp: u64,
    /// Its place in the room's order, when its type keeps history.
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

    /// What should travel beside the payload: an object, such as `json!({ "trace": 7 })`. The server refuses other JSON.
    pub fn meta(mut self, meta: impl Serialize) -> Self {
        self.meta = Some(to_raw_value(&meta));
        self
    }

    /// Your own key for the message, which travels with it. What is triggered again with the same key within two minutes is
    /// published once.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Keeps the message until the server has answered it. If the connection is lost before that, it is sent again when the
    /// client is back in the room, after what was triggered with `retry` before it, and published once: it is given an
    /// [`id`](Self::id), unless it has one.
    ///
    /// A client keeps up to 1,000 messages; one more is [`TriggerError::Overloaded`]. Dropping the future gives up a message that
    /// has not been sent. On a connection that is there, [`TriggerError::Timeout`] is as without `retry`.
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

/// A key that no other message of the user has.
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
    /// Without the payload and what travels beside it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trigger").field("event", &self.event).field("room", &self.seat.id).finish_non_exhaustive()
    }
}
