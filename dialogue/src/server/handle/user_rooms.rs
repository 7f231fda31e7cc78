//! The rooms that a user is in, over all its clients.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::room::{RoomId, UserId};
use crate::server::connection::Peer;
use crate::server::flow::{Core, leave};

/// The rooms that a user was in, with at least one client, when [`Dialogue::rooms_of`](crate::Dialogue::rooms_of) was
/// called.
///
/// ```
/// # use dialogue::Dialogue;
/// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct UserLeft { username: String }
/// # dialogue::rooms! { pub General { events: [], server_events: [UserLeft] } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), dialogue::Error> {
/// # let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
/// let rooms = dialogue.rooms_of("alice");
/// println!("alice is in {:?}", rooms.ids());
/// for room in rooms.leave_all().await {
///     dialogue.trigger(room, UserLeft { username: "alice".into() }).await?;
/// }
/// # Ok(()) }
/// ```
pub struct UserRooms {
    core: Arc<Core>,
    peers: Vec<Arc<Peer>>,
    ids: Vec<RoomId>,
}

impl UserRooms {
    pub(crate) fn new(core: &Arc<Core>, user: UserId) -> Self {
        let peers = core.peers.of(user.as_str());
        let ids: BTreeSet<_> = peers.iter().flat_map(|peer| peer.rooms()).collect();
        Self { core: Arc::clone(core), peers, ids: ids.into_iter().collect() }
    }

    /// Returns the ids of the rooms, without duplicates and sorted.
    pub fn ids(&self) -> &[RoomId] {
        &self.ids
    }

    /// Iterates over the rooms.
    pub fn iter(&self) -> std::slice::Iter<'_, RoomId> {
        self.ids.iter()
    }

    /// Removes every client of the user from these rooms, with the same effects as
    /// [`Client::leave`](crate::Client::leave). Returns the ids of the rooms, for example to notify the remaining
    /// members.
    pub async fn leave_all(self) -> Vec<RoomId> {
        let Self { core, peers, ids } = self;
        let server = Arc::clone(&core);
        let leave = async move {
            for peer in &peers {
                for room in &ids {
                    // Not every client is in every room, and a client may have left in the meantime.
                    let _not_in_room = leave::leave(&server, peer, room.as_str(), None).await;
                }
            }
            ids
        };
        core.to_its_end(leave).await
    }
}

impl<'a> IntoIterator for &'a UserRooms {
    type Item = &'a RoomId;
    type IntoIter = std::slice::Iter<'a, RoomId>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for UserRooms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRooms").field("ids", &self.ids).field("clients", &self.peers.len()).finish_non_exhaustive()
    }
}
