//! Opening, creating, closing and deleting rooms, and notifying clients.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::error::{CreateRoomError, DeleteRoomError, OpenError};
use crate::event::{EventDef, is_reserved};
use crate::room::{NewRoom, RoomId, is_printable_name};

use crate::server::config::Config;
use crate::server::connection::{LiveRoom, Peer};
use crate::server::state::{ALL, Found, NotCreated, NotDeleted, NotOpened, Profile};

use super::announcements::announce;
use super::core::Core;
use super::history;
use super::hooks;

/// Maximum number of concurrent hooks for the members of a deleted room.
const HOOKS_AT_ONCE: usize = 16;

/// Returns the room of a family, and opens it if it is not open.
pub(crate) async fn open(core: &Arc<Core>, id: RoomId) -> Result<Arc<LiveRoom>, OpenError> {
    let error = |error| match error {
        NotOpened::NotFound => OpenError::NoSuchFamily(id.clone()),
        // Rooms that the server opens do not count towards a client's quota.
        NotOpened::Limit { max } | NotOpened::OfUser { max } | NotOpened::OfAddress { max } => {
            OpenError::ServerFull { max }
        }
    };
    let (room, is_new) = match core.rooms.for_server(id.as_str()).map_err(error)? {
        Found::Open(room) => (room, false),
        Found::New(room) => core.rooms.add(&room, |change| announce(core, change, None)).map_err(error)?,
    };
    if is_new {
        opened(core, &room).await;
    }
    Ok(room)
}

/// Creates a room that no table declares. `asker` is notified in another way.
pub(crate) async fn create(
    core: &Arc<Core>,
    config: NewRoom,
    asker: Option<&Arc<Peer>>,
) -> Result<Arc<LiveRoom>, CreateRoomError> {
    check(&config, &core.config)?;
    let id = config.id.clone();
    let per_user = core.config.max_created_rooms_per_user;
    let room = core.rooms.create(Profile::created(config), per_user, |change| announce(core, change, asker)).map_err(
        |error| match error {
            NotCreated::Exists => CreateRoomError::Exists(id),
            NotCreated::OfFamily => CreateRoomError::OfFamily(id),
            NotCreated::Limit { max } => CreateRoomError::ServerFull { max },
            NotCreated::UserLimit { max } => CreateRoomError::TooManyRooms { max },
        },
    )?;
    opened(core, &room).await;
    Ok(room)
}

/// Checks the configuration of a room.
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
    // The macros refuse the same at compile time. `*` as a name would be a subscription to every event.
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

/// Deletes a room and removes its members. `asker` is notified in another way.
pub(crate) async fn delete(core: &Arc<Core>, id: RoomId, asker: Option<&Arc<Peer>>) -> Result<(), DeleteRoomError> {
    let deleted = core.rooms.delete(id.as_str(), |change| announce(core, change, asker));
    let (room, members) = deleted.map_err(|error| match error {
        NotDeleted::NotFound => DeleteRoomError::RoomNotFound(id),
        NotDeleted::Declared => DeleteRoomError::Declared(id),
    })?;
    for member in &members {
        member.memberships().lock().remove_closed(&room);
    }
    // All clients are notified before any hook runs.
    core.announcements.until_open(&room).await;
    stream::iter(members).for_each_concurrent(HOOKS_AT_ONCE, |member| left(core, member, &room)).await;
    closed(core, &room).await;
    Ok(())
}

/// Frees the id of a room that has closed, and announces it.
pub(super) fn free(core: &Arc<Core>, room: &Arc<LiveRoom>) {
    core.rooms.forget(room, |change| announce(core, change, None));
}

/// Calls the hooks of an opened room, after the clients have been notified.
pub(super) async fn opened(core: &Arc<Core>, room: &Arc<LiveRoom>) {
    core.announcements.until_open(room).await;
    hooks::run_all(core, "on_room_created", &core.hooks.on_room_created, room).await;
}

/// Disposes of a room whose id was freed, and calls the hooks after the clients have been notified.
pub(super) async fn closed(core: &Arc<Core>, room: &Arc<LiveRoom>) {
    history::shed(core, room);
    core.announcements.until_open(room).await;
    hooks::run_all(core, "on_room_deleted", &core.hooks.on_room_deleted, room).await;
}

/// Calls the hooks for a client that has left.
pub(super) async fn left(core: &Arc<Core>, peer: Arc<Peer>, room: &Arc<LiveRoom>) {
    hooks::run_all(core, "on_left", &core.hooks.on_left, &(peer, Arc::clone(room))).await;
}
