//! Who is connected.

use std::collections::HashMap;

use indexmap::IndexMap;
use parking_lot::RwLock;
use tokio::sync::Notify;

use crate::room::{ClientId, UserId};

use super::client::Client;

/// The connected clients, by connection and by user.
#[derive(Default)]
pub(crate) struct Clients {
    index: RwLock<Index>,
    emptied: Notify,
}

#[derive(Default)]
struct Index {
    by_id: IndexMap<ClientId, Client>,
    by_user: HashMap<UserId, Vec<ClientId>>,
    closed: bool,
}

/// No place for this one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotLetIn {
    /// Its user has as many clients as one may have.
    Full,
    /// Nobody comes in any more.
    Closed,
}

impl Clients {
    /// Adds a client, unless its user has `max` already. `welcome` runs before anyone can find the client, and send it
    /// something.
    pub(crate) fn insert(&self, client: &Client, max: usize, welcome: impl FnOnce()) -> Result<(), NotLetIn> {
        let mut index = self.index.write();
        if index.closed {
            return Err(NotLetIn::Closed);
        }
        if index.by_user.get(client.user_id()).is_some_and(|ids| ids.len() >= max) {
            return Err(NotLetIn::Full);
        }
        welcome();
        index.by_user.entry(client.user_id().clone()).or_default().push(client.id().clone());
        index.by_id.insert(client.id().clone(), client.clone());
        Ok(())
    }

    /// Takes nobody new; who is here.
    pub(crate) fn close(&self) -> Vec<Client> {
        self.index.write().closed = true;
        self.all()
    }

    pub(crate) fn remove(&self, client: &Client) {
        let mut index = self.index.write();
        if index.by_id.swap_remove(client.id()).is_none() {
            return;
        }
        if let Some(ids) = index.by_user.get_mut(client.user_id()) {
            ids.retain(|id| id != client.id());
            if ids.is_empty() {
                index.by_user.remove(client.user_id());
            }
        }
        if index.by_id.is_empty() {
            self.emptied.notify_waiters();
        }
    }

    pub(crate) fn all(&self) -> Vec<Client> {
        self.index.read().by_id.values().cloned().collect()
    }

    pub(crate) fn of(&self, user: &str) -> Vec<Client> {
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
