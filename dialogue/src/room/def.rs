//! The row of the rooms table: everything that the runtime knows of one room or family.

use crate::event::{EventDef, is_reserved};

use super::pattern::{Pattern, Segment};

/// Who opens the rooms of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Open {
    /// Only the server.
    #[default]
    Server,
    /// Whoever joins first.
    OnJoin,
}

/// What a room may be told in [`rooms!`](crate::rooms), with the defaults in [`RoomSettings::DEFAULT`].
#[derive(Debug, Clone, Copy)]
pub struct RoomSettings {
    /// The id, or for a family the pattern of its ids. Default: the marker's name in `snake_case`.
    pub id: Pattern,
    /// The name that people see; `{parameter}` stands for a family's parameter. Default: the marker's name.
    pub name: &'static str,
    /// What the room is for. Taken from the doc comment. Default: empty, none.
    pub description: &'static str,
    /// The events that clients may trigger here, and the server.
    pub events: &'static [EventDef],
    /// The events that only the server may trigger here.
    pub server_events: &'static [EventDef],
    /// `events: [*]`: any event name travels, with any payload. Default: false.
    pub any_event: bool,
    /// The names of the events that a member hears without asking; `*` is all of them. Default: none.
    pub default_subscriptions: &'static [&'static str],
    /// How many connections the room seats. Default: `usize::MAX`, no limit.
    pub max_size: usize,
    /// How many past events of each type a new member is sent. Default: 0, none; `usize::MAX` is all that are kept.
    pub sync_history_on_join: usize,
    /// Who opens a room of this family. Default: the server.
    pub open: Open,
    /// Whether a room of this family closes when its last member leaves. Default: false.
    pub close_when_empty: bool,
    /// Whether a room of this family that a client opened by joining stays open without members. A family with
    /// [`Open::OnJoin`] has either this or `close_when_empty`. Default: false.
    pub keep: bool,
}

impl RoomSettings {
    /// Every default.
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
        open: Open::Server,
        close_when_empty: false,
        keep: false,
    };
}

/// A declared room or a family of rooms: one row of `ROOMS`.
///
/// [`rooms!`](crate::rooms) writes it; by hand it looks like this:
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
    /// A row of the table.
    ///
    /// # Panics
    ///
    /// While compiling (or at once, outside a constant), when the id is empty or reserved, the name is empty, `max_size`
    /// is 0, or a family with [`Open::OnJoin`] has neither `close_when_empty` nor `keep`, or both.
    #[track_caller]
    pub const fn new(settings: RoomSettings) -> Self {
        assert!(!settings.id.0.is_empty(), "the id of a room cannot be empty");
        if let Segment::Literal(start) = settings.id.0[0] {
            assert!(!start.is_empty(), "the id of a room cannot be empty");
            assert!(!is_reserved(start), "ids that start with `dialogue:` are the protocol's own");
        }
        assert!(!settings.name.is_empty(), "the name of a room cannot be empty");
        assert!(settings.max_size > 0, "a room with `max_size: 0` seats nobody; leave it out for no limit");
        if settings.id.literal().is_none() && matches!(settings.open, Open::OnJoin) {
            assert!(
                settings.close_when_empty || settings.keep,
                "a family with `open: on_join` needs `close_when_empty: true`, or `keep: true` if its rooms stay open without members"
            );
            assert!(
                !(settings.close_when_empty && settings.keep),
                "`keep: true` and `close_when_empty: true` contradict each other: remove one of them"
            );
        } else {
            assert!(!settings.keep, "`keep` is for a family with `open: on_join`");
        }
        Self { settings }
    }

    /// The id, or the pattern of the ids of a family.
    pub const fn id(&self) -> Pattern {
        self.settings.id
    }

    /// Whether this is a family of rooms and not one room.
    pub const fn is_family(&self) -> bool {
        self.settings.id.literal().is_none()
    }

    /// The name that people see; for a family with `{parameter}` in it.
    pub const fn name(&self) -> &'static str {
        self.settings.name
    }

    /// What the room is for, if its author said.
    pub const fn description(&self) -> Option<&'static str> {
        if self.settings.description.is_empty() { None } else { Some(self.settings.description) }
    }

    /// The events that clients and the server may trigger.
    pub const fn events(&self) -> &'static [EventDef] {
        self.settings.events
    }

    /// The events that only the server may trigger.
    pub const fn server_events(&self) -> &'static [EventDef] {
        self.settings.server_events
    }

    /// Whether any event name travels here, with any payload.
    pub const fn allows_any(&self) -> bool {
        self.settings.any_event
    }

    /// The names of the events that a member hears without asking; `*` is all of them.
    pub const fn default_subscriptions(&self) -> &'static [&'static str] {
        self.settings.default_subscriptions
    }

    /// How many connections the room seats; `None` is no limit.
    pub const fn max_size(&self) -> Option<usize> {
        match self.settings.max_size {
            usize::MAX => None,
            max => Some(max),
        }
    }

    /// How many past events of each type a new member is sent; `usize::MAX` is all.
    pub const fn sync_history_on_join(&self) -> usize {
        self.settings.sync_history_on_join
    }

    /// Who opens a room of this family.
    pub const fn open(&self) -> Open {
        self.settings.open
    }

    /// Whether a room of this family closes when its last member leaves.
    pub const fn closes_when_empty(&self) -> bool {
        self.settings.close_when_empty
    }

    /// Whether clients may trigger the event `name` here.
    pub fn allows(&self, name: &str) -> bool {
        self.allows_any() || self.events().iter().any(|event| event.name() == name)
    }

    /// The event `name`, when it is declared here for clients or for the server.
    pub fn event(&self, name: &str) -> Option<&'static EventDef> {
        self.events().iter().chain(self.server_events()).find(|event| event.name() == name)
    }

    /// The name of the room `id` of this family: the parameters of the id put into the name.
    #[cfg(feature = "server")]
    pub(crate) fn name_of(&self, id: &str) -> String {
        let mut name = self.name().to_owned();
        for (parameter, value) in self.id().values(id).unwrap_or_default() {
            name = name.replace(&format!("{{{parameter}}}"), value);
        }
        name
    }
}
