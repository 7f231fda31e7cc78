//! An event that the server triggers: a builder that is awaited.

use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::error::TriggerError;
use crate::event::{Event, EventDef};
use crate::room::{RoomId, UserId};

use super::publish::{Draft, Receipt, publish, rewrite};
use super::shared::Shared;

/// An event that is published when it is awaited: `dialogue.trigger(General, Message { .. }).from(&user).await?`.
#[must_use = "an event is triggered when this is awaited"]
pub struct Trigger<E> {
    shared: Arc<Shared>,
    room: RoomId,
    event: E,
    from: UserId,
    meta: Option<Result<Box<RawValue>, serde_json::Error>>,
}

impl<E: Event> Trigger<E> {
    pub(crate) fn new(shared: &Arc<Shared>, room: RoomId, event: E) -> Self {
        Self { shared: Arc::clone(shared), room, event, from: UserId::SYSTEM, meta: None }
    }

    /// Who it is from. Default: [`UserId::SYSTEM`].
    pub fn from(mut self, user: impl Into<UserId>) -> Self {
        self.from = user.into();
        self
    }

    /// Anything that should travel beside the payload: a trace id, a variant. It is not checked.
    pub fn meta(mut self, meta: impl Serialize) -> Self {
        self.meta = Some(to_raw_value(&meta));
        self
    }

    async fn run(self) -> Result<Receipt, TriggerError> {
        let Self { shared, room, event, from, meta } = self;
        let internal = |_| TriggerError::Internal { event: E::NAME.to_owned() };
        let room = shared.rooms.get(room.as_str()).ok_or(TriggerError::RoomNotFound(room))?;
        let def = room.profile.event(E::NAME).ok_or_else(|| TriggerError::EventNotAllowed {
            room: room.profile.id.clone(),
            event: E::NAME.to_owned(),
        })?;
        let data = checked(&event, &def)?;
        let meta = meta.transpose().map_err(internal)?.map(Cow::Owned);
        let draft = Draft { event: &def, data, from: &from, client: None, meta, id: None };
        publish(&shared, &room, draft, |_| {}).await
    }
}

/// The event as JSON, after its own rules, and after those of the room's event of that name if that is another type.
fn checked<E: Event>(event: &E, def: &EventDef) -> Result<Box<RawValue>, TriggerError> {
    event.check().map_err(|invalid| TriggerError::Invalid { event: E::NAME.to_owned(), invalid })?;
    let data = event.to_json().map_err(|_| TriggerError::Internal { event: E::NAME.to_owned() })?;
    if def.is(TypeId::of::<E>()) { Ok(data) } else { rewrite(def, data.get()) }
}

impl<E: Event> IntoFuture for Trigger<E> {
    type Output = Result<Receipt, TriggerError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

impl<E: Event> fmt::Debug for Trigger<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trigger")
            .field("event", &E::NAME)
            .field("room", &self.room)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}
