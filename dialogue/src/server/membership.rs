//! Joining, leaving and subscribing: the same for a client's request and for the server's own call.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::{JoinError, LeaveError, SubscribeError};
use crate::event::Event;
use crate::room::{Carries, Room, RoomId};
use crate::wire::{Joined, Left, name};

use super::client::Client;
use super::hooks;
use super::shared::Shared;
use super::state::{self, Admitted, NotAdmitted, NotOpened, Wanted};

impl Client {
    /// Joins a room on the client's behalf, with the same effects as its own join: the room's default subscriptions,
    /// and `dialogue:joined` (protocol, "Where the base documents contradict themselves").
    ///
    /// Joining a room that it is in already changes nothing.
    ///
    /// # Errors
    ///
    /// [`JoinError`] when there is no such room or no seat, or the client has gone.
    pub async fn join(&self, room: impl Room) -> Result<(), JoinError> {
        let shared = self.shared().ok_or(JoinError::Disconnected)?;
        join(&shared, self, room.id().as_str(), None, None).await
    }

    /// Leaves a room on the client's behalf; the client is sent `dialogue:left`.
    ///
    /// # Errors
    ///
    /// [`LeaveError`] when it is not in it.
    pub async fn leave(&self, room: impl Room) -> Result<(), LeaveError> {
        let id = room.id();
        let shared = self.shared().ok_or_else(|| LeaveError::NotInRoom(id.clone()))?;
        leave(&shared, self, id.as_str(), None).await
    }

    /// Subscribes the client to the event `E` of a room.
    ///
    /// ```
    /// # use dialogue::{Client, SubscribeError};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Typing;
    /// # dialogue::rooms! { pub General { events: [Typing] } }
    /// fn hear_typing(client: &Client) -> Result<(), SubscribeError> {
    ///     client.subscribe::<Typing>(General)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room, or the room does not carry the event.
    pub fn subscribe<E: Event>(&self, room: impl Carries<E>) -> Result<(), SubscribeError> {
        subscribe(self, room.id().as_str(), E::NAME)
    }

    /// Subscribes the client to every event of a room, also to those that it gains later.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room.
    pub fn subscribe_all(&self, room: impl Room) -> Result<(), SubscribeError> {
        subscribe(self, room.id().as_str(), state::ALL)
    }

    /// Ends the client's subscription to the event `E` of a room. A subscription to all events stays.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room.
    pub fn unsubscribe<E: Event>(&self, room: impl Carries<E>) -> Result<(), SubscribeError> {
        unsubscribe(self, room.id().as_str(), E::NAME)
    }

    /// The names of the events that the client hears in a room, in alphabetical order; `*` is all of them. Empty when
    /// it is not in the room.
    pub fn subscriptions(&self, room: impl Room) -> Vec<String> {
        let heard = self.room(room.id().as_str()).and_then(|room| room.subscriptions(self.id()));
        heard.unwrap_or_default().iter().map(ToString::to_string).collect()
    }
}

/// Tells the application that a client has left.
async fn left_hooks(shared: &Shared, client: &Client, room: RoomId) {
    let limit = shared.config.hook_timeout;
    hooks::run_all("on_left", limit, &shared.hooks.on_left, &(client.clone(), room)).await;
}

/// Takes a seat for the client, answers it, and tells the application. `subscriptions` replaces the room's default ones.
pub(crate) async fn join(
    shared: &Shared,
    client: &Client,
    id: &str,
    subscriptions: Option<Vec<Cow<'_, str>>>,
    ack: Option<i64>,
) -> Result<(), JoinError> {
    if let Some(room) = admit(shared, client, id, subscriptions.as_deref(), ack)? {
        let limit = shared.config.hook_timeout;
        hooks::run_all("on_joined", limit, &shared.hooks.on_joined, &(client.clone(), room)).await;
    }
    Ok(())
}

