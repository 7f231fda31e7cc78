//! Publishing an event: from a validated payload to all subscribers.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;
use tracing::error;

use crate::error::TriggerError;
use crate::event::EventDef;
use crate::protocol::Envelope;
use crate::room::{TriggerBy, UserId};
use crate::server::connection::{LiveRoom, Packet, Peer};
use crate::server::state;
use crate::validation::Shape;

use super::core::{Core, now};
use super::guard::caught;
use super::history;
use super::hooks::{self, Filter, Pending, Published, Refusal};
use super::listeners::RawMessage;

/// After a fan-out of this size the task yields.
const LARGE_FAN_OUT: usize = 4096;

/// Approximate size of an envelope without the texts in it.
const ENVELOPE_BYTES: usize = 120;

/// An event that may be published.
pub(crate) struct Draft<'a> {
    pub(crate) event: &'a EventDef,
    pub(crate) data: Box<RawValue>,
    pub(crate) from: &'a UserId,
    /// The client that triggers it, if one does.
    pub(crate) peer: Option<&'a Arc<Peer>>,
    pub(crate) meta: Option<Cow<'a, RawValue>>,
    pub(crate) id: Option<&'a str>,
}

/// The result of publishing an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// When it was published, in Unix milliseconds.
    pub timestamp: u64,
    /// The position of the event in the room's history, if its type keeps history.
    pub offset: Option<u64>,
    /// The number of clients that the event was sent to.
    pub recipients: usize,
}

/// Returns the payload to publish for a client's payload.
pub(crate) fn rewrite(event: &EventDef, json: &str) -> Result<Box<RawValue>, TriggerError> {
    Shape::depth(json).map_err(|invalid| TriggerError::Invalid { event: event.name().to_owned(), invalid })?;
    // The rules and the serde impls are user code.
    match caught(|| event.rewrite(json)) {
        Ok(Ok(data)) => Ok(data),
        Ok(Err(invalid)) => Err(TriggerError::Invalid { event: event.name().to_owned(), invalid }),
        Err(()) => {
            error!(event = event.name(), "decoding or checking the event panicked");
            Err(TriggerError::Internal { event: event.name().to_owned() })
        }
    }
}

/// Calls the before-each hooks, assigns the event its position in the room, sends it to all subscribers, and calls the
/// after-each hooks. `acknowledge` runs while the room is locked.
pub(crate) async fn publish(
    core: &Arc<Core>,
    room: &Arc<LiveRoom>,
    mut draft: Draft<'_>,
    acknowledge: impl FnOnce(Receipt),
) -> Result<Receipt, TriggerError> {
    let before = core.hooks.before_each(&room.profile.id, draft.event.name());
    if !before.is_empty() {
        ask(core, room, &mut draft, &before).await?;
    }
    let (receipt, message) = deliver(core, room, &draft, acknowledge).await?;
    if let Some(message) = message {
        follow(core, room, draft.peer, message, receipt.recipients).await;
    }
    // Yield to the writers of the connections, because their queues would fill up in a loop of triggers. Do not yield
    // after each event, because packets that are written together cost one system call.
    if receipt.recipients >= LARGE_FAN_OUT {
        tokio::task::yield_now().await;
    } else {
        tokio::task::coop::consume_budget().await;
    }
    Ok(receipt)
}

/// Lets the before-each hooks change the event or refuse it.
async fn ask(
    core: &Arc<Core>,
    room: &Arc<LiveRoom>,
    draft: &mut Draft<'_>,
    before: &[Filter],
) -> Result<(), TriggerError> {
    let event = draft.event.name();
    let mut pending = Pending {
        room: Arc::clone(room),
        peer: draft.peer.cloned(),
        event: event.to_owned(),
        from: draft.from.clone(),
        id: draft.id.map(ToOwned::to_owned),
        data: std::mem::take(&mut draft.data),
        meta: draft.meta.take().map(Cow::into_owned),
        changed: false,
    };
    for hook in before {
        pending = match hooks::ask(core, "before_each", hook, pending).await {
            Ok(pending) => pending,
            Err(Refusal::Denied(denied)) => return Err(TriggerError::Rejected { event: event.to_owned(), denied }),
            Err(Refusal::Failed) => return Err(TriggerError::Internal { event: event.to_owned() }),
        };
    }
    draft.data = if pending.changed { rewrite(draft.event, pending.data.get())? } else { pending.data };
    draft.meta = pending.meta.map(Cow::Owned);
    Ok(())
}

