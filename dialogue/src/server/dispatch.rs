//! One function per client frame, read top to bottom (protocol, "Client to server").

use std::sync::Arc;

use serde_json::value::RawValue;
use tracing::{Instrument as _, debug, debug_span};

use crate::error::TriggerError;
use crate::room::RoomId;
use crate::validation::depth;
use crate::wire::{self, ErrorBody, ErrorCode, Nothing, Request, RoomList, Triggered, name};

use super::client::Client;
use super::hooks;
use super::membership;
use super::publish::{Draft, publish, rewrite};
use super::queue::{Job, Queued};
use super::shared::Shared;

/// How deeply `meta` may nest.
const META_DEPTH: usize = 32;

/// Starts the task that does what the client asked for.
pub(crate) fn start(shared: &Arc<Shared>, client: &Client) {
    let (shared, client) = (Arc::clone(shared), client.clone());
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        while let Some(job) = client.queue().take() {
            run(&shared, &client, job).await;
        }
    });
}

/// Ends a client's queue: what it asked for before is done, then it is taken out of its rooms.
pub(crate) fn end(shared: &Arc<Shared>, client: &Client, reason: &'static str) {
    if client.queue().close(reason) == Queued::Idle {
        start(shared, client);
    }
}

async fn run(shared: &Arc<Shared>, client: &Client, job: Job) {
    match job {
        Job::Connected => connected(shared, client).await,
        Job::Request { frame, ack } => request(shared, client, &frame, ack).await,
        Job::TooLarge { ack } => too_large(shared, client, ack),
        Job::Disconnected { reason } => disconnected(shared, client, reason).await,
    }
}

async fn connected(shared: &Arc<Shared>, client: &Client) {
    shared.clients.insert(client);
    if shared.stopping.is_cancelled() {
        // The stop has not seen this client among the connected ones.
        return end(shared, client, "server stop");
    }
    client.greet();
    debug!(client = %client.id(), user = %client.user_id(), "connected");
    hooks::run_all("on_connected", shared.config.hook_timeout, &shared.hooks.on_connected, client).await;
}

/// The hook runs while the client is still in its rooms; then it is removed.
async fn disconnected(shared: &Arc<Shared>, client: &Client, reason: &'static str) {
    hooks::run_all("on_disconnected", shared.config.hook_timeout, &shared.hooks.on_disconnected, client).await;
    client.outbox().disconnect();
    membership::leave_all(shared, client).await;
    shared.clients.remove(client);
    debug!(client = %client.id(), user = %client.user_id(), reason, "disconnected");
}

fn too_large(shared: &Shared, client: &Client, ack: Option<i64>) {
    let message = format!("the request is too large: at most {} bytes", shared.config.request_bytes);
    client.refuse(ack, &ErrorBody::new(ErrorCode::InvalidRequest, message));
}

async fn request(shared: &Arc<Shared>, client: &Client, frame: &str, ack: Option<i64>) {
    let request = match Request::parse(frame) {
        Ok(request) => request,
        Err(message) => return client.refuse(ack, &ErrorBody::new(ErrorCode::InvalidRequest, message)),
    };
    if let Some(error) = too_long(&request, shared.config.name_bytes) {
        return client.refuse(ack, &error);
    }
    match request {
        Request::Trigger(request) => {
            let span = debug_span!("trigger", client = %client.id(), room = %request.room_id, event = %request.event);
            trigger(shared, client, ack, &request).instrument(span).await;
        }
        Request::Join(request) => join(shared, client, ack, request).await,
        Request::Leave(request) => leave(shared, client, ack, &request).await,
        Request::Subscribe(request) => subscribe(client, ack, &request.room_id, Some(&request.event_name)),
        Request::SubscribeAll(request) => subscribe(client, ack, &request.room_id, None),
        Request::Unsubscribe(request) => unsubscribe(client, ack, &request),
        Request::ListRooms => list_rooms(shared, client, ack),
        Request::CreateRoom(request) => create_room(client, ack, &request),
        Request::DeleteRoom(request) => delete_room(shared, client, ack, &request),
        Request::Unknown => {
            client.refuse(ack, &ErrorBody::new(ErrorCode::InvalidRequest, "this is no request of the protocol"));
        }
    }
}

/// `dialogue:trigger`.
async fn trigger(shared: &Arc<Shared>, client: &Client, ack: Option<i64>, request: &wire::Trigger<'_>) {
    let acknowledge = |receipt: super::Receipt| {
        client.answer(ack, None, &Triggered { timestamp: receipt.timestamp, offset: receipt.offset });
    };
    if let Err(error) = try_trigger(shared, client, request, acknowledge).await {
        let event = Some(&*request.event);
        client.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, event));
    }
}

