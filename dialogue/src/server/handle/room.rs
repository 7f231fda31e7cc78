//! The handle of one room.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use crate::error::HistoryError;
use crate::event::{Event, EventDef};
use crate::protocol::EventMessage;
use crate::room::{EventOf, RoomId, Untyped, UserId};
use crate::server::connection::{LiveRoom, Packet};
use crate::server::flow::Core;
use crate::server::flow::history::{self, Part};

use super::client::Client;
use super::dialogue::Dialogue;
use super::registration::Registration;
use super::trigger::Trigger;

/// A future of past events. An `async fn` would make rustc report a wrong event three times.
type Past<E> = BoxFuture<'static, Result<Vec<EventMessage<E>>, HistoryError>>;

/// A room. This is a cheap handle that can be cloned and kept.
///
/// `K` identifies the room to the compiler: a handle that was obtained with a marker accepts only the events that the
/// room carries. All methods still work after the room has been closed: the room is empty, and triggering an event
/// fails.
///
/// ```
/// # use dialogue::Dialogue;
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
#[allow(clippy::struct_field_names, reason = "the handle of a room holds the room")]
pub struct Room<K = Untyped> {
    core: Arc<Core>,
    room: Arc<LiveRoom>,
    key: PhantomData<fn() -> K>,
}

impl Room {
    /// Returns the arguments of hooks about an event of a room.
    pub(crate) fn with_message(
        core: &Arc<Core>,
        (room, message): (Arc<LiveRoom>, EventMessage),
    ) -> (Self, EventMessage) {
        (Self::new(core, room), message)
    }
}

impl<K> Room<K> {
    pub(crate) fn new(core: &Arc<Core>, room: Arc<LiveRoom>) -> Self {
        Self { core: Arc::clone(core), room, key: PhantomData }
    }

    /// The server of the room.
    pub fn dialogue(&self) -> Dialogue {
        Dialogue::new(Arc::clone(&self.core))
    }

    /// The id.
    pub fn id(&self) -> &RoomId {
        &self.room.profile.id
    }

    /// The display name.
    pub fn name(&self) -> &str {
        &self.room.profile.name
    }

    /// What the room is for, if it was declared or created with a description.
    pub fn description(&self) -> Option<&str> {
        self.room.profile.description.as_deref()
    }

    /// The maximum number of connections in the room, or `None` if it is unlimited.
    pub fn max_size(&self) -> Option<usize> {
        self.room.profile.max_size
    }

    /// The number of connections in the room.
    pub fn size(&self) -> usize {
        self.room.size()
    }

    /// Whether the room has its maximum number of connections.
    pub fn is_full(&self) -> bool {
        self.max_size().is_some_and(|max| self.size() >= max)
    }

    /// Every client in the room.
    ///
    /// ```
    /// # use dialogue::{Room, UserId};
    /// fn users(room: &Room) -> Vec<UserId> {
    ///     room.participants().iter().map(UserId::from).collect()
    /// }
    /// ```
    pub fn participants(&self) -> Vec<Client> {
        self.room.participants().into_iter().map(|peer| Client::new(&self.core, peer)).collect()
    }

    /// The events that the room carries. Events that clients may trigger come first.
    pub fn events(&self) -> Vec<EventDef> {
        self.room.profile.events().cloned().collect()
    }

    /// The names of the events that new members are subscribed to, in alphabetical order; `*` stands for all of them.
    pub fn default_subscriptions(&self) -> Vec<&str> {
        self.room.profile.default_subscriptions.iter().map(|name| &**name).collect()
    }

    /// The user who created the room, if a user did.
    pub fn created_by_id(&self) -> Option<&UserId> {
        self.room.profile.created_by.as_ref()
    }

    /// Triggers an event in this room; see [`Dialogue::trigger`].
    pub fn trigger<E: Event + EventOf<K>>(&self, event: E) -> Trigger {
        Trigger::typed(&self.core, self.id().clone(), event)
    }

    /// Calls `handler` for each event `E` of this room; see [`Dialogue::on`].
    pub fn on<E, F, Fut>(&self, handler: F) -> Registration
    where
        E: Event + EventOf<K>,
        F: FnOnce(EventMessage<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Registration::on(&self.core, self.id().clone(), handler)
    }

