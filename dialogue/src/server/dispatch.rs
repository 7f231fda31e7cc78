//! One function per client frame, read top to bottom (protocol, "Client to server").

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;
use tracing::{Instrument as _, debug_span};

use crate::error::{CreateRoomError, DeleteRoomError, Denied, HistoryError, TriggerError};
use crate::event::EventDef;
use crate::protocol::{
    self, ErrorBody, ErrorCode, HistoryResponse, Nothing, Renewed, Request, RoomDeleted, RoomList, Triggered, name,
};
use crate::room::RoomId;
use crate::validation::{Readable, depth};

use super::client::Client;
use super::history::{self, Part};
use super::hooks::{self, No};
use super::identity::unix_millis;
use super::join::{self, Wish};
use super::lifecycle;
use super::limits::{Exceeded, take};
use super::membership;
use super::new_room::RoomProposal;
use super::packet::Packet;
use super::publish::{Draft, Receipt, publish, rewrite};
use super::session;
use super::shared::Shared;

/// How deeply `meta` may nest.
const META_DEPTH: usize = 32;

/// How many events a request for history answers with that does not say (reference, Client API 4.8).
const HISTORY_EVENTS: usize = 50;

/// A request that was not kept.
pub(crate) fn too_large(shared: &Shared, client: &Client, ack: Option<i64>) {
    let message = format!("the request is too large: at most {} bytes", shared.config.max_request_bytes);
    client.refuse(ack, &ErrorBody::new(ErrorCode::InvalidRequest, message));
}

/// Does what a client asks for.
pub(crate) async fn request(shared: &Arc<Shared>, client: &Client, frame: &str, ack: Option<i64>) {
    let request = match Request::parse(frame) {
        Ok(request) => request,
        Err(message) => return client.refuse(ack, &ErrorBody::new(ErrorCode::InvalidRequest, message)),
    };
    if let Some(error) = unfit(&request, shared.config.max_name_bytes) {
        return client.refuse(ack, &error);
    }
    let span = span(&request);
    obey(shared, client, request, ack).instrument(span).await;
}

/// What the log says of a request: the names, quoted as clients make them up, and nothing of the payload.
fn span(request: &Request<'_>) -> tracing::Span {
    match request {
        Request::Trigger(r) => debug_span!("trigger", room = ?r.room_id, event = ?r.event),
        Request::Join(r) => debug_span!("join", room = ?r.room_id),
        Request::Leave(r) => debug_span!("leave", room = ?r.room_id),
        Request::Subscribe(r) => debug_span!("subscribe", room = ?r.room_id, event = ?r.event_name),
        Request::SubscribeAll(r) => debug_span!("subscribe", room = ?r.room_id, event = "*"),
        Request::Unsubscribe(r) => debug_span!("unsubscribe", room = ?r.room_id, event = ?r.event_name),
        Request::GetHistory(r) => debug_span!("history", room = ?r.room_id, event = ?r.event_name),
        Request::CreateRoom(r) => debug_span!("create_room", room = ?r.id),
        Request::DeleteRoom(r) => debug_span!("delete_room", room = ?r.room_id),
        Request::ListRooms => debug_span!("list_rooms"),
        Request::Renew(_) => debug_span!("renew"),
        Request::Unknown => debug_span!("unknown"),
    }
}

async fn obey(shared: &Arc<Shared>, client: &Client, request: Request<'_>, ack: Option<i64>) {
    if matches!(request, Request::Join(_) | Request::GetHistory(_) | Request::ListRooms) {
        // Its answer may be large, or a replay follows: it waits until the client has read the others, or is cut off for
        // not doing so.
        client.drained().await;
    }
    match request {
        Request::Trigger(request) => trigger(shared, client, ack, &request).await,
        Request::Join(request) => Box::pin(join(shared, client, ack, request)).await,
        Request::Leave(request) => Box::pin(leave(shared, client, ack, &request)).await,
        Request::Subscribe(request) => subscribe(client, ack, &request.room_id, Some(&request.event_name)),
        Request::SubscribeAll(request) => subscribe(client, ack, &request.room_id, None),
        Request::Unsubscribe(request) => unsubscribe(client, ack, &request),
        Request::GetHistory(request) => Box::pin(get_history(shared, client, ack, &request)).await,
        Request::ListRooms => list_rooms(shared, client, ack),
        Request::CreateRoom(request) => Box::pin(create_room(shared, client, ack, &request)).await,
        Request::DeleteRoom(request) => Box::pin(delete_room(shared, client, ack, &request)).await,
        Request::Renew(request) => Box::pin(renew(shared, client, ack, &request)).await,
        Request::Unknown => {
            client.refuse(ack, &ErrorBody::new(ErrorCode::InvalidRequest, "this is no request of the protocol"));
        }
    }
}

