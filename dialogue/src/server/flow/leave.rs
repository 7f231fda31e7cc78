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

/// Gives the client's seat back, answers it, and tells the application.
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

/// Takes a client that has gone out of all its rooms, for good, and tells the application.
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

/// Takes a client out of all its rooms, for good, and tells nobody.
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

/// Tells the application; once, whatever took the seat away.
async fn has_left(core: &Arc<Core>, peer: &Arc<Peer>, room: &Arc<LiveRoom>, left: Left) {
    if left == Left::NotHere {
        // The room is being deleted, and tells it.
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
