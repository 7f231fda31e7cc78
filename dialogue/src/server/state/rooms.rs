//! All rooms: the declared ones, which always exist, those of families, and those that are created at run time.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use parking_lot::RwLock;

use crate::error::BuildError;
use crate::room::{Open, RoomDef, RoomId, UserId};

use super::live_room::{LiveRoom, Member};
use super::profile::{Origin, Profile};
use super::quota::{Opened, Opener, RoomLimits, release};

/// The rooms of a server.
pub(crate) struct Rooms<M: Member> {
    families: Vec<&'static RoomDef>,
    limits: RoomLimits,
    /// Maximum number of rooms that clients may have opened or created together.
    max_of_clients: usize,
    epoch: fn() -> String,
    index: RwLock<Index<M>>,
}

struct Index<M: Member> {
    /// All rooms. The declared ones come first, in the order of their declaration.
    open: IndexMap<RoomId, Arc<LiveRoom<M>>>,
    /// The number of rooms that each user has created.
    created: HashMap<UserId, usize>,
    /// The number of rooms that clients have opened by joining.
    opened: Opened,
    /// The number of rooms that clients have opened or created.
    of_clients: usize,
}

/// A room to join.
pub(crate) enum Found<M: Member> {
    /// The room is open.
    Open(Arc<LiveRoom<M>>),
    /// The room is not open. [Add](Rooms::add) it to open it.
    New(Arc<LiveRoom<M>>),
}

/// An id is taken or freed. This is announced under the lock of the ids, so that announcements have the same order.
pub(crate) enum IdChange<'a, M: Member> {
    /// This room has taken the id.
    Taken(&'a Arc<LiveRoom<M>>),
    /// This room has freed the id. It had these members when it was closed.
    Freed(&'a Arc<LiveRoom<M>>, &'a [M]),
}

/// Why a room was not opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotOpened {
    NotFound,
    /// The maximum number of rooms is open.
    Limit {
        max: usize,
    },
    /// The user has opened the maximum number of rooms.
    OfUser {
        max: usize,
    },
    /// Clients at this address have opened the maximum number of rooms.
    OfAddress {
        max: usize,
    },
}

/// Why a room was not created.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotCreated {
    Exists,
    /// The id belongs to a family.
    OfFamily,
    Limit {
        max: usize,
    },
    /// The user has created the maximum number of rooms.
    UserLimit {
        max: usize,
    },
}

/// Why a room was not deleted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotDeleted {
    NotFound,
    Declared,
}