/// `dialogue:trigger`.
async fn trigger(shared: &Arc<Shared>, client: &Client, ack: Option<i64>, request: &protocol::Trigger<'_>) {
    if let Err(error) = try_trigger(shared, client, request, ack).await {
        let event = Some(&*request.event);
        client.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, event));
    }
}

async fn try_trigger(
    shared: &Arc<Shared>,
    client: &Client,
    request: &protocol::Trigger<'_>,
    ack: Option<i64>,
) -> Result<(), TriggerError> {
    let room = client.room(&request.room_id).ok_or_else(|| not_here(shared, &request.room_id))?;
    let event = room.profile.client_event(&request.event).ok_or_else(|| TriggerError::EventNotAllowed {
        room: room.profile.id.clone(),
        event: request.event.to_string(),
    })?;
    let publish = async || {
        within_rate(shared, client, &event)?;
        let data = rewrite(&event, request.data.map_or("null", RawValue::get))?;
        let draft = Draft {
            event: &event,
            data,
            from: client.user_id(),
            client: Some(client),
            meta: request.meta.map(Cow::Borrowed),
            id: request.id.as_deref(),
        };
        publish(shared, &room, draft, |receipt| client.answer(ack, None, &triggered(receipt))).await
    };
    let Some(id) = request.id.as_deref() else { return publish().await.map(drop) };
    let place = shared.dedup.answer(client.user_id(), &room.epoch, id, shared.clock());
    let mut is_first = false;
    // Boxed, or the task of every client would be as large as if it sent ids.
    let first = Box::pin(async {
        is_first = true;
        publish().await.map(triggered)
    });
    // Who sends the same again meanwhile waits here, and publishes it after all if the first could not be.
    let answer = place.get_or_try_init(|| first).await.inspect_err(|_| {
        shared.dedup.refused(client.user_id(), &room.epoch, id);
    });
    let answer = *answer?;
    if !is_first {
        client.answer(ack, None, &answer);
    }
    Ok(())
}

fn triggered(receipt: Receipt) -> Triggered {
    Triggered { timestamp: receipt.timestamp, offset: receipt.offset }
}

/// The rate of all events, and the event's own.
fn within_rate(shared: &Shared, client: &Client, event: &EventDef) -> Result<(), TriggerError> {
    if shared.config.trigger_rate.is_none() && event.rate_limit().is_none() {
        return Ok(());
    }
    let (mut limits, now) = (client.limits().lock(), shared.clock());
    let limited = |what, Exceeded { rate, retry_after }| TriggerError::RateLimited { what, rate, retry_after };
    let events = take(&mut limits.triggers, shared.config.trigger_rate, now);
    events.map_err(|exceeded| limited("events".to_owned(), exceeded))?;
    limits.take_event(event, now).map_err(|exceeded| limited(format!("`{}`", event.name()), exceeded))
}

/// The client has not joined the room, or nobody could.
fn not_here(shared: &Shared, room: &str) -> TriggerError {
    match shared.rooms.get(room) {
        Some(room) => TriggerError::NotInRoom(room.profile.id.clone()),
        None => TriggerError::RoomNotFound(RoomId::from(room)),
    }
}

/// `dialogue:join`.
async fn join(shared: &Arc<Shared>, client: &Client, ack: Option<i64>, request: protocol::Join<'_>) {
    let wish = Wish { subscriptions: request.subscriptions, resume: request.resume, ack };
    if let Err(error) = join::ask_to_join(shared, client, &request.room_id, wish).await {
        client.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, None));
    }
}

/// `dialogue:leave`.
async fn leave(shared: &Arc<Shared>, client: &Client, ack: Option<i64>, request: &protocol::OfRoom<'_>) {
    if let Err(error) = membership::leave(shared, client, &request.room_id, ack).await {
        client.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, None));
    }
}

