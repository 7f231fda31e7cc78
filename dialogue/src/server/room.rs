//! One room, as the server's own code sees it.

use std::fmt;
use std::sync::Arc;

use crate::event::{Event, EventDef};
use crate::room::{RoomId, UserId};
use crate::wire::EventMessage;

use super::client::Client;
use super::dialogue::Dialogue;
use super::state;
use super::subscription::Subscription;
use super::trigger::Trigger;

/// A room that exists: a cheap handle, which may be kept and cloned.
///
/// ```
/// # use dialogue::{Dialogue, TriggerError};
/// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
/// # dialogue::rooms! { pub General { events: [Message], max_size: 500 } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), dialogue::Error> {
/// # let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
/// if let Some(room) = dialogue.find_room("general") {
///     assert_eq!((room.name(), room.size(), room.max_size()), ("General", 0, Some(500)));
///     room.trigger(Message { text: "hi".into() }).await?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct RoomHandle {
    dialogue: Dialogue,
    room: Arc<state::Room<Client>>,
}

impl RoomHandle {
    pub(crate) fn new(dialogue: &Dialogue, room: Arc<state::Room<Client>>) -> Self {
        Self { dialogue: dialogue.clone(), room }
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
        self.room.profile.description()
    }

    /// How many connections it seats; `None` is no limit.
    pub fn max_size(&self) -> Option<usize> {
        self.room.profile.max_size()
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

    /// The names of the events that a member hears without asking; `*` is all of them.
    pub fn default_subscriptions(&self) -> &[&'static str] {
        self.room.profile.default_subscriptions()
    }

    /// The user who created it, when a user did.
    pub fn created_by_id(&self) -> Option<&UserId> {
        self.room.profile.created_by.as_ref()
    }

    /// Triggers an event here; see [`Dialogue::trigger`].
    pub fn trigger<E: Event>(&self, event: E) -> Trigger<E> {
        self.dialogue.trigger(self.id(), event)
    }

    /// Listens to an event here; see [`Dialogue::on`].
    pub fn on<E, F, Fut>(&self, handler: F) -> Subscription
    where
        E: Event,
        F: FnOnce(EventMessage<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.dialogue.on(self.id(), handler)
    }
}

impl fmt::Debug for RoomHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoomHandle").field("id", self.id()).field("size", &self.size()).finish_non_exhaustive()
    }
}
