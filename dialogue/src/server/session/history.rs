//! `dialogue:getHistory`.

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::error::HistoryError;
use crate::protocol::{self, Bound, ErrorBody, ErrorCode, GetHistory, HistoryResponse, name};
use crate::room::RoomId;
use crate::server::connection::{Exceeded, Packet, Peer, take};
use crate::server::flow::Core;
use crate::server::flow::history::{Part, page};

use super::dispatch::about;

/// The number of events in the answer to a history request that sets no count.
const HISTORY_EVENTS: usize = 50;

/// Handles `dialogue:getHistory`. Classic clients receive the nearest valid range to the requested one. Other clients
/// receive an error if the range is invalid.
pub(super) async fn get_history(core: &Arc<Core>, peer: &Arc<Peer>, ack: Option<i64>, request: &GetHistory<'_>) {
    let bounds = [request.start, request.end, request.before];
    if ack.is_some() && !bounds.into_iter().flatten().all(Bound::is_whole) {
        return peer.refuse(ack, &ErrorBody::new(ErrorCode::InvalidRequest, protocol::mistyped(name::GET_HISTORY)));
    }
    let (start, end) = match range(request) {
        asked if ack.is_some() => asked,
        (start, end) => (start, end.clamp(start, start.saturating_add(core.config.max_history_page))),
    };
    match try_history(core, peer, request, start, end).await {
        Ok(events) => {
            let (room_id, event_name) = (RoomId::from(&*request.room_id), &*request.event_name);
            let answer = HistoryResponse { room_id: &room_id, event_name, events: &events, start, end };
            peer.answer(ack, Some(name::HISTORY_RESPONSE), &answer);
        }
        Err(error) => {
            let body = about(ErrorBody::from(&error), &request.room_id, Some(&request.event_name));
            refuse(peer, ack, request, &body);
        }
    }
}

/// Refuses a request for history. A classic client waits for `dialogue:historyResponse` and handles no error, so it
/// receives both: first the error, and then an answer without events.
pub(super) fn refuse(peer: &Arc<Peer>, ack: Option<i64>, request: &GetHistory<'_>, error: &ErrorBody) {
    peer.refuse(ack, error);
    if ack.is_none() {
        let (start, _) = range(request);
        let (room_id, event_name) = (RoomId::from(&*request.room_id), &*request.event_name);
        let answer = HistoryResponse { room_id: &room_id, event_name, events: &envelopes(&[], 0), start, end: start };
        peer.answer(None, Some(name::HISTORY_RESPONSE), &answer);
    }
}

/// The requested range.
fn range(request: &GetHistory<'_>) -> (usize, usize) {
    let index = |bound: Option<Bound>| {
        let number = bound.and_then(Bound::nearest)?;
        Some(usize::try_from(number).unwrap_or(usize::MAX))
    };
    let start = index(request.start).unwrap_or(0);
    (start, index(request.end).unwrap_or_else(|| start.saturating_add(HISTORY_EVENTS)))
}

async fn try_history(
    core: &Arc<Core>,
    peer: &Arc<Peer>,
    request: &GetHistory<'_>,
    start: usize,
    end: usize,
) -> Result<Box<RawValue>, HistoryError> {
    let room = peer.room(&request.room_id).ok_or_else(|| match core.rooms.get(&request.room_id) {
        Some(room) => HistoryError::NotInRoom(room.profile.id.clone()),
        None => HistoryError::RoomNotFound(RoomId::from(&*request.room_id)),
    })?;
    let taken = take(&mut peer.limits().lock().history, core.config.history_rate, core.clock());
    taken.map_err(|Exceeded { rate, retry_after }| HistoryError::RateLimited { rate, retry_after })?;
    let part = match request.before.and_then(Bound::nearest) {
        Some(_) if end < start => return Err(HistoryError::Range { max: core.config.max_history_page }),
        Some(offset) => Part::Before { offset, count: end - start },
        None => Part::Newest { start, end },
    };
    let events = page(core, &room, &request.event_name, part).await?;
    Ok(envelopes(&events, core.config.max_history_page_bytes))
}

/// The envelopes of the first events that fit, and at least one, as a JSON list.
fn envelopes(events: &[Packet], bytes: usize) -> Box<RawValue> {
    let mut list = String::from("[");
    for event in events.iter().map(Packet::envelope) {
        if list.len() > 1 {
            if list.len() + event.len() > bytes {
                break;
            }
            list.push(',');
        }
        list.push_str(event);
    }
    list.push(']');
    RawValue::from_string(list).expect("envelopes are JSON")
}