/// `dialogue:subscribe`, and `dialogue:subscribeAll` without an event.
fn subscribe(client: &Client, ack: Option<i64>, room: &str, event: Option<&str>) {
    match membership::subscribe(client, room, event.unwrap_or(super::state::ALL)) {
        Ok(()) => client.answer(ack, None, &Nothing {}),
        Err(error) => client.refuse(ack, &about(ErrorBody::from(&error), room, event)),
    }
}

/// `dialogue:unsubscribe`.
fn unsubscribe(client: &Client, ack: Option<i64>, request: &protocol::OfEvent<'_>) {
    match membership::unsubscribe(client, &request.room_id, &request.event_name) {
        Ok(()) => client.answer(ack, None, &Nothing {}),
        Err(error) => {
            client.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, Some(&request.event_name)));
        }
    }
}

/// `dialogue:getHistory`.
async fn get_history(shared: &Arc<Shared>, client: &Client, ack: Option<i64>, request: &protocol::GetHistory<'_>) {
    let start = request.start.unwrap_or(0);
    let end = request.end.unwrap_or_else(|| start.saturating_add(HISTORY_EVENTS));
    match try_history(shared, client, request, start, end).await {
        Ok(events) => {
            let (room_id, event_name) = (RoomId::from(&*request.room_id), &*request.event_name);
            let answer = HistoryResponse { room_id: &room_id, event_name, events: &events, start, end };
            client.answer(ack, Some(name::HISTORY_RESPONSE), &answer);
        }
        Err(error) => {
            client.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, Some(&request.event_name)));
        }
    }
}

async fn try_history(
    shared: &Arc<Shared>,
    client: &Client,
    request: &protocol::GetHistory<'_>,
    start: usize,
    end: usize,
) -> Result<Box<RawValue>, HistoryError> {
    let room = client.room(&request.room_id).ok_or_else(|| match shared.rooms.get(&request.room_id) {
        Some(room) => HistoryError::NotInRoom(room.profile.id.clone()),
        None => HistoryError::RoomNotFound(RoomId::from(&*request.room_id)),
    })?;
    let taken = take(&mut client.limits().lock().history, shared.config.history_rate, shared.clock());
    taken.map_err(|Exceeded { rate, retry_after }| HistoryError::RateLimited { rate, retry_after })?;
    let part = match request.before {
        Some(_) if end < start => return Err(HistoryError::Range { max: shared.config.max_history_page }),
        Some(offset) => Part::Before { offset, count: end - start },
        None => Part::Newest { start, end },
    };
    let events = history::page(shared, &room, &request.event_name, part).await?;
    Ok(envelopes(&events, shared.config.max_history_page_bytes))
}

/// The envelopes of the first events that fit, at least one, as a JSON list.
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

/// `dialogue:listRooms`.
fn list_rooms(shared: &Shared, client: &Client, ack: Option<i64>) {
    let rooms: Vec<_> = shared.rooms.first(shared.config.max_listed_rooms).iter().map(|room| room.info()).collect();
    match ack {
        Some(_) => client.answer(ack, None, &RoomList { rooms: &rooms }),
        None => client.answer(None, Some(name::ROOMS), &rooms),
    }
}

/// `dialogue:createRoom`. Whoever asked is told like everyone, or by the acknowledgement.
async fn create_room(shared: &Arc<Shared>, client: &Client, ack: Option<i64>, request: &protocol::CreateRoom<'_>) {
    match try_create(shared, client, ack, request).await {
        Ok(room) => client.answer(ack, None, &room),
        Err(error) => client.refuse(ack, &about(ErrorBody::from(&error), &request.id, None)),
    }
}

async fn try_create(
    shared: &Arc<Shared>,
    client: &Client,
    ack: Option<i64>,
    request: &protocol::CreateRoom<'_>,
) -> Result<crate::room::RoomInfo, CreateRoomError> {
    let Some(hook) = &shared.hooks.before_create else {
        return Err(CreateRoomError::Denied(Denied::because("clients may not create rooms on this server")));
    };
    let wish = RoomProposal {
        client: client.clone(),
        id: RoomId::from(&*request.id),
        name: request.name.to_string(),
        description: request.description.as_ref().map(ToString::to_string),
        max_size: request.max_size,
    };
    within_create_rate(shared, client)
        .map_err(|Exceeded { rate, retry_after }| CreateRoomError::RateLimited { rate, retry_after })?;
    // Before the application is asked: what no room can be.
    lifecycle::check(&wish.config().any_event(), &shared.config)?;
    if shared.rooms.get(&request.id).is_some() {
        return Err(CreateRoomError::Exists(wish.id));
    }
    let id = wish.id.clone();
    let asked = hooks::ask("before_create", shared.config.hook_timeout, hook, wish).await;
    let config = asked.map_err(|no| match no {
        No::Denied(denied) => CreateRoomError::Denied(denied),
        No::Failed => CreateRoomError::Internal(id),
    })?;
    let room = lifecycle::create(shared, config, ack.map(|_| client)).await?;
    Ok(room.info())
}

