//! Leaving a room.

use std::sync::Arc;

use crate::error::LeaveError;
use crate::protocol::{Left as LeftFrame, name};
use crate::room::RoomId;
use crate::server::connection::{LiveRoom, Peer};
use crate::server::state::Left;

use super::core::Core;
use super::history;
use super::open_close;

/// Removes the client from the room, answers it, and calls the application's hooks.
pub(crate) async fn leave(core: &Arc<Core>, peer: &Arc<Peer>, id: &str, ack: Option<i64>) -> Result<(), LeaveError> {
    let (room, left) = {
        let mut memberships = peer.memberships().lock();
        let room = memberships.rooms.remove(id).ok_or_else(|| LeaveError::NotInRoom(RoomId::from(id)))?;
        let left = room.leave(peer.id());
        (room, left)
    };
    peer.answer(ack, Some(name::LEFT), &LeftFrame { room_id: &room.profile.id });
    has_left(core, peer, &room, left).await;
    Ok(())
}

/// Removes a disconnected client from all its rooms permanently, and calls the application's hooks.
pub(crate) async fn leave_all(core: &Arc<Core>, peer: &Arc<Peer>) {
    let left: Vec<_> = {
        let mut memberships = peer.memberships().lock();
        memberships.gone = true;
        let rooms = std::mem::take(&mut memberships.rooms);
        rooms.into_values().map(|room| (room.leave(peer.id()), room)).collect()
    };
    for (left, room) in left {
        has_left(core, peer, &room, left).await;
    }
}

/// Removes a client from all its rooms permanently, without calling hooks.
pub(crate) fn abandon(core: &Arc<Core>, peer: &Arc<Peer>) {
    let rooms = {
        let mut memberships = peer.memberships().lock();
        memberships.gone = true;
        std::mem::take(&mut memberships.rooms)
    };
    for room in rooms.into_values() {
        if room.leave(peer.id()) == Left::Closed {
            open_close::free(core, &room);
            history::shed(core, &room);
        }
    }
}

/// Calls the hooks of a leave, once per membership.
async fn has_left(core: &Arc<Core>, peer: &Arc<Peer>, room: &Arc<LiveRoom>, left: Left) {
    if left == Left::NotHere {
        // The room is being deleted, and the deletion calls the hooks.
        return;
    }
    if left == Left::Closed {
        open_close::free(core, room);
    }
    open_close::left(core, Arc::clone(peer), room).await;
    if left == Left::Closed {
        open_close::closed(core, room).await;
    }
}