/// Assigns the event its position in the room and sends it. Returns the message for hooks and handlers.
async fn deliver(
    core: &Arc<Core>,
    room: &Arc<LiveRoom>,
    draft: &Draft<'_>,
    acknowledge: impl FnOnce(Receipt),
) -> Result<(Receipt, Option<Arc<RawMessage>>), TriggerError> {
    let (id, event) = (&room.profile.id, draft.event.name());
    let places = core.listeners.places(id, event, core.config.hook_timeout).await;
    let places = places.ok_or_else(|| TriggerError::Overloaded { event: event.to_owned() })?;
    let timestamp = now();
    let mut envelope = Envelope {
        event,
        room_id: id,
        data: &draft.data,
        from: draft.from,
        timestamp,
        meta: draft.meta.as_deref(),
        id: draft.id,
        offset: None,
    };
    let encode = |offset: Option<u64>| {
        envelope.offset = offset;
        let bytes = envelope_bytes(&envelope);
        let mut packet = match offset {
            Some(_) => Packet::to_remember(&envelope, bytes),
            None => Packet::of_room(&envelope, bytes),
        };
        packet.volatile = draft.event.is_volatile();
        packet
    };
    let receipt_of = |state::Published { offset, recipients, .. }| Receipt { timestamp, offset, recipients };
    let mut message = None;
    // Hooks may have run for a long time. A sender that was removed meanwhile may not publish where only members may.
    let member = draft.peer.filter(|_| room.profile.trigger == TriggerBy::Members).map(|peer| peer.id());
    let published = room.publish(draft.event, member, core.retention.evict(room), timestamp, encode, |published| {
        let receipt = receipt_of(published);
        if core.hooks.follow_events() || !places.is_empty() {
            let raw = message.insert(Arc::new(raw_message(room, draft, receipt)));
            for place in places {
                place.send(Arc::clone(raw));
            }
        }
        acknowledge(receipt);
    });
    let published = published.map_err(|error| match error {
        state::NotPublished::Closed => TriggerError::RoomNotFound(id.clone()),
        state::NotPublished::NotMember => TriggerError::NotInRoom(id.clone()),
    })?;
    if published.offset.is_some() {
        history::recorded(core, room, published.change);
    }
    Ok((receipt_of(published), message.filter(|_| core.hooks.follow_events())))
}

fn envelope_bytes(envelope: &Envelope<'_>) -> usize {
    let names = envelope.event.len() + envelope.room_id.as_str().len() + envelope.from.as_str().len();
    let extras = envelope.meta.map_or(0, |meta| meta.get().len()) + envelope.id.map_or(0, str::len);
    ENVELOPE_BYTES + names + extras + envelope.data.get().len()
}

/// Calls the hooks that run after every published event.
async fn follow(
    core: &Arc<Core>,
    room: &Arc<LiveRoom>,
    peer: Option<&Arc<Peer>>,
    message: Arc<RawMessage>,
    recipients: usize,
) {
    if !core.hooks.on_triggered.is_empty() {
        let triggered = (Arc::clone(room), message.untyped());
        hooks::run_all(core, "on_triggered", &core.hooks.on_triggered, &triggered).await;
    }
    let published = Published { room: Arc::clone(room), peer: peer.cloned(), message, recipients };
    hooks::run_all(core, "after_each", &core.hooks.after_each, &published).await;
}

/// Returns the event in the form that handlers receive.
fn raw_message(room: &LiveRoom, draft: &Draft<'_>, receipt: Receipt) -> RawMessage {
    RawMessage {
        event: draft.event.name().to_owned(),
        room: room.profile.id.clone(),
        data: draft.data.clone(),
        from: draft.from.clone(),
        timestamp: receipt.timestamp,
        meta: draft.meta.as_deref().map(ToOwned::to_owned),
        id: draft.id.map(ToOwned::to_owned),
        offset: receipt.offset,
    }
}
