//! All rooms: the declared ones, which are always there, those of families, and those that are created at run time.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use parking_lot::RwLock;

use crate::error::BuildError;
use crate::room::{Open, RoomDef, RoomId, UserId};

use super::live_room::{LiveRoom, Member};
use super::profile::{Origin, Profile};

/// The rooms of a server.
pub(crate) struct Rooms<M: Member> {
    families: Vec<&'static RoomDef>,
    max: usize,
    epoch: fn() -> String,
    index: RwLock<Index<M>>,
}

struct Index<M: Member> {
    /// The declared ones first, in their order.
    open: IndexMap<RoomId, Arc<LiveRoom<M>>>,
    /// How many of them each user has created.
    created: HashMap<UserId, usize>,
}

/// A room to go into.
pub(crate) enum Found<M: Member> {
    /// It is open.
    Open(Arc<LiveRoom<M>>),
    /// It would be this one: [add](Rooms::add) it to open it.
    New(Arc<LiveRoom<M>>),
}

/// An id changes hands, which is told under the lock of the ids, so that it is told in that order.
pub(crate) enum IdChange<'a, M: Member> {
    /// It belongs to this room now.
    Taken(&'a Arc<LiveRoom<M>>),
    /// It belongs no longer to this room, which had these members when it was closed.
    Freed(&'a Arc<LiveRoom<M>>, &'a [M]),
}

/// Why a room was not opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotOpened {
    NotFound,
    /// As many rooms as the server keeps are open.
    Limit {
        max: usize,
    },
}

/// Why a room was not created.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotCreated {
    Exists,
    /// The id is one of a family's.
    OfFamily,
    Limit {
        max: usize,
    },
    /// The user has created as many rooms as one may.
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
    /// Opens the declared rooms; `epoch` names the life of each room.
    pub(crate) fn new(defs: &[&'static RoomDef], max: usize, epoch: fn() -> String) -> Result<Self, BuildError> {
        let (families, declared): (Vec<&RoomDef>, Vec<&RoomDef>) = defs.iter().partition(|def| def.is_family());
        if declared.len() > max {
            return Err(BuildError::TooManyRooms { declared: declared.len(), max });
        }
        let mut open = IndexMap::with_capacity(declared.len());
        for def in declared {
            let id = RoomId::from_static(def.id().literal().unwrap_or_default());
            let room = Arc::new(LiveRoom::new(Profile::declared(def, id.clone(), Origin::Declared), epoch()));
            if open.insert(id.clone(), room).is_some() || families.iter().any(|family| family.id().matches(id.as_str()))
            {
                return Err(BuildError::DuplicateRoom(id));
            }
        }
        Ok(Self { families, max, epoch, index: RwLock::new(Index { open, created: HashMap::new() }) })
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<LiveRoom<M>>> {
        self.index.read().open.get(id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<LiveRoom<M>>> {
        self.index.read().open.values().cloned().collect()
    }

    /// The first `max` rooms.
    pub(crate) fn first(&self, max: usize) -> Vec<Arc<LiveRoom<M>>> {
        self.index.read().open.values().take(max).cloned().collect()
    }

    /// The room, or the one that joining would open.
    pub(crate) fn for_join(&self, id: &str) -> Result<Found<M>, NotOpened> {
        self.find(id, Origin::Joined, |family| family.open() == Open::OnJoin)
    }

    /// The room, or the one of a family that the server may open.
    pub(crate) fn for_server(&self, id: &str) -> Result<Found<M>, NotOpened> {
        self.find(id, Origin::Opened, |_| true)
    }

    fn find(&self, id: &str, origin: Origin, may_open: fn(&RoomDef) -> bool) -> Result<Found<M>, NotOpened> {
        if let Some(room) = self.get(id).filter(|room| !room.is_closed()) {
            return Ok(Found::Open(room));
        }
        let makes = |family: &&&RoomDef| may_open(family) && family.id().matches(id);
        let family = self.families.iter().find(makes).ok_or(NotOpened::NotFound)?;
        if self.len() >= self.max {
            return Err(NotOpened::Limit { max: self.max });
        }
        let profile = Profile::declared(family, RoomId::from(id), origin);
        Ok(Found::New(Arc::new(LiveRoom::new(profile, (self.epoch)()))))
    }

    /// Opens a room that was found to be new; the room of that id, and whether it is this one.
    pub(crate) fn add(
        &self,
        room: &Arc<LiveRoom<M>>,
        mut tell: impl FnMut(IdChange<'_, M>),
    ) -> Result<(Arc<LiveRoom<M>>, bool), NotOpened> {
        let mut index = self.index.write();
        match index.open.get(&room.profile.id).cloned() {
            Some(open) if !open.is_closed() => return Ok((open, false)),
            Some(closed) => index.forget(&closed, &[], &mut tell),
            None if index.open.len() >= self.max => return Err(NotOpened::Limit { max: self.max }),
            None => {}
        }
        index.open.insert(room.profile.id.clone(), Arc::clone(room));
        tell(IdChange::Taken(room));
        Ok((Arc::clone(room), true))
    }

    /// Opens a room of a kind of its own. Its creator may have `per_user` of them.
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
            None if index.open.len() >= self.max => return Err(NotCreated::Limit { max: self.max }),
            None => {}
        }
        if let Some(user) = &profile.created_by {
            let count = index.created.entry(user.clone()).or_default();
            if *count >= per_user {
                return Err(NotCreated::UserLimit { max: per_user });
            }
            *count += 1;
        }
        let room = Arc::new(LiveRoom::new(profile, (self.epoch)()));
        index.open.insert(room.profile.id.clone(), Arc::clone(&room));
        tell(IdChange::Taken(&room));
        Ok(room)
    }

    /// Closes a room and frees its id, in one step; the room, and who was in it.
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

    /// Frees the id of a room that has closed, unless it is another room's already.
    pub(crate) fn forget(&self, room: &Arc<LiveRoom<M>>, mut tell: impl FnMut(IdChange<'_, M>)) {
        self.index.write().forget(room, &[], &mut tell);
    }

    /// Whether nothing of any member is left in any room.
    pub(crate) fn is_empty(&self) -> bool {
        self.index.read().open.values().all(|room| room.is_empty())
    }

    fn len(&self) -> usize {
        self.index.read().open.len()
    }
}

impl<M: Member> Index<M> {
    fn forget(&mut self, room: &Arc<LiveRoom<M>>, members: &[M], tell: &mut impl FnMut(IdChange<'_, M>)) {
        if !self.open.get(&room.profile.id).is_some_and(|current| Arc::ptr_eq(current, room)) {
            return;
        }
        // Declared rooms stay, so what moves into the place is not one of them.
        self.open.swap_remove(&room.profile.id);
        tell(IdChange::Freed(room, members));
        let Some(user) = &room.profile.created_by else { return };
        if let Some(count) = self.created.get_mut(user) {
            *count -= 1;
            if *count == 0 {
                self.created.remove(user);
            }
        }
    }
}
