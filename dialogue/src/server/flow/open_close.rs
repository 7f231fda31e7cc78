//! Rooms that come and go: opened, created, closed, deleted, and who is told.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::error::{CreateRoomError, DeleteRoomError, OpenError};
use crate::event::{EventDef, is_reserved};
use crate::protocol::{RoomDeleted, name};
use crate::room::{NewRoom, RoomId, is_printable_name};

use crate::server::config::Config;
use crate::server::connection::{LiveRoom, Packet, Peer};
use crate::server::state::{ALL, Found, Member as _, NotCreated, NotDeleted, NotOpened, Profile};

use super::core::Core;
use super::history;
use super::hooks;

/// How many hooks run at once for the members of a room that is deleted.
const HOOKS_AT_ONCE: usize = 16;

/// The room of a family, opened by the server if it is not open.
pub(crate) async fn open(core: &Arc<Core>, id: RoomId) -> Result<Arc<LiveRoom>, OpenError> {
    let error = |error| match error {
        NotOpened::NotFound => OpenError::NoSuchFamily(id.clone()),
        // The server's own rooms take no client's quota.
        NotOpened::Limit { max } | NotOpened::OfUser { max } | NotOpened::OfAddress { max } => {
            OpenError::ServerFull { max }
        }
    };
    let (room, is_new) = match core.rooms.for_server(id.as_str()).map_err(error)? {
        Found::Open(room) => (room, false),
        Found::New(room) => core.rooms.add(&room).map_err(error)?,
    };
    if is_new {
        opened(core, &room, None).await;
    }
    Ok(room)
}

/// Creates a room of a kind of its own; `asker` hears of it in another way.
pub(crate) async fn create(
    core: &Arc<Core>,
    config: NewRoom,
    asker: Option<&Arc<Peer>>,
) -> Result<Arc<LiveRoom>, CreateRoomError> {
    check(&config, &core.config)?;
    let id = config.id.clone();
    let per_user = core.config.max_created_rooms_per_user;
    let room = core.rooms.create(Profile::created(config), per_user).map_err(|error| match error {
        NotCreated::Exists => CreateRoomError::Exists(id),
        NotCreated::OfFamily => CreateRoomError::OfFamily(id),
        NotCreated::Limit { max } => CreateRoomError::ServerFull { max },
        NotCreated::UserLimit { max } => CreateRoomError::TooManyRooms { max },
    })?;
    opened(core, &room, asker).await;
    Ok(room)
}

/// Whether a room can be like that.
pub(crate) fn check(config: &NewRoom, limits: &Config) -> Result<(), CreateRoomError> {
    let (id, max) = (config.id.as_str(), limits.max_name_bytes);
    if id.is_empty() || id.len() > max || id == ALL || is_reserved(id) || !is_printable_name(id) {
        return Err(CreateRoomError::Id { max });
    }
    let description = config.description.as_deref().unwrap_or_default();
    let is_printable = is_printable_name(&config.name) && is_printable_name(description);
    if config.name.trim().is_empty() || config.name.len() > max || description.len() > 4 * max || !is_printable {
        return Err(CreateRoomError::Name { max });
    }
    if config.max_size == Some(0) {
        return Err(CreateRoomError::NoSeats);
    }
    let names: Vec<&str> = config.events.iter().chain(&config.server_events).map(EventDef::name).collect();
    if names.is_empty() && !config.any_event {
        return Err(CreateRoomError::NoEvents(config.id.clone()));
    }
    // What the macros refuse at compile time; `*` as a name would be a subscription to every event.
    let is_event =
        |name: &str| !(name.is_empty() || name == ALL || is_reserved(name) || name.contains(char::is_control));
    if let Some(event) = names.iter().find(|name| !is_event(name)) {
        return Err(CreateRoomError::EventName { room: config.id.clone(), event: (*event).to_owned() });
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
pub(crate) async fn delete(core: &Arc<Core>, id: RoomId, asker: Option<&Arc<Peer>>) -> Result<(), DeleteRoomError> {
    let room = core.rooms.delete(id.as_str()).map_err(|error| match error {
        NotDeleted::NotFound => DeleteRoomError::RoomNotFound(id.clone()),
        NotDeleted::Declared => DeleteRoomError::Declared(id.clone()),
    })?;
    // Its last member may have closed it meanwhile.
    let members = room.close().ok_or(DeleteRoomError::RoomNotFound(id))?;
    for member in &members {
        member.memberships().lock().remove_closed(&room);
    }
    if !room.profile.is_announced() {
        tell(&members, &deleted(&room), asker).await;
    }
    stream::iter(members).for_each_concurrent(HOOKS_AT_ONCE, |member| left(core, member, &room)).await;
    closed(core, &room, asker).await;
    Ok(())
}

/// Tells everyone that a room has opened.
pub(crate) async fn opened(core: &Arc<Core>, room: &Arc<LiveRoom>, asker: Option<&Arc<Peer>>) {
    if room.profile.is_announced() {
        tell(&core.peers.all(), &Packet::event(name::ROOM_CREATED, &room.info()), asker).await;
    }
    hooks::run_all(core, "on_room_created", &core.hooks.on_room_created, room).await;
}

/// Puts a room away that has closed, and tells everyone.
pub(crate) async fn closed(core: &Arc<Core>, room: &Arc<LiveRoom>, asker: Option<&Arc<Peer>>) {
    core.rooms.forget(room);
    history::shed(core, room);
    if room.profile.is_announced() {
        tell(&core.peers.all(), &deleted(room), asker).await;
    }
    hooks::run_all(core, "on_room_deleted", &core.hooks.on_room_deleted, room).await;
}

/// Tells the application that a client has left.
pub(crate) async fn left(core: &Arc<Core>, peer: Arc<Peer>, room: &Arc<LiveRoom>) {
    hooks::run_all(core, "on_left", &core.hooks.on_left, &(peer, Arc::clone(room))).await;
}

fn deleted(room: &LiveRoom) -> Packet {
    Packet::event(name::ROOM_DELETED, &RoomDeleted { room_id: &room.profile.id })
}

async fn tell(peers: &[Arc<Peer>], packet: &Packet, except: Option<&Arc<Peer>>) {
    let is_excepted = |peer: &Arc<Peer>| except.is_some_and(|except| Arc::ptr_eq(except, peer));
    for peer in peers.iter().filter(|peer| !is_excepted(peer)) {
        peer.push(packet);
    }
    // Their writers need a turn, as after a fan-out.
    tokio::task::yield_now().await;
}
