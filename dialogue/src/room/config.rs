//! Rooms that are created at run time.

use std::borrow::Cow;

use crate::event::{Event, EventDef};

use super::def::TriggerBy;
use super::id::{RoomId, UserId};

/// The description of a room to be created at run time, with the settings of [`rooms!`](crate::rooms) as methods.
///
/// Pass it to `Dialogue::create_room`, which returns an error if the id is taken or a setting is invalid.
///
/// ```
/// use dialogue::{Dialogue, NewRoom};
/// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), dialogue::Error> {
/// let dialogue = Dialogue::builder().build()?;
/// let project = NewRoom::new("project-123", "Project 123")
///     .description("All about project 123.")
///     .event::<Message>()
///     .default_subscription::<Message>()
///     .max_size(50)
///     .created_by("alice");
/// let room = dialogue.create_room(project).await?;
/// room.trigger(Message { text: "hi".into() }).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a room is created by `create_room`"]
pub struct NewRoom {
    pub(crate) id: RoomId,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) events: Vec<EventDef>,
    pub(crate) server_events: Vec<EventDef>,
    pub(crate) any_event: bool,
    pub(crate) default_subscriptions: Vec<Cow<'static, str>>,
    pub(crate) trigger: TriggerBy,
    pub(crate) max_size: Option<usize>,
    pub(crate) sync_history_on_join: usize,
    pub(crate) close_when_empty: bool,
    pub(crate) created_by: Option<UserId>,
}

impl NewRoom {
    /// Describes a room with this id and display name. It carries no events yet; add at least one, or call
    /// [`any_event`](Self::any_event).
    pub fn new(id: impl Into<RoomId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: None,
            events: Vec::new(),
            server_events: Vec::new(),
            any_event: false,
            default_subscriptions: Vec::new(),
            trigger: TriggerBy::Members,
            max_size: None,
            sync_history_on_join: 0,
            close_when_empty: false,
            created_by: None,
        }
    }

    /// Describes the room that a client asks for, before the application has added events.
    pub(crate) fn proposed(
        id: RoomId,
        name: String,
        description: Option<String>,
        max_size: Option<usize>,
        user: UserId,
    ) -> Self {
        Self { description, max_size, created_by: Some(user), ..Self::new(id, name) }
    }

    /// Sets the description. Default: none.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds an event that clients and the server may trigger.
    pub fn event<E: Event>(self) -> Self {
        self.event_def(EventDef::of::<E>())
    }

    /// Adds an event that only the server may trigger.
    ///
    /// ```
    /// use dialogue::NewRoom;
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
    ///
    /// let news = NewRoom::new("news", "News").server_event::<Message>().default_subscription::<Message>();
    /// ```
    pub fn server_event<E: Event>(self) -> Self {
        self.server_event_def(EventDef::of::<E>())
    }

    /// Adds an event that clients and the server may trigger, by its definition: an [untyped](EventDef::untyped) event,
    /// or an event type with other settings in this room.
    ///
    /// ```
    /// use dialogue::{EventDef, NewRoom};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
    ///
    /// let board = NewRoom::new("board", "Whiteboard")
    ///     .event_def(EventDef::untyped("draw").with_history(50))
    ///     .event_def(EventDef::untyped("cursor").with_volatile())
    ///     .event_def(EventDef::of::<Message>().with_history(1000));
    /// ```
    pub fn event_def(mut self, event: EventDef) -> Self {
        self.events.push(event);
        self
    }

    /// Adds an event that only the server may trigger, by its definition. See [`event_def`](Self::event_def).
    ///
    /// ```
    /// use dialogue::{EventDef, NewRoom};
    ///
    /// let board = NewRoom::new("board", "Whiteboard")
    ///     .event_def(EventDef::untyped("draw"))
    ///     .server_event_def(EventDef::untyped("wiped"));
    /// ```
    pub fn server_event_def(mut self, event: EventDef) -> Self {
        self.server_events.push(event);
        self
    }

    /// Accepts any event name with any payload. Default: only the events that were added.
    pub fn any_event(mut self) -> Self {
        self.any_event = true;
        self
    }

    /// Subscribes new members to `E`. Default: members receive only the events that they subscribe to.
    pub fn default_subscription<E: Event>(mut self) -> Self {
        self.default_subscriptions.push(Cow::Borrowed(E::NAME));
        self
    }

    /// Subscribes new members to the event with this name. Default: members receive only the events that they subscribe
    /// to.
    ///
    /// ```
    /// use dialogue::{EventDef, NewRoom};
    ///
    /// let board = NewRoom::new("board", "Whiteboard")
    ///     .event_def(EventDef::untyped("draw"))
    ///     .default_subscription_named("draw");
    /// ```
    pub fn default_subscription_named(mut self, event: impl Into<Cow<'static, str>>) -> Self {
        self.default_subscriptions.push(event.into());
        self
    }

    /// Subscribes new members to all events. Default: members receive only the events that they subscribe to.
    pub fn subscribe_to_all(mut self) -> Self {
        self.default_subscriptions.push(Cow::Borrowed("*"));
        self
    }

    /// Sets which clients may trigger the events of the room. Default: its members.
    ///
    /// ```
    /// use dialogue::{NewRoom, room::TriggerBy};
    ///
    /// let inbox = NewRoom::new("inbox", "Inbox").any_event().trigger(TriggerBy::Anyone);
    /// ```
    pub fn trigger(mut self, by: TriggerBy) -> Self {
        self.trigger = by;
        self
    }

    /// Sets the maximum number of connections in the room. Default: no limit.
    pub fn max_size(mut self, seats: usize) -> Self {
        self.max_size = Some(seats);
        self
    }

    /// Sets how many past events of each type a new member receives; `usize::MAX` means all that the room keeps.
    /// Default: none.
    pub fn sync_history_on_join(mut self, per_event: usize) -> Self {
        self.sync_history_on_join = per_event;
        self
    }

    /// Deletes the room when its last member leaves. Default: the room exists until it is deleted.
    pub fn close_when_empty(mut self) -> Self {
        self.close_when_empty = true;
        self
    }

    /// Sets the user who may delete the room. Default: only the server may delete it.
    pub fn created_by(mut self, user: impl Into<UserId>) -> Self {
        self.created_by = Some(user.into());
        self
    }
}
