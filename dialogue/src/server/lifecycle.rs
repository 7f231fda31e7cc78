//! Rooms that come and go: opened, created, closed, deleted, and who is told.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::error::{CreateRoomError, DeleteRoomError, OpenError};
use crate::event::{EventDef, is_reserved};
use crate::protocol::{RoomDeleted, name};
use crate::room::{NewRoom, RoomId};

use super::client::Client;
use super::config::Config;
use super::history;
use super::hooks;
use super::packet::Packet;
use super::room::Room;
use super::shared::Shared;
use super::state::{ALL, Found, LiveRoom, Member as _, NotCreated, NotDeleted, NotOpened, Profile};

/// How many hooks run at once for the members of a room that is deleted.
const HOOKS_AT_ONCE: usize = 16;

/// The room of a family, opened by the server if it is not open.
pub(crate) async fn open(shared: &Arc<Shared>, id: RoomId) -> Result<Arc<LiveRoom<Client>>, OpenError> {
    let error = |error| match error {
        NotOpened::NotFound => OpenError::NoSuchFamily(id.clone()),
        NotOpened::Limit { max } => OpenError::ServerFull { max },
    };
    let (room, is_new) = match shared.rooms.for_server(id.as_str()).map_err(error)? {
        Found::Open(room) => (room, false),
        Found::New(room) => shared.rooms.add(&room).map_err(error)?,
    };
    if is_new {
        opened(shared, &room, None).await;
    }
    Ok(room)
}

/// Creates a room of a kind of its own; `asker` hears of it in another way.
pub(crate) async fn create(
    shared: &Arc<Shared>,
    config: NewRoom,
    asker: Option<&Client>,
) -> Result<Arc<LiveRoom<Client>>, CreateRoomError> {
    check(&config, &shared.config)?;
    let id = config.id.clone();
    let per_user = shared.config.max_created_rooms_per_user;
    let room = shared.rooms.create(Profile::created(config), per_user).map_err(|error| match error {
        NotCreated::Exists => CreateRoomError::Exists(id),
        NotCreated::OfFamily => CreateRoomError::OfFamily(id),
        NotCreated::Limit { max } => CreateRoomError::ServerFull { max },
        NotCreated::UserLimit { max } => CreateRoomError::TooManyRooms { max },
    })?;
    opened(shared, &room, asker).await;
    Ok(room)
}

/// Whether a room can be like that.
pub(crate) fn check(config: &NewRoom, limits: &Config) -> Result<(), CreateRoomError> {
    let (id, max) = (config.id.as_str(), limits.max_name_bytes);
    if id.is_empty() || id.len() > max || id == ALL || is_reserved(id) || id.contains(char::is_control) {
        return Err(CreateRoomError::Id { max });
    }
    let description = config.description.as_deref().unwrap_or_default();
    if config.name.trim().is_empty() || config.name.len() > max || description.len() > 4 * max {
        return Err(CreateRoomError::Name { max });
    }
    if config.max_size == Some(0) {
        return Err(CreateRoomError::NoSeats);
    }
    let names: Vec<&str> = config.events.iter().chain(&config.server_events).map(EventDef::name).collect();
    if names.is_empty() && !config.any_event {
        return Err(CreateRoomError::NoEvents(config.id.clone()));
    }
    let mut seen = HashSet::new();
    if let Some(event) = names.iter().find(|name| !seen.insert(**name)) {
        return Err(CreateRoomError::DuplicateEvent { room: config.id.clone(), event: (*event).to_owned() });
    }
    let is_known = |name: &str| name == ALL || config.any_event || seen.contains(name);
    match config.default_subscriptions.iter().find(|name| !is_known(name)) {
        Some(event) => {
            Err(CreateRoomError::UnknownSubscription { room: config.id.clone(), event: event.clone().into_owned() })
        }
        None => Ok(()),
    }
}

/// Takes a room away, with everyone who is in it; `asker` hears of it in another way.
pub(crate) async fn delete(shared: &Arc<Shared>, id: RoomId, asker: Option<&Client>) -> Result<(), DeleteRoomError> {
    let room = shared.rooms.delete(id.as_str()).map_err(|error| match error {
        NotDeleted::NotFound => DeleteRoomError::RoomNotFound(id.clone()),
        NotDeleted::Declared => DeleteRoomError::Declared(id.clone()),
    })?;
    // Its last member may have closed it meanwhile.
    let members = room.close().ok_or(DeleteRoomError::RoomNotFound(id))?;
    for member in &members {
        member.memberships().lock().forget(&room);
    }
    if !room.profile.is_announced() {
        tell(&members, &deleted(&room), asker).await;
    }
    stream::iter(members).for_each_concurrent(HOOKS_AT_ONCE, |member| left(shared, member, &room)).await;
    closed(shared, &room, asker).await;
    Ok(())
}

/// Tells everyone that a room has opened.
pub(crate) async fn opened(shared: &Arc<Shared>, room: &Arc<LiveRoom<Client>>, asker: Option<&Client>) {
    if room.profile.is_announced() {
        tell(&shared.clients.all(), &Packet::event(name::ROOM_CREATED, &room.info()), asker).await;
    }
    let handle = Room::new(shared, Arc::clone(room));
    let hooks = &shared.hooks.on_room_created;
    hooks::run_all("on_room_created", shared.config.hook_timeout, hooks, &handle).await;
}

/// Puts a room away that has closed, and tells everyone.
pub(crate) async fn closed(shared: &Arc<Shared>, room: &Arc<LiveRoom<Client>>, asker: Option<&Client>) {
    shared.rooms.forget(room);
    history::shed(shared, room);
    if room.profile.is_announced() {
        tell(&shared.clients.all(), &deleted(room), asker).await;
    }
    let handle = Room::new(shared, Arc::clone(room));
    let hooks = &shared.hooks.on_room_deleted;
    hooks::run_all("on_room_deleted", shared.config.hook_timeout, hooks, &handle).await;
}

/// Tells the application that a client has left.
pub(crate) async fn left(shared: &Arc<Shared>, client: Client, room: &Arc<LiveRoom<Client>>) {
    let left = (client, Room::new(shared, Arc::clone(room)));
    hooks::run_all("on_left", shared.config.hook_timeout, &shared.hooks.on_left, &left).await;
}

fn deleted(room: &LiveRoom<Client>) -> Packet {
    Packet::event(name::ROOM_DELETED, &RoomDeleted { room_id: &room.profile.id })
}

async fn tell(clients: &[Client], packet: &Packet, except: Option<&Client>) {
    for client in clients.iter().filter(|client| Some(*client) != except) {
        client.push(packet);
    }
    // Their writers need a turn, as after a fan-out.
    tokio::task::yield_now().await;
}
