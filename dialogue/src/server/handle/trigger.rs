//! The builder of an event that the server triggers.

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
use crate::server::flow::Core;
use crate::server::flow::publish::{Draft, Receipt, publish, rewrite};

/// An event that is published when it is awaited: `dialogue.trigger(General, Message { .. }).from(&user).await?`.
#[must_use = "an event is triggered when this is awaited"]
pub struct Trigger {
    core: Arc<Core>,
    room: RoomId,
    event: Cow<'static, str>,
    encode: Encode,
    from: UserId,
    meta: Option<Result<Box<RawValue>, serde_json::Error>>,
}

/// Encodes the event as JSON according to the room's definition.
type Encode = Box<dyn FnOnce(&EventDef) -> Result<Box<RawValue>, TriggerError> + Send>;

impl Trigger {
    pub(crate) fn typed<E: Event>(core: &Arc<Core>, room: RoomId, event: E) -> Self {
        let encode = Box::new(move |def: &EventDef| checked(&event, def));
        Self::new(core, room, Cow::Borrowed(E::NAME), encode)
    }

    pub(crate) fn named<T: Serialize + ?Sized>(core: &Arc<Core>, room: RoomId, event: &str, data: &T) -> Self {
        let data = to_raw_value(data);
        let encode = Box::new(move |def: &EventDef| match data {
            Ok(data) => rewrite(def, data.get()),
            Err(_) => Err(TriggerError::Internal { event: def.name().to_owned() }),
        });
        Self::new(core, room, Cow::Owned(event.to_owned()), encode)
    }

    fn new(core: &Arc<Core>, room: RoomId, event: Cow<'static, str>, encode: Encode) -> Self {
        Self { core: Arc::clone(core), room, event, encode, from: UserId::SYSTEM, meta: None }
    }

    /// Sets the sender. Default: [`UserId::SYSTEM`].
    pub fn from(mut self, user: impl Into<UserId>) -> Self {
        self.from = user.into();
        self
    }

    /// Sets metadata that is sent beside the payload, such as a trace id. It is not validated.
    pub fn meta(mut self, meta: impl Serialize) -> Self {
        self.meta = Some(to_raw_value(&meta));
        self
    }

    async fn run(self) -> Result<Receipt, TriggerError> {
        let Self { core, room, event, encode, from, meta } = self;
        let core = &core;
        let room = core.rooms.get(room.as_str()).ok_or(TriggerError::RoomNotFound(room))?;
        let def = room
            .profile
            .event(&event)
            .ok_or_else(|| TriggerError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_string() })?;
        let data = encode(&def)?;
        let meta = meta.transpose().map_err(|_| TriggerError::Internal { event: event.into_owned() })?;
        let draft = Draft { event: &def, data, from: &from, peer: None, meta: meta.map(Cow::Owned), id: None };
        publish(core, &room, draft, |_| {}).await
    }

    /// Publishes the event, and completes even if the caller drops the future, so that the after-each hooks run for
    /// every published event.
    async fn run_to_its_end(self) -> Result<Receipt, TriggerError> {
        let core = Arc::clone(&self.core);
        if core.hooks.wait_for_events() { core.to_its_end(self.run()).await } else { core.on_runtime(self.run()).await }
    }
}

/// Validates the event against its own rules and encodes it. If the room defines an event of this name with another
/// type, the event is validated against that type too.
fn checked<E: Event>(event: &E, def: &EventDef) -> Result<Box<RawValue>, TriggerError> {
    event.check().map_err(|invalid| TriggerError::Invalid { event: E::NAME.to_owned(), invalid })?;
    let data = event.to_json().map_err(|_| TriggerError::Internal { event: E::NAME.to_owned() })?;
    if def.is(TypeId::of::<E>()) { Ok(data) } else { rewrite(def, data.get()) }
}

impl IntoFuture for Trigger {
    type Output = Result<Receipt, TriggerError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run_to_its_end().boxed()
    }
}

impl fmt::Debug for Trigger {
    /// Without the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trigger")
            .field("event", &self.event)
            .field("room", &self.room)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}
