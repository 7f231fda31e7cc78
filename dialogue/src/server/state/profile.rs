//! What a room is and may carry; it never changes while the room lives.

use std::borrow::Cow;

use crate::event::EventDef;
use crate::room::{RoomDef, RoomId, UserId};

/// The subscription to every event of a room.
pub(crate) const ALL: &str = "*";

/// The facts of one room.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) id: RoomId,
    pub(crate) name: Cow<'static, str>,
    pub(crate) created_by: Option<UserId>,
    def: &'static RoomDef,
}

impl Profile {
    /// A declared room, or the room `id` of a family.
    pub(crate) fn declared(def: &'static RoomDef, id: RoomId) -> Self {
        let name = if def.is_family() { Cow::Owned(def.name_of(id.as_str())) } else { Cow::Borrowed(def.name()) };
        Self { id, name, created_by: None, def }
    }

    pub(crate) fn description(&self) -> Option<&str> {
        self.def.description()
    }

    pub(crate) fn max_size(&self) -> Option<usize> {
        self.def.max_size()
    }

    pub(crate) fn closes_when_empty(&self) -> bool {
        self.def.is_family() && self.def.closes_when_empty()
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &EventDef> {
        self.def.events().iter().chain(self.def.server_events())
    }

    pub(crate) fn default_subscriptions(&self) -> &[&'static str] {
        self.def.default_subscriptions()
    }

    /// The event `name` as clients may trigger it.
    pub(crate) fn client_event(&self, name: &str) -> Option<Cow<'_, EventDef>> {
        self.find(self.def.events(), name)
    }

    /// The event `name` as the server may trigger it, and anyone listen to it.
    pub(crate) fn event(&self, name: &str) -> Option<Cow<'_, EventDef>> {
        self.def.event(name).map(Cow::Borrowed).or_else(|| self.find(&[], name))
    }

    /// Whether anyone may subscribe to `name` here.
    pub(crate) fn carries(&self, name: &str) -> bool {
        name == ALL || self.def.allows_any() || self.def.event(name).is_some()
    }

    fn find<'a>(&self, events: &'a [EventDef], name: &str) -> Option<Cow<'a, EventDef>> {
        match events.iter().find(|event| event.name() == name) {
            Some(event) => Some(Cow::Borrowed(event)),
            None if self.def.allows_any() => Some(Cow::Owned(EventDef::untyped(name.to_owned()))),
            None => None,
        }
    }
}
