//! One function per request of a client, read top to bottom.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;
use tracing::{Instrument as _, debug, debug_span};

use crate::error::{CreateRoomError, DeleteRoomError, Denied, RenewError, SubscribeError, TriggerError, millis};
use crate::event::EventDef;
use crate::protocol::{
    self, Deleted, ErrorBody, ErrorCode, NoRequest, Nothing, Renewed, Request, RoomList, Triggered, name,
};
use crate::room::{RoomId, TriggerBy, is_printable_name};
use crate::server::connection::{Ending, Exceeded, LiveRoom, Peer, Unread, take, unix_millis};
use crate::server::flow::hooks::{self, Proposal, Refusal};
use crate::server::flow::join::{self, JoinRequest};
use crate::server::flow::publish::{Draft, Receipt, publish, rewrite};
use crate::server::flow::{Core, Full, Seen, leave, open_close, subscribe};
use crate::server::state::ALL;
use crate::validation::{Readable, depth};

use super::{admission, history};

/// Maximum nesting depth of `meta`.
const META_DEPTH: usize = 32;

/// Answers an event that was rejected.
pub(crate) fn unread(core: &Core, peer: &Arc<Peer>, why: Unread, ack: Option<i64>) {
    let message = match why {
        Unread::TooLarge => format!("the request is too large: at most {} bytes", core.config.max_request_bytes),
        Unread::Binary => {
            "binary attachments are not supported: send JSON, with bytes as base64 in a string".to_owned()
        }
    };
    peer.refuse(ack, &ErrorBody::new(ErrorCode::InvalidRequest, message));
}

/// Handles a request.
pub(crate) async fn request(core: &Arc<Core>, peer: &Arc<Peer>, frame: &str, ack: Option<i64>) {
    let request = Request::parse(frame);
    if let Err(exceeded) = within_request_rate(core, peer, request.as_ref().ok()) {
        return peer.refuse(ack, &limited("sends requests", &exceeded));
    }
    let request = match request {
        Ok(request) => request,
        Err(NoRequest::Fields(message)) => {
            return peer.refuse(ack, &ErrorBody::new(ErrorCode::InvalidRequest, message));
        }
        Err(NoRequest::Trailing) => {
            debug!("disconnected: text follows the JSON of a frame");
            return peer.outbox().close(Ending::Malformed);
        }
    };
    if let Some(error) = unfit(&request, core.config.max_name_bytes) {
        return match &request {
            Request::Leave(_) | Request::Subscribe(_) | Request::SubscribeAll(_) | Request::Unsubscribe(_) => {
                refuse_acknowledged(peer, ack, &error);
            }
            Request::GetHistory(request) => history::refuse(peer, ack, request, &error),
            _ => peer.refuse(ack, &error),
        };
    }
    let span = span(&request);
    handle(core, peer, request, ack).instrument(span).await;
}

/// The log fields of a request: the names, quoted because clients choose them, and nothing of the payload.
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

async fn handle(core: &Arc<Core>, peer: &Arc<Peer>, request: Request<'_>, ack: Option<i64>) {
    if matches!(request, Request::Join(_) | Request::GetHistory(_) | Request::ListRooms) {
        // The answer may be large, or a replay follows. Wait until the client has read earlier answers. A client that
        // does not read is disconnected.
        peer.drained().await;
    }
    if matches!(request, Request::GetHistory(_) | Request::ListRooms) && !peer.outbox().is_connected() {
        // Thousands of requests may wait. Their answers are useless if the client has disconnected.
        return;
    }
    match request {
        Request::Trigger(request) => trigger(core, peer, ack, &request).await,
        Request::Join(request) => Box::pin(join(core, peer, ack, request)).await,
        Request::Leave(request) => Box::pin(leave(core, peer, ack, &request)).await,
        Request::Subscribe(request) => subscribe(core, peer, ack, &request.room_id, Some(&request.event_name)),
        Request::SubscribeAll(request) => subscribe(core, peer, ack, &request.room_id, None),
        Request::Unsubscribe(request) => unsubscribe(peer, ack, &request),
        Request::GetHistory(request) => Box::pin(history::get_history(core, peer, ack, &request)).await,
        Request::ListRooms => list_rooms(core, peer, ack),
        Request::CreateRoom(request) => Box::pin(create_room(core, peer, ack, &request)).await,
        Request::DeleteRoom(request) => Box::pin(delete_room(core, peer, ack, &request)).await,
        Request::Renew(request) => Box::pin(renew(core, peer, ack, &request)).await,
        Request::Unknown => {
            peer.refuse(ack, &ErrorBody::new(ErrorCode::InvalidRequest, "this is no request of the protocol"));
        }
    }
}