/// `dialogue:deleteRoom`. Whoever asked is told like everyone, or by the acknowledgement.
async fn delete_room(shared: &Arc<Shared>, client: &Client, ack: Option<i64>, request: &protocol::OfRoom<'_>) {
    match try_delete(shared, client, ack, &request.room_id).await {
        Ok(room_id) => client.answer(ack, None, &RoomDeleted { room_id: &room_id }),
        Err(error) => client.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, None)),
    }
}

async fn try_delete(
    shared: &Arc<Shared>,
    client: &Client,
    ack: Option<i64>,
    id: &str,
) -> Result<RoomId, DeleteRoomError> {
    within_create_rate(shared, client)
        .map_err(|Exceeded { rate, retry_after }| DeleteRoomError::RateLimited { rate, retry_after })?;
    let room = shared.rooms.get(id).ok_or_else(|| DeleteRoomError::RoomNotFound(RoomId::from(id)))?;
    if room.profile.created_by.as_ref() != Some(client.user_id()) {
        return Err(DeleteRoomError::NotCreator);
    }
    let id = room.profile.id.clone();
    lifecycle::delete(shared, id.clone(), ack.map(|_| client)).await?;
    Ok(id)
}

/// What is told to everyone, one client may do only so often.
fn within_create_rate(shared: &Shared, client: &Client) -> Result<(), Exceeded> {
    take(&mut client.limits().lock().creations, shared.config.create_rate, shared.clock())
}

/// `dialogue:renew`.
async fn renew(shared: &Shared, client: &Client, ack: Option<i64>, request: &protocol::Renew<'_>) {
    match session::renew(shared, client, &request.token).await {
        Ok(moment) => client.answer(ack, None, &Renewed { expires_at: moment.map(unix_millis) }),
        Err(error) => client.refuse(ack, &ErrorBody::from(&error)),
    }
}

fn about(mut error: ErrorBody, room: &str, event: Option<&str>) -> ErrorBody {
    error.room_id = Some(RoomId::from(room));
    error.event = event.map(ToOwned::to_owned);
    error
}

/// The refusal of a request with names that nobody could have given out, or with a `meta` that others could not take; it repeats
/// neither.
fn unfit(request: &Request<'_>, max: usize) -> Option<ErrorBody> {
    let long = |name: &str| name.len() > max;
    let (name, meta) = match request {
        Request::Trigger(r) => (long(&r.room_id) || long(&r.event) || r.id.as_deref().is_some_and(long), r.meta),
        Request::Join(r) => {
            let epoch = r.resume.as_ref().is_some_and(|resume| long(&resume.epoch));
            (epoch || long(&r.room_id) || r.subscriptions.iter().flatten().any(|name| long(name)), None)
        }
        Request::Subscribe(r) | Request::Unsubscribe(r) => (long(&r.room_id) || long(&r.event_name), None),
        Request::Leave(r) | Request::SubscribeAll(r) | Request::DeleteRoom(r) => (long(&r.room_id), None),
        Request::GetHistory(r) => (long(&r.room_id) || long(&r.event_name), None),
        Request::CreateRoom(r) => (long(&r.id), None),
        Request::ListRooms | Request::Renew(_) | Request::Unknown => (false, None),
    };
    let message = if name {
        format!("a room id, event name or message id has at most {max} bytes")
    } else if meta.is_some_and(|meta| !meta.get().starts_with('{')) {
        "`meta` is an object".to_owned()
    } else if meta.is_some_and(|meta| depth(meta.get()) > META_DEPTH) {
        format!("`meta` nests at most {META_DEPTH} levels deep")
    } else if meta.is_some_and(|meta| serde_json::from_str::<Readable>(meta.get()).is_err()) {
        "`meta` is not JSON that can be read: its texts are Unicode, and its numbers in range".to_owned()
    } else {
        return None;
    };
    Some(ErrorBody::new(ErrorCode::InvalidRequest, message))
}
