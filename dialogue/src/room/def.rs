//! The rows of the rooms table: everything that the runtime knows about a declared room or family.

use crate::event::{EventDef, is_reserved};

use super::pattern::{Pattern, Segment};

/// Who opens the rooms of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Open {
    /// Only the server, with `Dialogue::open`. This is the default.
    #[default]
    Server,
    /// The first client that joins. The server can open rooms too.
    OnJoin,
}

/// Which clients may trigger the `events` of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TriggerBy {
    /// Only clients that have joined the room. This is the default.
    #[default]
    Members,
    /// Any client. A client that has not joined does not receive the events of the room.
    Anyone,
}

/// The settings of a declared room or family, as written in [`rooms!`](crate::rooms).
///
/// [`RoomSettings::DEFAULT`] holds the defaults. The example at [`RoomDef`] builds settings by hand.
#[derive(Debug, Clone, Copy)]
pub struct RoomSettings {
    /// The id or, for a family, the pattern of its ids. Default: the marker's name in `snake_case`.
    pub id: Pattern,
    /// The display name. In a family's name, `{parameter}` is replaced by the value of the parameter. Default: the
    /// marker's name.
    pub name: &'static str,
    /// The description, taken from the doc comment. Default: empty, no description.
    pub description: &'static str,
    /// The events that clients and the server may trigger. Default: none.
    pub events: &'static [EventDef],
    /// The events that only the server may trigger. Default: none.
    pub server_events: &'static [EventDef],
    /// Whether the room accepts any event name with any payload (`events: [*]`). Default: `false`.
    pub any_event: bool,
    /// The names of the events that new members are subscribed to; `*` means all events. Default: none.
    pub default_subscriptions: &'static [&'static str],
    /// The maximum number of connections in the room. Default: `usize::MAX`, no limit.
    pub max_size: usize,
    /// How many past events of each type a new member receives. Default: 0, none; `usize::MAX` means all that the room
    /// keeps.
    pub sync_history_on_join: usize,
    /// Which clients may trigger `events`. Default: [`TriggerBy::Members`].
    pub trigger: TriggerBy,
    /// Who opens the rooms of this family. Default: [`Open::Server`].
    pub open: Open,
    /// Whether a room of this family closes when its last member leaves. Default: `false`.
    pub close_when_empty: bool,
    /// Whether a room of this family that a client opened by joining stays open without members. A family with
    /// [`Open::OnJoin`] must set either this or `close_when_empty`. Default: `false`.
    pub keep: bool,
}

impl RoomSettings {
    /// The default of every setting. `id` and `name` are empty and must be set.
    pub const DEFAULT: Self = Self {
        id: Pattern(&[Segment::Literal("")]),
        name: "",
        description: "",
        events: &[],
        server_events: &[],
        any_event: false,
        default_subscriptions: &[],
        max_size: usize::MAX,
        sync_history_on_join: 0,
        trigger: TriggerBy::Members,
        open: Open::Server,
        close_when_empty: false,
        keep: false,
    };
}

/// A declared room or family of rooms: one row of the `ROOMS` table.
///
/// [`rooms!`](crate::rooms) generates the table. Written by hand, it looks like this:
///
/// ```
/// use dialogue::{room::{EventOf, Pattern, RoomDef, RoomRef, RoomSettings, Segment}, EventDef, RoomId};
/// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)]
/// # struct Message { text: String }
///
/// #[derive(Debug, Clone, Copy)]
/// struct Lobby;
///
/// impl RoomRef for Lobby {
///     type Key = Self;
///
///     fn id(&self) -> RoomId {
///         RoomId::from_static("lobby")
///     }
/// }
///
/// impl EventOf<Lobby> for Message {}
///
/// static ROOMS: &[RoomDef] = &[RoomDef::new(RoomSettings {
///     id: Pattern(&[Segment::Literal("lobby")]),
///     name: "Lobby",
///     events: const { &[EventDef::of::<Message>()] },
///     default_subscriptions: &["message"],
///     max_size: 8,
///     ..RoomSettings::DEFAULT
/// })];
/// assert!(ROOMS[0].allows("message"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RoomDef {
    settings: RoomSettings,
}