/// `dialogue:trigger`.
async fn trigger(core: &Arc<Core>, peer: &Arc<Peer>, ack: Option<i64>, request: &protocol::Trigger<'_>) {
    if let Err(error) = try_trigger(core, peer, request, ack).await {
        let event = Some(&*request.event);
        peer.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, event));
    }
}

async fn try_trigger(
    core: &Arc<Core>,
    peer: &Arc<Peer>,
    request: &protocol::Trigger<'_>,
    ack: Option<i64>,
) -> Result<(), TriggerError> {
    let room = room_to_trigger_in(core, peer, &request.room_id)?;
    // Clients of the base library may send an empty id, which means no id.
    let id = request.id.as_deref().filter(|id| !id.is_empty());
    let event = room.profile.client_event(&request.event).ok_or_else(|| TriggerError::NotForClients {
        room: room.profile.id.clone(),
        event: request.event.to_string(),
    })?;
    let publish = async || {
        within_rate(core, peer, &event)?;
        let data = rewrite(&event, request.data.map_or("null", RawValue::get))?;
        let draft = Draft {
            event: &event,
            data,
            from: peer.user_id(),
            peer: Some(peer),
            meta: request.meta.map(Cow::Borrowed),
            id,
        };
        publish(core, &room, draft, |receipt| peer.answer(ack, None, &triggered(receipt))).await
    };
    let Some(id) = id else { return publish().await.map(drop) };
    let place = match core.dedup.look_up(peer.user_id(), &room.epoch, id) {
        Ok(Seen::Open(place)) => place,
        Ok(Seen::Published(answer)) => {
            peer.answer(ack, None, &answer);
            return Ok(());
        }
        Err(Full { max, retry_after }) => return Err(TriggerError::TooManyMessageIds { max, retry_after }),
    };
    let mut is_first = false;
    // Boxed, because otherwise the task of every client would be as large as if it sent ids.
    let first = Box::pin(async {
        is_first = true;
        publish().await.map(triggered)
    });
    // A duplicate that arrives in the meantime waits here. It is published if publishing the first one fails.
    let answer = *place.answer.get_or_try_init(|| first).await?;
    if !is_first {
        peer.answer(ack, None, &answer);
    }
    Ok(())
}

fn triggered(receipt: Receipt) -> Triggered {
    Triggered { timestamp: receipt.timestamp, offset: receipt.offset }
}

/// Checks the rate of all events, and the event's own rate.
fn within_rate(core: &Core, peer: &Arc<Peer>, event: &EventDef) -> Result<(), TriggerError> {
    if core.config.trigger_rate.is_none() && event.rate_limit().is_none() {
        return Ok(());
    }
    let (mut limits, now) = (peer.limits().lock(), core.clock());
    let limited = |what, Exceeded { rate, retry_after }| TriggerError::RateLimited { what, rate, retry_after };
    let events = take(&mut limits.triggers, core.config.trigger_rate, now);
    events.map_err(|exceeded| limited("events".to_owned(), exceeded))?;
    limits.take_event(event, now).map_err(|exceeded| limited(format!("`{}`", event.name()), exceeded))
}

/// The room, if the client is a member or the room accepts events of non-members. This never opens a room of a family.
fn room_to_trigger_in(core: &Core, peer: &Peer, id: &str) -> Result<Arc<LiveRoom>, TriggerError> {
    if let Some(room) = peer.room(id) {
        return Ok(room);
    }
    let room = core.rooms.get(id).ok_or_else(|| TriggerError::RoomNotFound(RoomId::from(id)))?;
    match room.profile.trigger {
        TriggerBy::Anyone => Ok(room),
        TriggerBy::Members => Err(TriggerError::NotInRoom(room.profile.id.clone())),
    }
}

/// `dialogue:join`.
async fn join(core: &Arc<Core>, peer: &Arc<Peer>, ack: Option<i64>, request: protocol::Join<'_>) {
    let asked = JoinRequest { subscriptions: request.subscriptions, resume: request.resume, ack };
    if let Err(error) = join::ask_to_join(core, peer, &request.room_id, asked).await {
        peer.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, None));
    }
}