async fn try_trigger(
    shared: &Arc<Shared>,
    client: &Client,
    request: &wire::Trigger<'_>,
    acknowledge: impl FnOnce(super::Receipt),
) -> Result<(), TriggerError> {
    let room = client.room(&request.room_id).ok_or_else(|| not_here(shared, &request.room_id))?;
    let event = room.profile.client_event(&request.event).ok_or_else(|| TriggerError::EventNotAllowed {
        room: room.profile.id.clone(),
        event: request.event.to_string(),
    })?;
    let data = rewrite(&event, request.data.map_or("null", RawValue::get))?;
    let draft = Draft { event: &event, data, from: client.user_id(), meta: request.meta, id: request.id.as_deref() };
    publish(shared, &room, draft, acknowledge).await?;
    Ok(())
}

/// The client has not joined the room, or nobody could.
fn not_here(shared: &Shared, room: &str) -> TriggerError {
    match shared.rooms.get(room) {
        Some(room) => TriggerError::NotInRoom(room.profile.id.clone()),
        None => TriggerError::RoomNotFound(RoomId::from(room)),
    }
}

/// `dialogue:join`.
async fn join(shared: &Shared, client: &Client, ack: Option<i64>, request: wire::Join<'_>) {
    let asked = request.subscriptions.as_ref().map_or(0, Vec::len);
    let max = shared.config.subscriptions_per_room;
    if asked > max {
        let message = format!("a client may have {max} subscriptions in a room: subscribe to fewer, or to all events");
        return client.refuse(ack, &about(ErrorBody::new(ErrorCode::RateLimited, message), &request.room_id, None));
    }
    if let Err(error) = membership::join(shared, client, &request.room_id, request.subscriptions, ack).await {
        client.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, None));
    }
}

/// `dialogue:leave`.
async fn leave(shared: &Shared, client: &Client, ack: Option<i64>, request: &wire::OfRoom<'_>) {
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
fn unsubscribe(client: &Client, ack: Option<i64>, request: &wire::OfEvent<'_>) {
    match membership::unsubscribe(client, &request.room_id, &request.event_name) {
        Ok(()) => client.answer(ack, None, &Nothing {}),
        Err(error) => {
            client.refuse(ack, &about(ErrorBody::from(&error), &request.room_id, Some(&request.event_name)));
        }
    }
}

/// `dialogue:listRooms`.
fn list_rooms(shared: &Shared, client: &Client, ack: Option<i64>) {
    let rooms: Vec<_> = shared.rooms.all().iter().map(|room| room.info()).collect();
    match ack {
        Some(_) => client.answer(ack, None, &RoomList { rooms: &rooms }),
        None => client.answer(None, Some(name::ROOMS), &rooms),
    }
}

/// `dialogue:createRoom`: off, as no template says what such a room may carry.
fn create_room(client: &Client, ack: Option<i64>, request: &wire::CreateRoom<'_>) {
    let error = ErrorBody::new(ErrorCode::PermissionDenied, "clients may not create rooms on this server");
    client.refuse(ack, &about(error, &request.id, None));
}

/// `dialogue:deleteRoom`: a room is deleted by the user who created it, and no user created one.
fn delete_room(shared: &Shared, client: &Client, ack: Option<i64>, request: &wire::OfRoom<'_>) {
    let error = match shared.rooms.get(&request.room_id) {
        Some(_) => ErrorBody::new(ErrorCode::PermissionDenied, "only the user who created a room may delete it"),
        None => ErrorBody::new(ErrorCode::RoomNotFound, format!("there is no room `{}`", request.room_id)),
    };
    client.refuse(ack, &about(error, &request.room_id, None));
}

fn about(mut error: ErrorBody, room: &str, event: Option<&str>) -> ErrorBody {
    error.room_id = Some(RoomId::from(room));
    error.event = event.map(ToOwned::to_owned);
    error
}

/// The refusal of a request with names that nobody could have given out; it does not repeat them.
fn too_long(request: &Request<'_>, max: usize) -> Option<ErrorBody> {
    let long = |name: &str| name.len() > max;
    let (name, meta) = match request {
        Request::Trigger(r) => (long(&r.room_id) || long(&r.event) || r.id.as_deref().is_some_and(long), r.meta),
        Request::Join(r) => (long(&r.room_id) || r.subscriptions.iter().flatten().any(|name| long(name)), None),
        Request::Subscribe(r) | Request::Unsubscribe(r) => (long(&r.room_id) || long(&r.event_name), None),
        Request::Leave(r) | Request::SubscribeAll(r) | Request::DeleteRoom(r) => (long(&r.room_id), None),
        Request::CreateRoom(r) => (long(&r.id), None),
        Request::ListRooms | Request::Unknown => (false, None),
    };
    let message = if name {
        format!("a room id, event name or message id has at most {max} bytes")
    } else if meta.is_some_and(|meta| depth(meta.get()) > META_DEPTH) {
        format!("`meta` nests at most {META_DEPTH} levels deep")
    } else {
        return None;
    };
    Some(ErrorBody::new(ErrorCode::InvalidRequest, message))
}