/// The room that the client has come into; `None` when it sat there already.
fn admit(
    shared: &Shared,
    client: &Client,
    id: &str,
    subscriptions: Option<&[Cow<'_, str>]>,
    ack: Option<i64>,
) -> Result<Option<RoomId>, JoinError> {
    let max = shared.config.rooms_per_client;
    // Before a room is opened for a client that may not come in anyway.
    if !client.memberships().lock().has_place_for(id, max) {
        return Err(JoinError::TooManyRooms { max });
    }
    loop {
        let room = shared.rooms.for_join(id).map_err(|error| not_opened(error, id))?;
        let wanted = wanted(&room, subscriptions)?;
        let welcome = |admitted: &Admitted| client.answer(ack, Some(name::JOINED), &joined(&room, admitted));
        match seat(shared, client, &room, wanted, welcome) {
            // It closed between the two lines above: there is or will be another of this id.
            Err(Refused::Closed) => shared.rooms.forget(&room),
            Err(Refused::For(error)) => {
                shared.rooms.close_if_empty(&room);
                return Err(error);
            }
            Ok(new) => return Ok(new.then(|| room.profile.id.clone())),
        }
    }
}

enum Refused {
    Closed,
    For(JoinError),
}

/// The seat in the room and the entry among the client's rooms, as one step: a client that vanishes meanwhile is
/// either not admitted or found in both.
fn seat(
    shared: &Shared,
    client: &Client,
    room: &Arc<state::Room<Client>>,
    wanted: Wanted,
    welcome: impl FnOnce(&Admitted),
) -> Result<bool, Refused> {
    let mut memberships = client.memberships().lock();
    if memberships.gone {
        return Err(Refused::For(JoinError::Disconnected));
    }
    let id = &room.profile.id;
    let max = shared.config.rooms_per_client;
    if !memberships.has_place_for(id.as_str(), max) {
        return Err(Refused::For(JoinError::TooManyRooms { max }));
    }
    match room.join(client, wanted, welcome) {
        Ok(admitted) => {
            memberships.rooms.insert(id.clone(), Arc::clone(room));
            Ok(!admitted.again)
        }
        Err(NotAdmitted::Closed) => Err(Refused::Closed),
        Err(NotAdmitted::Full { max_size }) => Err(Refused::For(JoinError::RoomFull { room: id.clone(), max_size })),
    }
}

fn not_opened(error: NotOpened, id: &str) -> JoinError {
    match error {
        NotOpened::NotFound => JoinError::RoomNotFound(RoomId::from(id)),
        NotOpened::Limit { max } => JoinError::ServerFull { max },
    }
}

fn wanted(room: &state::Room<Client>, subscriptions: Option<&[Cow<'_, str>]>) -> Result<Wanted, JoinError> {
    let Some(names) = subscriptions else {
        return Ok(room.profile.default_subscriptions().iter().map(|name| Arc::from(*name)).collect());
    };
    if let Some(event) = names.iter().find(|name| !room.profile.carries(name)) {
        return Err(JoinError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_string() });
    }
    Ok(names.iter().map(|name| Arc::from(&**name)).collect())
}

fn joined<'a>(room: &'a state::Room<Client>, admitted: &'a Admitted) -> Joined<'a> {
    Joined {
        room_id: &room.profile.id,
        room_name: &room.profile.name,
        epoch: &room.epoch,
        offset: admitted.offset,
        resumed: false,
        subscriptions: admitted.subscriptions.iter().map(|name| &**name).collect(),
    }
}

/// Gives the client's seat back, answers it, and tells the application.
pub(crate) async fn leave(shared: &Shared, client: &Client, id: &str, ack: Option<i64>) -> Result<(), LeaveError> {
    let room = {
        let mut memberships = client.memberships().lock();
        let room = memberships.rooms.remove(id).ok_or_else(|| LeaveError::NotInRoom(RoomId::from(id)))?;
        room.leave(client.id());
        room
    };
    forget_closed(shared, &room);
    client.answer(ack, Some(name::LEFT), &Left { room_id: &room.profile.id });
    left_hooks(shared, client, room.profile.id.clone()).await;
    Ok(())
}

/// Takes a client that has gone out of all its rooms, for good, and tells the application.
pub(crate) async fn leave_all(shared: &Shared, client: &Client) {
    let rooms = {
        let mut memberships = client.memberships().lock();
        memberships.gone = true;
        let rooms = std::mem::take(&mut memberships.rooms);
        for room in rooms.values() {
            room.leave(client.id());
        }
        rooms
    };
    for room in rooms.values() {
        forget_closed(shared, room);
    }
    for room in rooms.into_keys() {
        left_hooks(shared, client, room).await;
    }
}

fn forget_closed(shared: &Shared, room: &Arc<state::Room<Client>>) {
    if room.is_closed() {
        shared.rooms.forget(room);
    }
}

/// Adds `event` to what the client hears in the room.
pub(crate) fn subscribe(client: &Client, id: &str, event: &str) -> Result<(), SubscribeError> {
    let not_in_room = || SubscribeError::NotInRoom(RoomId::from(id));
    let room = client.room(id).ok_or_else(not_in_room)?;
    if !room.profile.carries(event) {
        return Err(SubscribeError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_owned() });
    }
    let max = client.shared().map_or(usize::MAX, |shared| shared.config.subscriptions_per_room);
    let added = room.resubscribe(client.id(), |wanted| {
        let room_left = wanted.len() < max || wanted.contains(event);
        if room_left {
            wanted.insert(Arc::from(event));
        }
        room_left
    });
    match added {
        Some(true) => Ok(()),
        Some(false) => Err(SubscribeError::TooMany { max }),
        None => Err(not_in_room()),
    }
}

/// Takes `event` from what the client hears in the room.
pub(crate) fn unsubscribe(client: &Client, id: &str, event: &str) -> Result<(), SubscribeError> {
    client
        .room(id)
        .and_then(|room| room.resubscribe(client.id(), |wanted| drop(wanted.take(event))))
        .ok_or_else(|| SubscribeError::NotInRoom(RoomId::from(id)))
}
