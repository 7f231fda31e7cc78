//! All connected peers, by connection and by user.

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
    /// Notified when no peer is left, or all remaining peers are ending.
    settled: Notify,
}

#[derive(Default)]
struct Index {
    by_id: IndexMap<ClientId, Arc<Peer>>,
    by_user: HashMap<UserId, Vec<ClientId>>,
    /// The number of peers that have handled their last request.
    ending: usize,
    closed: bool,
}

/// Why a peer was not admitted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotAdmitted {
    /// The user has the maximum number of connections.
    Full,
    /// The server no longer admits peers.
    Closed,
}

impl Peers {
    /// Adds a peer, unless its user already has `max` peers. `welcome` runs before any other code can find the peer and
    /// send to it.
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

    /// Stops admitting peers, and returns all connected peers.
    pub(crate) fn close(&self) -> Vec<Arc<Peer>> {
        self.index.write().closed = true;
        self.all()
    }

    pub(crate) fn remove(&self, peer: &Peer) {
        let mut index = self.index.write();
        if index.by_id.swap_remove(peer.id()).is_none() {
            return;
        }
        if peer.is_ending() {
            index.ending -= 1;
        }
        if let Some(ids) = index.by_user.get_mut(peer.user_id()) {
            ids.retain(|id| id != peer.id());
            if ids.is_empty() {
                index.by_user.remove(peer.user_id());
            }
        }
        self.notify(&index);
    }

    /// Records that a peer has handled its last request.
    pub(crate) fn set_ending(&self, peer: &Peer) {
        let mut index = self.index.write();
        if !peer.set_ending() && index.by_id.contains_key(peer.id()) {
            index.ending += 1;
        }
        self.notify(&index);
    }

    /// Wakes the waiters only when their condition can hold. Otherwise the cost of a stop would be quadratic in the
    /// number of connections.
    fn notify(&self, index: &Index) {
        if index.ending == index.by_id.len() {
            self.settled.notify_waiters();
        }
    }

    /// Waits until every peer has handled the last of its requests.
    pub(crate) async fn all_ending(&self) {
        loop {
            let settled = self.settled.notified();
            let all = {
                let index = self.index.read();
                index.ending == index.by_id.len()
            };
            if all {
                return;
            }
            settled.await;
        }
    }

    pub(crate) fn all(&self) -> Vec<Arc<Peer>> {
        self.index.read().by_id.values().cloned().collect()
    }

    /// Returns all peers of a user.
    pub(crate) fn of(&self, user: &str) -> Vec<Arc<Peer>> {
        let index = self.index.read();
        let ids = index.by_user.get(user).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| index.by_id.get(id).cloned()).collect()
    }

    /// Waits until no peer is connected.
    pub(crate) async fn gone(&self) {
        loop {
            let settled = self.settled.notified();
            if self.len() == 0 {
                return;
            }
            settled.await;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.read().by_id.len()
    }
}
