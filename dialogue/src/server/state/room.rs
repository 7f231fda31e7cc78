//! One room: its members, what they hear, and the order in which they hear it.

use std::sync::Arc;

use indexmap::IndexMap;
use parking_lot::Mutex;

use crate::event::EventDef;
use crate::room::ClientId;
use crate::wire::RoomInfo;

use super::profile::Profile;
use super::subscribers::{Subscribers, Wanted};

/// Someone who can be in a room.
pub(crate) trait Member: Clone {
    /// One packet on its way to a member.
    type Packet;

    /// Which connection this is.
    fn id(&self) -> &ClientId;

    /// Queues a packet; never blocks.
    fn push(&self, packet: &Self::Packet);
}

/// A room that exists.
pub(crate) struct Room<M> {
    pub(crate) profile: Profile,
    /// The life of this room: resuming in another one cannot work.
    pub(crate) epoch: String,
    state: Mutex<State<M>>,
}

struct State<M> {
    closed: bool,
    members: IndexMap<ClientId, (M, Wanted)>,
    subscribers: Subscribers<M>,
    /// The place of the last recorded event.
    offset: u64,
}

/// A seat has been taken, or was taken before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// The member sat here already.
    pub(crate) again: bool,
    pub(crate) offset: u64,
    pub(crate) subscriptions: Vec<Arc<str>>,
}

/// No seat for this one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotAdmitted {
    Full {
        max_size: usize,
    },
    /// The room was closed in the meantime.
    Closed,
}

/// An event has its place in the room's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) offset: Option<u64>,
    pub(crate) recipients: usize,
}

impl<M: Member> Room<M> {
    pub(crate) fn new(profile: Profile, epoch: String) -> Self {
        let state = State { closed: false, members: IndexMap::new(), subscribers: Subscribers::new(), offset: 0 };
        Self { profile, epoch, state: Mutex::new(state) }
    }

    /// Takes a seat, if there is one. `welcome` runs before any event of the room can reach the member.
    pub(crate) fn join(
        &self,
        member: &M,
        wanted: Wanted,
        welcome: impl FnOnce(&Admitted),
    ) -> Result<Admitted, NotAdmitted> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(NotAdmitted::Closed);
        }
        let again = state.members.contains_key(member.id());
        if !again {
            if let Some(max_size) = self.profile.max_size().filter(|max| state.members.len() >= *max) {
                return Err(NotAdmitted::Full { max_size });
            }
            state.subscribers.insert(member, &wanted);
            state.members.insert(member.id().clone(), (member.clone(), wanted));
        }
        let admitted = Admitted {
            again,
            offset: state.offset,
            subscriptions: state.members[member.id()].1.iter().cloned().collect(),
        };
        welcome(&admitted);
        Ok(admitted)
    }

    /// Gives the seat back; false when there was none. A room that closes when it is empty closes now.
    pub(crate) fn leave(&self, member: &ClientId) -> bool {
        let mut state = self.state.lock();
        let Some((_, wanted)) = state.members.swap_remove(member) else { return false };
        state.subscribers.remove(member, &wanted);
        state.closed |= state.members.is_empty() && self.profile.closes_when_empty();
        true
    }

    /// Changes what a member hears; `None` when it is not here.
    pub(crate) fn resubscribe<T>(&self, member: &ClientId, change: impl FnOnce(&mut Wanted) -> T) -> Option<T> {
        let mut state = self.state.lock();
        let State { members, subscribers, .. } = &mut *state;
        let (handle, wanted) = members.get_mut(member)?;
        subscribers.remove(member, wanted);
        let changed = change(wanted);
        subscribers.insert(handle, wanted);
        Some(changed)
    }

    /// What a member hears, in alphabetical order; `None` when it is not here.
    pub(crate) fn subscriptions(&self, member: &ClientId) -> Option<Vec<Arc<str>>> {
        Some(self.state.lock().members.get(member)?.1.iter().cloned().collect())
    }

    /// Gives the event its place and pushes it to everyone who hears it.
    ///
    /// `encode` is called once, with the offset if the event is recorded; `published` is called while the place is
    /// still being held, so that what it does happens in the room's order too.
    pub(crate) fn publish(
        &self,
        event: &EventDef,
        encode: impl FnOnce(Option<u64>) -> M::Packet,
        published: impl FnOnce(Published),
    ) -> Published {
        let mut state = self.state.lock();
        let offset = (event.history() > 0).then(|| {
            state.offset += 1;
            state.offset
        });
        let packet = encode(offset);
        let mut recipients = 0;
        for member in state.subscribers.of(event.name()) {
            member.push(&packet);
            recipients += 1;
        }
        let outcome = Published { offset, recipients };
        published(outcome);
        outcome
    }

    pub(crate) fn size(&self) -> usize {
        self.state.lock().members.len()
    }

    pub(crate) fn participants(&self) -> Vec<M> {
        self.state.lock().members.values().map(|(member, _)| member.clone()).collect()
    }

    /// What the list of rooms shows.
    pub(crate) fn info(&self) -> RoomInfo {
        let profile = &self.profile;
        RoomInfo {
            id: profile.id.clone(),
            name: profile.name.to_string(),
            description: profile.description().map(ToOwned::to_owned),
            size: self.size(),
            max_size: profile.max_size(),
            created_by_id: profile.created_by.clone(),
        }
    }

    /// Closes a room that closes when it is empty, if it is; true when it is closed.
    pub(crate) fn close_if_empty(&self) -> bool {
        let mut state = self.state.lock();
        state.closed |= state.members.is_empty() && self.profile.closes_when_empty();
        state.closed
    }

    /// Whether it closed after its last member left.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Whether nothing of any member is left.
    pub(crate) fn is_empty(&self) -> bool {
        let state = self.state.lock();
        state.members.is_empty() && state.subscribers.is_empty()
    }
}
