//! From a payload that has been checked to everyone who hears it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::error::TriggerError;
use crate::event::EventDef;
use crate::room::UserId;
use crate::wire::{Envelope, name};

use super::client::Client;
use super::handlers::RawMessage;
use super::outbox::Packet;
use super::shared::{Shared, now};
use super::state::{Published, Room};

/// A fan-out of this size is a turn of its own.
const LARGE_FAN_OUT: usize = 4096;

/// An event that may be published.
pub(crate) struct Draft<'a> {
    pub(crate) event: &'a EventDef,
    pub(crate) data: Box<RawValue>,
    pub(crate) from: &'a UserId,
    pub(crate) meta: Option<&'a RawValue>,
    pub(crate) id: Option<&'a str>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// When it was published, in Unix milliseconds.
    pub timestamp: u64,
    /// Its place in the room's order, when its type keeps history.
    pub offset: Option<u64>,
    /// How many clients it was sent to.
    pub recipients: usize,
}

/// What goes out for a client's payload.
pub(crate) fn rewrite(event: &EventDef, json: &str) -> Result<Box<RawValue>, TriggerError> {
    // The rules and the serde impls are user code.
    match catch_unwind(AssertUnwindSafe(|| event.rewrite(json))) {
        Ok(Ok(data)) => Ok(data),
        Ok(Err(invalid)) => Err(TriggerError::Invalid { event: event.name().to_owned(), invalid }),
        Err(_panic) => {
            tracing::error!(event = event.name(), "decoding or checking the event panicked");
            Err(TriggerError::Internal { event: event.name().to_owned() })
        }
    }
}

/// Gives the event its place in the room and sends it to everyone who hears it; `acknowledge` runs while it does.
pub(crate) async fn publish(
    shared: &Shared,
    room: &Room<Client>,
    draft: Draft<'_>,
    acknowledge: impl FnOnce(Receipt),
) -> Result<Receipt, TriggerError> {
    let (id, event) = (&room.profile.id, draft.event.name());
    let places = shared.handlers.places(id, event, shared.config.hook_timeout).await;
    let places = places.ok_or_else(|| TriggerError::Overloaded { event: event.to_owned() })?;
    let timestamp = now();
    let mut envelope = Envelope {
        event,
        room_id: id,
        data: &draft.data,
        from: draft.from,
        timestamp,
        meta: draft.meta,
        id: draft.id,
        offset: None,
    };
    let encode = |offset| {
        envelope.offset = offset;
        let mut packet = Packet::event(name::EVENT, &envelope);
        packet.volatile = draft.event.is_volatile();
        packet
    };
    let receipt_of = |Published { offset, recipients }| Receipt { timestamp, offset, recipients };
    let published = room.publish(draft.event, encode, |published| {
        let receipt = receipt_of(published);
        if !places.is_empty() {
            let message = Arc::new(message(room, &draft, receipt));
            for place in places {
                place.send(Arc::clone(&message));
            }
        }
        acknowledge(receipt);
    });
    let receipt = receipt_of(published);
    // The writers of the connections need their turns, or their queues would fill up in a loop of triggers. Not after
    // each event, though: what is written together costs one system call.
    if receipt.recipients >= LARGE_FAN_OUT {
        tokio::task::yield_now().await;
    } else {
        tokio::task::coop::consume_budget().await;
    }
    Ok(receipt)
}

/// The event as the handlers get it.
fn message(room: &Room<Client>, draft: &Draft<'_>, receipt: Receipt) -> RawMessage {
    RawMessage {
        event: draft.event.name().to_owned(),
        room: room.profile.id.clone(),
        data: draft.data.clone(),
        from: draft.from.clone(),
        timestamp: receipt.timestamp,
        meta: draft.meta.map(ToOwned::to_owned),
        id: draft.id.map(ToOwned::to_owned),
        offset: receipt.offset,
    }
}