    /// Returns the events of one type in a range of positions, newest first; 0 is the newest event. Events that are no
    /// longer in memory are loaded with [`on_load`](crate::DialogueBuilder::on_load).
    ///
    /// ```
    /// # use dialogue::Dialogue;
    /// # #[derive(Debug, serde::Serialize, serde::Deserialize, dialogue::Event)]
    /// # #[event(history = 100)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dialogue::Error> {
    /// # let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
    /// dialogue.trigger(General, Message { text: "first".into() }).await?;
    /// dialogue.trigger(General, Message { text: "second".into() }).await?;
    /// let latest = dialogue.room(General).history::<Message>(0..20).await?;
    /// assert_eq!((latest.len(), latest[0].data.text.as_str()), (2, "second"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`HistoryError`] if the room does not carry the event, the range is inverted or too long, or older events cannot
    /// be loaded or decoded.
    pub fn history<E: Event + EventOf<K>>(&self, range: Range<usize>) -> Past<E> {
        self.part(Part::Newest { start: range.start, end: range.end })
    }

    /// Returns up to `count` events of one type that are older than the event at `offset`, newest first. Unlike a
    /// range, the result does not shift while new events arrive.
    ///
    /// ```
    /// # use dialogue::{EventMessage, Room, error::HistoryError};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)]
    /// # #[event(history = 100)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    /// async fn previous_page(
    ///     room: &Room<General>,
    ///     oldest: &EventMessage<Message>,
    /// ) -> Result<Vec<EventMessage<Message>>, HistoryError> {
    ///     let Some(offset) = oldest.offset else { return Ok(Vec::new()) };
    ///     room.history_before(offset, 50).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`history`](Self::history).
    pub fn history_before<E: Event + EventOf<K>>(&self, offset: u64, count: usize) -> Past<E> {
        self.part(Part::Before { offset, count })
    }

    /// Like [`history`](Self::history), for an event that is known by name only.
    ///
    /// ```
    /// # use dialogue::{Room, error::HistoryError};
    /// async fn last_stroke(board: &Room) -> Result<Option<serde_json::Value>, HistoryError> {
    ///     let latest = board.history_named("draw", 0..1).await?;
    ///     Ok(latest.into_iter().next().map(|stroke| stroke.data))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`history`](Self::history).
    pub async fn history_named(&self, event: &str, range: Range<usize>) -> Result<Vec<EventMessage>, HistoryError> {
        let part = Part::Newest { start: range.start, end: range.end };
        let fault = |source: serde_json::Error| HistoryError::Decode { event: event.to_owned(), source: source.into() };
        let (core, room, name) = (Arc::clone(&self.core), Arc::clone(&self.room), event.to_owned());
        let page = async move { history::page(&core, &room, &name, part).await };
        let events = self.core.on_runtime(page).await?;
        events.iter().map(|event| serde_json::from_str(event.envelope()).map_err(fault)).collect()
    }

    fn part<E: Event>(&self, part: Part) -> Past<E> {
        let (core, server, room) = (Arc::clone(&self.core), Arc::clone(&self.core), Arc::clone(&self.room));
        let page = async move { history::page(&core, &room, E::NAME, part).await };
        async move { server.on_runtime(page).await?.iter().map(decoded).collect() }.boxed()
    }
}

fn decoded<E: Event>(event: &Packet) -> Result<EventMessage<E>, HistoryError> {
    let fault = |source: serde_json::Error| HistoryError::Decode { event: E::NAME.to_owned(), source: source.into() };
    let message: EventMessage<Box<RawValue>> = serde_json::from_str(event.envelope()).map_err(fault)?;
    let data = E::from_json(message.data.get()).map_err(fault)?;
    Ok(message.with(data))
}

impl<K> Clone for Room<K> {
    fn clone(&self) -> Self {
        Self::new(&self.core, Arc::clone(&self.room))
    }
}

impl<K> fmt::Debug for Room<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("id", self.id()).field("size", &self.size()).finish_non_exhaustive()
    }
}
