//! An index of subscribers by event, so that the cost of an event depends on its subscribers and not on the members of
//! the room.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::room::ClientId;

use super::live_room::Member;
use super::profile::ALL;

/// The names that one member is subscribed to; `*` is one of them.
pub(crate) type Wanted = BTreeSet<Arc<str>>;

/// Members by event. No member is in two lists for one event: a member that is subscribed to all events is only in
/// `all`.
pub(super) struct Subscribers<M> {
    by_event: HashMap<Arc<str>, IndexMap<ClientId, M>>,
    all: IndexMap<ClientId, M>,
}

impl<M: Member> Subscribers<M> {
    pub(super) fn new() -> Self {
        Self { by_event: HashMap::new(), all: IndexMap::new() }
    }

    /// Returns the subscribers of `event`, without duplicates.
    pub(super) fn of(&self, event: &str) -> impl Iterator<Item = &M> {
        self.by_event.get(event).into_iter().flat_map(IndexMap::values).chain(self.all.values())
    }

    /// Adds a member to the lists of its subscriptions.
    pub(super) fn insert(&mut self, member: &M, wanted: &Wanted) {
        if wanted.contains(ALL) {
            self.all.insert(member.id().clone(), member.clone());
            return;
        }
        for event in wanted {
            let list = self.by_event.entry(Arc::clone(event)).or_default();
            list.insert(member.id().clone(), member.clone());
        }
    }

    /// Removes a member from the lists of its subscriptions.
    pub(super) fn remove(&mut self, member: &ClientId, wanted: &Wanted) {
        if wanted.contains(ALL) {
            self.all.swap_remove(member);
            return;
        }
        for event in wanted {
            if let Some(list) = self.by_event.get_mut(event) {
                list.swap_remove(member);
                if list.is_empty() {
                    self.by_event.remove(event);
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_event.is_empty() && self.all.is_empty()
    }
}
