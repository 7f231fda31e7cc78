//! One room, as the server's own code sees it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::event::EventDef;
use crate::room::{RoomId, Untyped, UserId};

use super::client::Client;
use super::shared::Shared;
use super::state;

/// A room that exists: a cheap handle, which may be kept and cloned.
///
/// `K` is what the compiler knows of it: a handle that came from a marker takes only the events that the room carries.
/// When the room has been closed, every method still works: nobody is in it, and triggering says that it is not there.
///
/// ```
/// # use dialogue::{error::TriggerError, Dialogue};
/// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
/// # dialogue::rooms! { pub General { events: [Message], max_size: 500 } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), dialogue::Error> {
/// # let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
/// let room = dialogue.room(General);
/// assert_eq!((room.name(), room.size(), room.max_size()), ("General", 0, Some(500)));
/// room.trigger(Message { text: "hi".into() }).await?;
/// # Ok(()) }
/// ```
pub struct Room<K = Untyped> {
    shared: Arc<Shared>,
    room: Arc<state::LiveRoom<Client>>,
    kind: PhantomData<fn() -> K>,
}

impl<K> Room<K> {
    pub(crate) fn new(shared: &Arc<Shared>, room: Arc<state::LiveRoom<Client>>) -> Self {
        Self { shared: Arc::clone(shared), room, kind: PhantomData }
    }

    /// The id.
    pub fn id(&self) -> &RoomId {
        &self.room.profile.id
    }

    /// The name for people.
    pub fn name(&self) -> &str {
        &self.room.profile.name
    }

    /// What the room is for, if its author said.
    pub fn description(&self) -> Option<&str> {
        self.room.profile.description.as_deref()
    }

    /// How many connections it seats; `None` is no limit.
    pub fn max_size(&self) -> Option<usize> {
        self.room.profile.max_size
    }

    /// How many connections are in it now.
    pub fn size(&self) -> usize {
        self.room.size()
    }

    /// Whether every seat is taken.
    pub fn is_full(&self) -> bool {
        self.max_size().is_some_and(|max| self.size() >= max)
    }

    /// Every client in it.
    pub fn participants(&self) -> Vec<Client> {
        self.room.participants()
    }

    /// The events that travel here, those of clients first.
    pub fn events(&self) -> Vec<EventDef> {
        self.room.profile.events().cloned().collect()
    }

    /// The names of the events that a member hears without asking, in alphabetical order; `*` is all of them.
    pub fn default_subscriptions(&self) -> Vec<&str> {
        self.room.profile.default_subscriptions.iter().map(|name| &**name).collect()
    }

    /// The user who created it, when a user did.
    pub fn created_by_id(&self) -> Option<&UserId> {
        self.room.profile.created_by.as_ref()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn state(&self) -> &Arc<state::LiveRoom<Client>> {
        &self.room
    }
}

impl<K> Clone for Room<K> {
    fn clone(&self) -> Self {
        Self::new(&self.shared, Arc::clone(&self.room))
    }
}

impl<K> fmt::Debug for Room<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("id", self.id()).field("size", &self.size()).finish_non_exhaustive()
    }
}