/// `dialogue:leave`.
async fn leave(core: &Arc<Core>, peer: &Arc<Peer>, ack: Option<i64>, request: &protocol::OfRoom<'_>) {
    if let Err(error) = leave::leave(core, peer, &request.room_id, ack).await {
        refuse_acknowledged(peer, ack, &about(ErrorBody::from(&error), &request.room_id, None));
    }
}

/// Handles `dialogue:subscribe`, and `dialogue:subscribeAll`, which names no event.
fn subscribe(core: &Core, peer: &Arc<Peer>, ack: Option<i64>, room: &str, event: Option<&str>) {
    let max = core.config.max_subscriptions_per_room;
    match subscribe::subscribe(peer, room, event.unwrap_or(ALL), max) {
        Ok(()) => peer.answer(ack, None, &Nothing {}),
        Err(error) => {
            let body = about(ErrorBody::from(&error), room, event);
            match error {
                // This error is the only sign that the limit is reached, so classic clients receive it too.
                SubscribeError::TooMany { .. } => peer.refuse(ack, &body),
                _ => refuse_acknowledged(peer, ack, &body),
            }
        }
    }
}

/// `dialogue:unsubscribe`.
fn unsubscribe(peer: &Arc<Peer>, ack: Option<i64>, request: &protocol::OfEvent<'_>) {
    match subscribe::unsubscribe(peer, &request.room_id, &request.event_name) {
        Ok(()) => peer.answer(ack, None, &Nothing {}),
        Err(error) => {
            let body = about(ErrorBody::from(&error), &request.room_id, Some(&request.event_name));
            refuse_acknowledged(peer, ack, &body);
        }
    }
}

/// Refuses a request if it has an acknowledgement. A classic client receives no error: it sends `leave` and `subscribe`
/// for rooms that it was in before a reconnect, and would take any `dialogue:error` for the failure of a pending join.
fn refuse_acknowledged(peer: &Arc<Peer>, ack: Option<i64>, error: &ErrorBody) {
    if ack.is_some() {
        peer.refuse(ack, error);
    } else {
        debug!(code = %error.code, "a request without an acknowledgement had no effect");
    }
}

/// `dialogue:listRooms`.
fn list_rooms(core: &Core, peer: &Arc<Peer>, ack: Option<i64>) {
    let taken = take(&mut peer.limits().lock().lists, core.config.list_rate, core.clock());
    if let Err(exceeded) = taken {
        return peer.refuse(ack, &limited("lists rooms", &exceeded));
    }
    let rooms: Vec<_> = core.rooms.first(core.config.max_listed_rooms).iter().map(|room| room.info()).collect();
    match ack {
        Some(_) => peer.answer(ack, None, &RoomList { rooms: &rooms }),
        None => peer.answer(None, Some(name::ROOMS), &rooms),
    }
}

/// Handles `dialogue:createRoom`. The requesting client is notified like every client, or by the acknowledgement.
async fn create_room(core: &Arc<Core>, peer: &Arc<Peer>, ack: Option<i64>, request: &protocol::CreateRoom<'_>) {
    match try_create(core, peer, ack, request).await {
        Ok(room) => peer.answer(ack, None, &room),
        Err(error) => peer.refuse(ack, &about(ErrorBody::from(&error), &request.id, None)),
    }
}

async fn try_create(
    core: &Arc<Core>,
    peer: &Arc<Peer>,
    ack: Option<i64>,
    request: &protocol::CreateRoom<'_>,
) -> Result<crate::room::RoomInfo, CreateRoomError> {
    let Some(hook) = &core.hooks.before_create else {
        return Err(CreateRoomError::Denied(Denied::because("clients may not create rooms on this server")));
    };
    let proposal = Proposal {
        peer: Arc::clone(peer),
        id: RoomId::from(&*request.id),
        name: request.name.to_string(),
        description: request.description.as_ref().map(ToString::to_string),
        max_size: request.max_size,
    };
    within_create_rate(core, peer)
        .map_err(|Exceeded { rate, retry_after }| CreateRoomError::RateLimited { rate, retry_after })?;
    // Names that no room can have are refused before the hook is called.
    open_close::check(&proposal.config().any_event(), &core.config)?;
    if core.rooms.get(&request.id).is_some() {
        return Err(CreateRoomError::Exists(proposal.id));
    }
    let id = proposal.id.clone();
    let asked = hooks::ask(core, "before_create", hook, proposal).await;
    let config = asked.map_err(|refusal| match refusal {
        Refusal::Denied(denied) => CreateRoomError::Denied(denied),
        Refusal::Failed => CreateRoomError::Internal(id),
    })?;
    let room = open_close::create(core, config, ack.map(|_| peer)).await?;
    Ok(room.info())
}