impl<M: Member> Rooms<M> {
    /// Opens the declared rooms. `epoch` generates the epoch of each room.
    pub(crate) fn new(
        defs: &[&'static RoomDef],
        limits: RoomLimits,
        epoch: fn() -> String,
    ) -> Result<Self, BuildError> {
        let (families, declared): (Vec<&RoomDef>, Vec<&RoomDef>) = defs.iter().partition(|def| def.is_family());
        let max = limits.max;
        if declared.len() > max {
            return Err(BuildError::TooManyRooms { declared: declared.len(), max });
        }
        let max_of_clients = limits.for_clients(declared.len());
        let mut open = IndexMap::with_capacity(declared.len());
        for def in declared {
            let id = RoomId::from_static(def.id().literal().unwrap_or_default());
            let room = Arc::new(LiveRoom::new(Profile::declared(def, id.clone(), Origin::Declared), epoch()));
            if open.insert(id.clone(), room).is_some() || families.iter().any(|family| family.id().matches(id.as_str()))
            {
                return Err(BuildError::DuplicateRoom(id));
            }
        }
        let index = Index { open, created: HashMap::new(), opened: Opened::default(), of_clients: 0 };
        Ok(Self { families, limits, max_of_clients, epoch, index: RwLock::new(index) })
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<LiveRoom<M>>> {
        self.index.read().open.get(id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<LiveRoom<M>>> {
        self.index.read().open.values().cloned().collect()
    }

    /// Returns the first `max` rooms.
    pub(crate) fn first(&self, max: usize) -> Vec<Arc<LiveRoom<M>>> {
        self.index.read().open.values().take(max).cloned().collect()
    }

    /// Returns the room, or the one that a join would open. It would count towards the quota of `opener`.
    pub(crate) fn for_join(&self, id: &str, opener: Option<Opener>) -> Result<Found<M>, NotOpened> {
        self.find(id, Origin::Joined, opener, |family| family.open() == Open::OnJoin)
    }

    /// Returns the room, or the one of a family that the server may open.
    pub(crate) fn for_server(&self, id: &str) -> Result<Found<M>, NotOpened> {
        self.find(id, Origin::Opened, None, |_| true)
    }

    fn find(
        &self,
        id: &str,
        origin: Origin,
        opener: Option<Opener>,
        may_open: fn(&RoomDef) -> bool,
    ) -> Result<Found<M>, NotOpened> {
        if let Some(room) = self.get(id).filter(|room| !room.is_closed()) {
            return Ok(Found::Open(room));
        }
        let makes = |family: &&&RoomDef| may_open(family) && family.id().matches(id);
        let family = self.families.iter().find(makes).ok_or(NotOpened::NotFound)?;
        // Checked again when the room is added. The check here avoids calling hooks for a room that cannot open.
        self.has_place(&self.index.read(), opener.as_ref())?;
        let mut profile = Profile::declared(family, RoomId::from(id), origin);
        profile.opened_by = opener;
        Ok(Found::New(Arc::new(LiveRoom::new(profile, (self.epoch)()))))
    }

    /// Opens a room that was not open. Returns the room with this id, and whether it is the given one.
    pub(crate) fn add(
        &self,
        room: &Arc<LiveRoom<M>>,
        mut tell: impl FnMut(IdChange<'_, M>),
    ) -> Result<(Arc<LiveRoom<M>>, bool), NotOpened> {
        let mut index = self.index.write();
        match index.open.get(&room.profile.id).cloned() {
            Some(open) if !open.is_closed() => return Ok((open, false)),
            // The old room is removed from the counts before the new one is added.
            Some(closed) => index.forget(&closed, &[], &mut tell),
            None => {}
        }
        self.has_place(&index, room.profile.opened_by.as_ref())?;
        index.insert(room);
        tell(IdChange::Taken(room));
        Ok((Arc::clone(room), true))
    }

    /// Checks whether another room may be opened, by this client or by the server.
    fn has_place(&self, index: &Index<M>, opener: Option<&Opener>) -> Result<(), NotOpened> {
        let max = self.limits.max;
        if index.open.len() >= max {
            return Err(NotOpened::Limit { max });
        }
        let Some(opener) = opener else { return Ok(()) };
        if index.of_clients >= self.max_of_clients {
            return Err(NotOpened::Limit { max });
        }
        // At most half of the rooms, so that one user cannot fill a server with a low limit.
        let per_user = self.limits.opened_per_user.min(self.max_of_clients.div_ceil(2));
        index.opened.check(opener, per_user, self.limits.opened_per_address)
    }

    /// Opens a room that no table declares. Its creator may have `per_user` such rooms.
    pub(crate) fn create(
        &self,
        profile: Profile,
        per_user: usize,
        mut tell: impl FnMut(IdChange<'_, M>),
    ) -> Result<Arc<LiveRoom<M>>, NotCreated> {
        let id = &profile.id;
        if self.families.iter().any(|family| family.id().matches(id.as_str())) {
            return Err(NotCreated::OfFamily);
        }
        let mut index = self.index.write();
        match index.open.get(id).cloned() {
            Some(open) if !open.is_closed() => return Err(NotCreated::Exists),
            Some(closed) => index.forget(&closed, &[], &mut tell),
            None => {}
        }
        let max = self.limits.max;
        if index.open.len() >= max || (profile.created_by.is_some() && index.of_clients >= self.max_of_clients) {
            return Err(NotCreated::Limit { max });
        }
        let of_user = profile.created_by.as_ref().and_then(|user| index.created.get(user));
        if of_user.is_some_and(|count| *count >= per_user) {
            return Err(NotCreated::UserLimit { max: per_user });
        }
        let room = Arc::new(LiveRoom::new(profile, (self.epoch)()));
        index.insert(&room);
        tell(IdChange::Taken(&room));
        Ok(room)
    }

    /// Closes a room and frees its id in one step. Returns the room and its members.
    pub(crate) fn delete(
        &self,
        id: &str,
        mut tell: impl FnMut(IdChange<'_, M>),
    ) -> Result<(Arc<LiveRoom<M>>, Vec<M>), NotDeleted> {
        let mut index = self.index.write();
        let room = index.open.get(id).cloned().ok_or(NotDeleted::NotFound)?;
        if room.profile.origin == Origin::Declared {
            return Err(NotDeleted::Declared);
        }
        // Its last member may have closed it, and is about to free the id.
        let members = room.close().ok_or(NotDeleted::NotFound)?;
        index.forget(&room, &members, &mut tell);
        Ok((room, members))
    }

    /// Frees the id of a room that has closed, unless another room has taken it.
    pub(crate) fn forget(&self, room: &Arc<LiveRoom<M>>, mut tell: impl FnMut(IdChange<'_, M>)) {
        self.index.write().forget(room, &[], &mut tell);
    }

    /// Whether no room keeps any state of a member.
    pub(crate) fn is_empty(&self) -> bool {
        self.index.read().open.values().all(|room| room.is_empty())
    }
}

impl<M: Member> Index<M> {
    /// Adds a room, and counts it for the client that opened or created it.
    fn insert(&mut self, room: &Arc<LiveRoom<M>>) {
        let profile = &room.profile;
        self.of_clients += usize::from(profile.is_of_client());
        if let Some(user) = &profile.created_by {
            *self.created.entry(user.clone()).or_default() += 1;
        }
        if let Some(opener) = &profile.opened_by {
            self.opened.add(opener);
        }
        self.open.insert(profile.id.clone(), Arc::clone(room));
    }

    fn forget(&mut self, room: &Arc<LiveRoom<M>>, members: &[M], tell: &mut impl FnMut(IdChange<'_, M>)) {
        if !self.open.get(&room.profile.id).is_some_and(|current| Arc::ptr_eq(current, room)) {
            return;
        }
        // Declared rooms are never removed, so the entry that moves into the slot is not a declared room.
        self.open.swap_remove(&room.profile.id);
        tell(IdChange::Freed(room, members));
        let profile = &room.profile;
        self.of_clients -= usize::from(profile.is_of_client());
        if let Some(user) = &profile.created_by {
            release(&mut self.created, user);
        }
        if let Some(opener) = &profile.opened_by {
            self.opened.remove(opener);
        }
    }
}
