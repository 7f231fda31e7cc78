//! The limits on rooms that clients open by joining: per user, per address, and for all clients together.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use crate::room::UserId;

use super::rooms::NotOpened;

/// The client whose join opened a room.
#[derive(Debug, Clone)]
pub(crate) struct Opener {
    pub(crate) user: UserId,
    /// The address of the client, if it is known.
    pub(crate) address: Option<IpAddr>,
}

/// The limits on open rooms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoomLimits {
    /// Maximum number of open rooms.
    pub(crate) max: usize,
    /// Maximum number of rooms opened by joins of one user.
    pub(crate) opened_per_user: usize,
    /// Maximum number of rooms opened by joins from one address.
    pub(crate) opened_per_address: usize,
}

impl RoomLimits {
    /// Maximum number of rooms that clients may have opened or created together, in addition to the `declared` ones.
    /// The last tenth is reserved, so that the server can always open rooms.
    pub(super) fn for_clients(&self, declared: usize) -> usize {
        let free = self.max.saturating_sub(declared);
        free - free / 10
    }
}

/// The number of open rooms that each client's joins have opened.
#[derive(Debug, Default)]
pub(super) struct Opened {
    by_user: HashMap<UserId, usize>,
    by_address: HashMap<IpAddr, usize>,
}

impl Opened {
    /// Checks whether the client may open another room.
    pub(super) fn check(&self, opener: &Opener, per_user: usize, per_address: usize) -> Result<(), NotOpened> {
        if self.by_user.get(&opener.user).is_some_and(|count| *count >= per_user) {
            return Err(NotOpened::OfUser { max: per_user });
        }
        let of_address = opener.address.and_then(|address| self.by_address.get(&address));
        if of_address.is_some_and(|count| *count >= per_address) {
            return Err(NotOpened::OfAddress { max: per_address });
        }
        Ok(())
    }

    pub(super) fn add(&mut self, opener: &Opener) {
        *self.by_user.entry(opener.user.clone()).or_default() += 1;
        if let Some(address) = opener.address {
            *self.by_address.entry(address).or_default() += 1;
        }
    }

    pub(super) fn remove(&mut self, opener: &Opener) {
        release(&mut self.by_user, &opener.user);
        if let Some(address) = opener.address {
            release(&mut self.by_address, &address);
        }
    }
}

/// Decrements a count. A count of 0 is removed, so that the map is never larger than the number of rooms.
pub(super) fn release<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
