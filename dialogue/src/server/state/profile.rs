//! The fixed properties of a room.

use std::borrow::Cow;
use std::sync::Arc;

use crate::event::EventDef;
use crate::room::{NewRoom, RoomDef, RoomId, TriggerBy, UserId};

use super::quota::Opener;
use super::subscribers::Wanted;

/// The subscription to every event of a room.
pub(crate) const ALL: &str = "*";

/// The fixed properties of one room.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) id: RoomId,
    pub(crate) name: Cow<'static, str>,
    pub(crate) description: Option<Cow<'static, str>>,
    pub(crate) created_by: Option<UserId>,
    /// Which clients may trigger `events`.
    pub(crate) trigger: TriggerBy,
    /// The client whose join opened it, if one did.
    pub(crate) opened_by: Option<Opener>,
    pub(crate) max_size: Option<usize>,
    /// The number of past events of each type that a new member receives.
    pub(crate) sync_history_on_join: usize,
    pub(crate) closes_when_empty: bool,
    pub(crate) default_subscriptions: Wanted,
    pub(crate) origin: Origin,
    events: Cow<'static, [EventDef]>,
    server_events: Cow<'static, [EventDef]>,
    any_event: bool,
}

/// The origin of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The room is declared in a table, and always exists.
    Declared,
    /// The room belongs to a family, and a client opened it by joining.
    Joined,
    /// The room belongs to a family, and the server opened it.
    Opened,
    /// The room was created at run time.
    Created,
}

impl Profile {
    /// A declared room, or the room `id` of a family.
    pub(crate) fn declared(def: &'static RoomDef, id: RoomId, origin: Origin) -> Self {
        let name = if def.is_family() { Cow::Owned(def.name_of(id.as_str())) } else { Cow::Borrowed(def.name()) };
        Self {
            id,
            name,
            description: def.description().map(Cow::Borrowed),
            created_by: None,
            trigger: def.trigger(),
            opened_by: None,
            max_size: def.max_size(),
            sync_history_on_join: def.sync_history_on_join(),
            closes_when_empty: def.is_family() && def.closes_when_empty(),
            default_subscriptions: def.default_subscriptions().iter().map(|name| Arc::from(*name)).collect(),
            origin,
            events: Cow::Borrowed(def.events()),
            server_events: Cow::Borrowed(def.server_events()),
            any_event: def.allows_any(),
        }
    }

    /// A room that is created at run time.
    pub(crate) fn created(config: NewRoom) -> Self {
        Self {
            id: config.id,
            name: Cow::Owned(config.name),
            description: config.description.map(Cow::Owned),
            created_by: config.created_by,
            trigger: config.trigger,
            opened_by: None,
            max_size: config.max_size,
            sync_history_on_join: config.sync_history_on_join,
            closes_when_empty: config.close_when_empty,
            default_subscriptions: config.default_subscriptions.iter().map(|name| Arc::from(&**name)).collect(),
            origin: Origin::Created,
            events: Cow::Owned(config.events),
            server_events: Cow::Owned(config.server_events),
            any_event: config.any_event,
        }
    }

    /// Whether the room is announced to all clients when it opens and closes. Rooms that clients open by joining are
    /// not: otherwise one client could cause any number of announcements to all clients.
    pub(crate) fn is_announced(&self) -> bool {
        matches!(self.origin, Origin::Opened | Origin::Created)
    }

    /// Whether the room counts towards the limit of all clients together.
    pub(super) fn is_of_client(&self) -> bool {
        self.created_by.is_some() || self.opened_by.is_some()
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &EventDef> {
        self.events.iter().chain(&*self.server_events)
    }

    /// Returns the event `name` if clients may trigger it. In a room that carries any event, server events are still
    /// reserved.
    pub(crate) fn client_event(&self, name: &str) -> Option<Cow<'_, EventDef>> {
        match self.find(self.events.iter(), name) {
            Some(Cow::Owned(_)) if self.server_events.iter().any(|event| event.name() == name) => None,
            found => found,
        }
    }

    /// Returns the event `name` if the server may trigger it. Any client may subscribe to it.
    pub(crate) fn event(&self, name: &str) -> Option<Cow<'_, EventDef>> {
        self.find(self.events(), name)
    }

    /// Whether clients may subscribe to `name` in this room.
    pub(crate) fn carries(&self, name: &str) -> bool {
        name == ALL || self.carries_event(name)
    }

    /// Whether the room carries the event `name`.
    pub(crate) fn carries_event(&self, name: &str) -> bool {
        self.any_event || self.events().any(|event| event.name() == name)
    }

    fn find<'a>(&self, mut events: impl Iterator<Item = &'a EventDef>, name: &str) -> Option<Cow<'a, EventDef>> {
        match events.find(|event| event.name() == name) {
            Some(event) => Some(Cow::Borrowed(event)),
            None if self.any_event => Some(Cow::Owned(EventDef::untyped(name.to_owned()))),
            None => None,
        }
    }
}
