//! Leaving rooms, subscribing, and the calls with which the server does the same for a client; joining has its own file.

use std::sync::Arc;

use crate::error::{JoinError, LeaveError, SubscribeError};
use crate::event::Event;
use crate::protocol::{self, name};
use crate::room::{Carries, RoomId, RoomRef};

use super::client::Client;
use super::join::{self, Wish};
use super::lifecycle;
use super::shared::Shared;
use super::state::{self, Left};

impl Client {
    /// Joins a room on the client's behalf, with the same effects as its own join: the room's default subscriptions,
    /// `dialogue:joined`, and the history that the room sends to those who join; only the before-join hook is not asked
    /// (protocol, "Where the base documents contradict themselves").
    ///
    /// Joining a room that it is in already changes nothing.
    ///
    /// # Errors
    ///
    /// [`JoinError`] when there is no such room or no seat, or the client has gone.
    pub async fn join(&self, room: impl RoomRef) -> Result<(), JoinError> {
        let shared = self.shared().ok_or(JoinError::Disconnected)?;
        let (id, client, server) = (room.id(), self.clone(), Arc::clone(&shared));
        shared.to_its_end(async move { join::join(&server, &client, id.as_str(), Wish::default()).await }).await
    }

    /// Leaves a room on the client's behalf; the client is sent `dialogue:left`.
    ///
    /// # Errors
    ///
    /// [`LeaveError`] when it is not in it.
    pub async fn leave(&self, room: impl RoomRef) -> Result<(), LeaveError> {
        let id = room.id();
        let shared = self.shared().ok_or_else(|| LeaveError::NotInRoom(id.clone()))?;
        let (client, server) = (self.clone(), Arc::clone(&shared));
        shared.to_its_end(async move { leave(&server, &client, id.as_str(), None).await }).await
    }

    /// Subscribes the client to the event `E` of a room.
    ///
    /// ```
    /// # use dialogue::{error::SubscribeError, Client};
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

    /// Subscribes the client to an event of a room that is known by its name only.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room, or the room does not carry the event.
    pub fn subscribe_named(&self, room: impl RoomRef, event: &str) -> Result<(), SubscribeError> {
        subscribe(self, room.id().as_str(), event)
    }

    /// Subscribes the client to every event of a room, also to those that it gains later.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room.
    pub fn subscribe_all(&self, room: impl RoomRef) -> Result<(), SubscribeError> {
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

    /// Ends the client's subscription to an event of a room that is known by its name only.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room.
    pub fn unsubscribe_named(&self, room: impl RoomRef, event: &str) -> Result<(), SubscribeError> {
        unsubscribe(self, room.id().as_str(), event)
    }

    /// The names of the events that the client hears in a room, in alphabetical order; `*` is all of them. Empty when
    /// it is not in the room.
    pub fn subscriptions(&self, room: impl RoomRef) -> Vec<String> {
        let heard = self.room(room.id().as_str()).and_then(|room| room.subscriptions(self.id()));
        heard.unwrap_or_default().iter().map(ToString::to_string).collect()
    }
}

/// Gives the client's seat back, answers it, and tells the application.
pub(crate) async fn leave(shared: &Arc<Shared>, client: &Client, id: &str, ack: Option<i64>) -> Result<(), LeaveError> {
    let (room, left) = {
        let mut memberships = client.memberships().lock();
        let room = memberships.rooms.remove(id).ok_or_else(|| LeaveError::NotInRoom(RoomId::from(id)))?;
        let left = room.leave(client.id());
        (room, left)
    };
    client.answer(ack, Some(name::LEFT), &protocol::Left { room_id: &room.profile.id });
    has_left(shared, client, &room, left).await;
    Ok(())
}

/// Takes a client that has gone out of all its rooms, for good, and tells the application.
pub(crate) async fn leave_all(shared: &Arc<Shared>, client: &Client) {
    let left: Vec<_> = {
        let mut memberships = client.memberships().lock();
        memberships.gone = true;
        let rooms = std::mem::take(&mut memberships.rooms);
        rooms.into_values().map(|room| (room.leave(client.id()), room)).collect()
    };
    for (left, room) in left {
        has_left(shared, client, &room, left).await;
    }
}

/// Tells the application; once, whatever took the seat away.
async fn has_left(shared: &Arc<Shared>, client: &Client, room: &Arc<state::LiveRoom<Client>>, left: Left) {
    if left == Left::NotHere {
        // The room is being deleted, and tells it.
        return;
    }
    if left == Left::Closed {
        shared.rooms.forget(room);
    }
    lifecycle::left(shared, client.clone(), room).await;
    if left == Left::Closed {
        lifecycle::closed(shared, room, None).await;
    }
}

/// Adds `event` to what the client hears in the room.
pub(crate) fn subscribe(client: &Client, id: &str, event: &str) -> Result<(), SubscribeError> {
    let not_in_room = || SubscribeError::NotInRoom(RoomId::from(id));
    let room = client.room(id).ok_or_else(not_in_room)?;
    if !room.profile.carries(event) {
        return Err(SubscribeError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_owned() });
    }
    let max = client.shared().map_or(usize::MAX, |shared| shared.config.max_subscriptions_per_room);
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