/// Handles `dialogue:deleteRoom`. The requesting client is notified like every client, or by the acknowledgement.
async fn delete_room(core: &Arc<Core>, peer: &Arc<Peer>, ack: Option<i64>, request: &protocol::OfRoom<'_>) {
    match try_delete(core, peer, ack, &request.room_id).await {
        Ok(room_id) => peer.answer(ack, None, &Deleted { room_id: &room_id }),
        Err(error) => peer.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, None)),
    }
}

async fn try_delete(core: &Arc<Core>, peer: &Arc<Peer>, ack: Option<i64>, id: &str) -> Result<RoomId, DeleteRoomError> {
    within_create_rate(core, peer)
        .map_err(|Exceeded { rate, retry_after }| DeleteRoomError::RateLimited { rate, retry_after })?;
    let room = core.rooms.get(id).ok_or_else(|| DeleteRoomError::RoomNotFound(RoomId::from(id)))?;
    if room.profile.created_by.as_ref() != Some(peer.user_id()) {
        return Err(DeleteRoomError::NotCreator);
    }
    let id = room.profile.id.clone();
    open_close::delete(core, id.clone(), ack.map(|_| peer)).await?;
    Ok(id)
}

/// Checks the rates of changes that are announced to every client: per user and per address.
fn within_create_rate(core: &Core, peer: &Arc<Peer>) -> Result<(), Exceeded> {
    core.creation_rate.take(peer, &core.config, core.clock())
}

/// `dialogue:renew`.
async fn renew(core: &Arc<Core>, peer: &Arc<Peer>, ack: Option<i64>, request: &protocol::Renew<'_>) {
    let taken = take(&mut peer.limits().lock().renewals, core.config.renew_rate, core.clock());
    let renewed = match taken {
        Ok(()) => admission::renew(core, peer, &request.token).await,
        Err(Exceeded { rate, retry_after }) => Err(RenewError::RateLimited { rate, retry_after }),
    };
    match renewed {
        Ok(moment) => peer.answer(ack, None, &Renewed { expires_at: moment.map(unix_millis) }),
        Err(error) => peer.refuse(ack, &ErrorBody::from(&error)),
    }
}

/// Whether the request counts towards the rate. Triggers have their own rates. A `leave` or `unsubscribe` is never
/// refused: it releases what a join or a subscription took, and those have been counted.
fn within_request_rate(core: &Core, peer: &Peer, request: Option<&Request<'_>>) -> Result<(), Exceeded> {
    match request {
        Some(Request::Trigger(_) | Request::Leave(_) | Request::Unsubscribe(_)) => Ok(()),
        _ => take(&mut peer.limits().lock().requests, core.config.request_rate, core.clock()),
    }
}

fn limited(what: &str, Exceeded { rate, retry_after }: &Exceeded) -> ErrorBody {
    let message = format!("the client {what} too often (limit: {rate}); try again in {} ms", millis(retry_after));
    ErrorBody::new(ErrorCode::RateLimited, message).retry_after(Some(*retry_after))
}

pub(super) fn about(mut error: ErrorBody, room: &str, event: Option<&str>) -> ErrorBody {
    error.room_id = Some(RoomId::from(room));
    error.event = event.map(ToOwned::to_owned);
    error
}

/// The refusal of a request with invalid names, or with a `meta` that other clients could not parse. It repeats
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
    } else if has_unprintable(request) {
        "an event name or message id has no control or invisible characters".to_owned()
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

/// Whether the request contains a name that looks like another one. Room ids need no check here, because no room has
/// such an id.
fn has_unprintable(request: &Request<'_>) -> bool {
    let unprintable = |name: &str| !is_printable_name(name);
    match request {
        Request::Trigger(r) => unprintable(&r.event) || r.id.as_deref().is_some_and(unprintable),
        Request::Join(r) => r.subscriptions.iter().flatten().any(|name| unprintable(name)),
        Request::Subscribe(r) => unprintable(&r.event_name),
        _ => false,
    }
}