impl RoomDef {
    /// Creates a row of the table.
    ///
    /// # Panics
    ///
    /// Panics if the id is empty or starts with `dialogue:`, the name is empty, `max_size` is 0, or a family with
    /// [`Open::OnJoin`] has neither `close_when_empty` nor `keep`, or both. In a constant this is a compile error.
    #[track_caller]
    pub const fn new(settings: RoomSettings) -> Self {
        assert!(!settings.id.0.is_empty(), "the id of a room cannot be empty");
        if let Segment::Literal(start) = settings.id.0[0] {
            assert!(!start.is_empty(), "the id of a room cannot be empty");
            assert!(
                !is_reserved(start),
                "room ids that start with `dialogue:` are reserved for the protocol; choose another id"
            );
        }
        assert!(!settings.name.is_empty(), "the name of a room cannot be empty");
        assert!(settings.max_size > 0, "`max_size: 0` lets no client join; leave it out for no limit");
        if settings.id.literal().is_none() && matches!(settings.open, Open::OnJoin) {
            assert!(
                settings.close_when_empty || settings.keep,
                "a family with `open: on_join` needs `close_when_empty: true`, or `keep: true` if its rooms stay open without members"
            );
            assert!(
                !(settings.close_when_empty && settings.keep),
                "`keep: true` and `close_when_empty: true` contradict each other; remove one of them"
            );
        } else {
            assert!(!settings.keep, "`keep` requires `open: on_join`; remove it");
        }
        Self { settings }
    }

    /// Returns the id or, for a family, the pattern of its ids.
    pub const fn id(&self) -> Pattern {
        self.settings.id
    }

    /// Returns whether this is a family of rooms.
    pub const fn is_family(&self) -> bool {
        self.settings.id.literal().is_none()
    }

    /// Returns the display name. A family's name contains its `{parameter}` placeholders.
    pub const fn name(&self) -> &'static str {
        self.settings.name
    }

    /// Returns the description, if there is one.
    pub const fn description(&self) -> Option<&'static str> {
        if self.settings.description.is_empty() { None } else { Some(self.settings.description) }
    }

    /// Returns the events that clients and the server may trigger.
    pub const fn events(&self) -> &'static [EventDef] {
        self.settings.events
    }

    /// Returns the events that only the server may trigger.
    pub const fn server_events(&self) -> &'static [EventDef] {
        self.settings.server_events
    }

    /// Returns whether the room accepts any event name with any payload.
    pub const fn allows_any(&self) -> bool {
        self.settings.any_event
    }

    /// Returns the names of the events that new members are subscribed to; `*` means all events.
    pub const fn default_subscriptions(&self) -> &'static [&'static str] {
        self.settings.default_subscriptions
    }

    /// Returns the maximum number of connections, or `None` for no limit.
    pub const fn max_size(&self) -> Option<usize> {
        match self.settings.max_size {
            usize::MAX => None,
            max => Some(max),
        }
    }

    /// Returns how many past events of each type a new member receives; `usize::MAX` means all that the room keeps.
    pub const fn sync_history_on_join(&self) -> usize {
        self.settings.sync_history_on_join
    }

    /// Returns which clients may trigger the events.
    pub const fn trigger(&self) -> TriggerBy {
        self.settings.trigger
    }

    /// Returns who opens the rooms of this family.
    pub const fn open(&self) -> Open {
        self.settings.open
    }

    /// Returns whether a room of this family closes when its last member leaves.
    pub const fn closes_when_empty(&self) -> bool {
        self.settings.close_when_empty
    }

    /// Returns whether clients may trigger the event `name`. In a room that accepts any event, clients may trigger
    /// every event except those in `server_events`.
    ///
    /// ```
    /// use dialogue::Event;
    /// # #[derive(serde::Serialize, serde::Deserialize, Event)] struct Message { text: String }
    /// # #[derive(serde::Serialize, serde::Deserialize, Event)] struct Notice { text: String }
    /// dialogue::rooms! {
    ///     pub Lobby { events: [Message], server_events: [Notice] }
    /// }
    ///
    /// assert!(ROOMS[0].allows("message"));
    /// assert!(!ROOMS[0].allows("notice"));
    /// assert!(ROOMS[0].event("notice").is_some());
    /// ```
    pub fn allows(&self, name: &str) -> bool {
        let is_listed = |events: &[EventDef]| events.iter().any(|event| event.name() == name);
        is_listed(self.events()) || (self.allows_any() && !is_listed(self.server_events()))
    }

    /// Returns the definition of the event `name`, if clients or the server may trigger it here.
    pub fn event(&self, name: &str) -> Option<&'static EventDef> {
        self.events().iter().chain(self.server_events()).find(|event| event.name() == name)
    }

    /// Returns the display name of the room `id` of this family, with the parameters filled in.
    #[cfg(feature = "server")]
    pub(crate) fn name_of(&self, id: &str) -> String {
        let mut name = self.name().to_owned();
        for (parameter, value) in self.id().values(id).unwrap_or_default() {
            name = name.replace(&format!("{{{parameter}}}"), value);
        }
        name
    }
}
