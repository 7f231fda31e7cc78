//! Every connected peer, by connection and by user.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use parking_lot::RwLock;
use tokio::sync::Notify;

use crate::room::{ClientId, UserId};

use super::peer::Peer;

/// The connected peers.
#[derive(Default)]
pub(crate) struct Peers {
    index: RwLock<Index>,
    emptied: Notify,
}

#[derive(Default)]
struct Index {
    by_id: IndexMap<ClientId, Arc<Peer>>,
    by_user: HashMap<UserId, Vec<ClientId>>,
    closed: bool,
}

/// Why a peer was not admitted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotAdmitted {
    /// Its user has the maximum number of connections.
    Full,
    /// The server admits nobody any more.
    Closed,
}

impl Peers {
    /// Adds a peer, unless its user has `max` already. `welcome` runs before anyone can find the peer and send to it.
    pub(crate) fn insert(&self, peer: &Arc<Peer>, max: usize, welcome: impl FnOnce()) -> Result<(), NotAdmitted> {
        let mut index = self.index.write();
        if index.closed {
            return Err(NotAdmitted::Closed);
        }
        if index.by_user.get(peer.user_id()).is_some_and(|ids| ids.len() >= max) {
            return Err(NotAdmitted::Full);
        }
        welcome();
        index.by_user.entry(peer.user_id().clone()).or_default().push(peer.id().clone());
        index.by_id.insert(peer.id().clone(), Arc::clone(peer));
        Ok(())
    }

    /// Admits nobody any more, and returns everyone who is connected.
    pub(crate) fn close(&self) -> Vec<Arc<Peer>> {
        self.index.write().closed = true;
        self.all()
    }

    pub(crate) fn remove(&self, peer: &Peer) {
        let mut index = self.index.write();
        if index.by_id.swap_remove(peer.id()).is_none() {
            return;
        }
        if let Some(ids) = index.by_user.get_mut(peer.user_id()) {
            ids.retain(|id| id != peer.id());
            if ids.is_empty() {
                index.by_user.remove(peer.user_id());
            }
        }
        if index.by_id.is_empty() {
            self.emptied.notify_waiters();
        }
    }

    pub(crate) fn all(&self) -> Vec<Arc<Peer>> {
        self.index.read().by_id.values().cloned().collect()
    }

    /// Every connection of a user.
    pub(crate) fn of(&self, user: &str) -> Vec<Arc<Peer>> {
        let index = self.index.read();
        let ids = index.by_user.get(user).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| index.by_id.get(id).cloned()).collect()
    }

    /// Waits until nobody is connected.
    pub(crate) async fn gone(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.len() == 0 {
                return;
            }
            emptied.await;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.read().by_id.len()
    }
}
