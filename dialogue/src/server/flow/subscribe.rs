//! Subscribing to the events of a room, and unsubscribing.

use std::sync::Arc;

use crate::error::SubscribeError;
use crate::room::RoomId;
use crate::server::connection::Peer;

/// Subscribes the client to `event` of the room, within `max` subscriptions.
pub(crate) fn subscribe(peer: &Peer, id: &str, event: &str, max: usize) -> Result<(), SubscribeError> {
    let not_in_room = || SubscribeError::NotInRoom(RoomId::from(id));
    let room = peer.room(id).ok_or_else(not_in_room)?;
    if !room.profile.carries(event) {
        return Err(SubscribeError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_owned() });
    }
    let added = room.resubscribe(peer.id(), |wanted| {
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

/// Ends the client's subscription to `event` of the room.
pub(crate) fn unsubscribe(peer: &Peer, id: &str, event: &str) -> Result<(), SubscribeError> {
    let not_in_room = || SubscribeError::NotInRoom(RoomId::from(id));
    let room = peer.room(id).ok_or_else(not_in_room)?;
    // Unsubscribing is never refused, so a request without effect must be cheap.
    match room.is_subscribed(peer.id(), event) {
        Some(false) => Ok(()),
        _ => room.resubscribe(peer.id(), |wanted| drop(wanted.take(event))).ok_or_else(not_in_room),
    }
}
