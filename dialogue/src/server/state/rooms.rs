//! All rooms: the declared ones, which are always there, and those of families, which come and go.

use std::sync::Arc;

use parking_lot::RwLock;

use crate::error::BuildError;
use crate::room::{Open, RoomDef, RoomId};

use super::profile::Profile;
use super::room::{Member, Room};

/// The rooms of a server.
pub(crate) struct Rooms<M> {
    families: Vec<&'static RoomDef>,
    max: usize,
    epoch: fn() -> String,
    /// In the order in which they were opened.
    open: RwLock<indexmap::IndexMap<RoomId, Arc<Room<M>>>>,
}

/// No such room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotOpened {
    NotFound,
    /// As many rooms as the server keeps are open.
    Limit {
        max: usize,
    },
}

impl<M: Member> Rooms<M> {
    /// Opens the declared rooms; `epoch` names the life of each room.
    pub(crate) fn new(defs: &[&'static RoomDef], max: usize, epoch: fn() -> String) -> Result<Self, BuildError> {
        let (families, declared): (Vec<&RoomDef>, Vec<&RoomDef>) = defs.iter().partition(|def| def.is_family());
        if declared.len() > max {
            return Err(BuildError::TooManyRooms { declared: declared.len(), max });
        }
        let mut open = indexmap::IndexMap::with_capacity(declared.len());
        for def in declared {
            let id = RoomId::from_static(def.id().literal().unwrap_or_default());
            let room = Arc::new(Room::new(Profile::declared(def, id.clone()), epoch()));
            if open.insert(id.clone(), room).is_some() || families.iter().any(|family| family.id().matches(id.as_str()))
            {
                return Err(BuildError::DuplicateRoom(id));
            }
        }
        Ok(Self { families, max, epoch, open: RwLock::new(open) })
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Room<M>>> {
        self.open.read().get(id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Room<M>>> {
        self.open.read().values().cloned().collect()
    }

    /// The room, opened now if its family opens on join.
    pub(crate) fn for_join(&self, id: &str) -> Result<Arc<Room<M>>, NotOpened> {
        self.get_or_open(id, |family| family.open() == Open::OnJoin)
    }

    /// The room of a family, opened now if it is not.
    pub(crate) fn for_server(&self, id: &str) -> Result<Arc<Room<M>>, NotOpened> {
        self.get_or_open(id, |_| true)
    }

    fn get_or_open(&self, id: &str, may_open: fn(&RoomDef) -> bool) -> Result<Arc<Room<M>>, NotOpened> {
        match self.get(id) {
            Some(room) if !room.is_closed() => Ok(room),
            _ => {
                let makes = |family: &&&RoomDef| may_open(family) && family.id().matches(id);
                self.open(self.families.iter().find(makes).ok_or(NotOpened::NotFound)?, id)
            }
        }
    }

    fn open(&self, family: &'static RoomDef, id: &str) -> Result<Arc<Room<M>>, NotOpened> {
        let mut open = self.open.write();
        match open.get(id) {
            Some(room) if !room.is_closed() => return Ok(Arc::clone(room)),
            None if open.len() >= self.max => return Err(NotOpened::Limit { max: self.max }),
            _ => {}
        }
        let id = RoomId::from(id);
        let room = Arc::new(Room::new(Profile::declared(family, id.clone()), (self.epoch)()));
        open.insert(id, Arc::clone(&room));
        Ok(room)
    }

    /// Forgets a room that closed when its last member left, unless it has been opened again.
    pub(crate) fn forget(&self, room: &Arc<Room<M>>) {
        let mut open = self.open.write();
        if open.get(&room.profile.id).is_some_and(|current| Arc::ptr_eq(current, room)) {
            open.shift_remove(&room.profile.id);
        }
    }

    /// Closes and forgets a room that nobody came into after it was opened.
    pub(crate) fn close_if_empty(&self, room: &Arc<Room<M>>) {
        if room.close_if_empty() {
            self.forget(room);
        }
    }

    /// Whether nothing of any member is left in any room.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.read().values().all(|room| room.is_empty())
    }
}
