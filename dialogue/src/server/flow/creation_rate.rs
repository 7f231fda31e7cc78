//! The rate limits of creating and deleting rooms. Every client is notified of such a change, so the limits apply to
//! all connections of a user, and of an address, together. A new connection gets no new permits.

use std::net::IpAddr;

use std::time::Duration;

use parking_lot::Mutex;

use crate::room::UserId;
use crate::server::config::Config;
use crate::server::connection::{Exceeded, Peer, take};
use crate::server::state::{ExpiringMap, Gcra};

/// Maximum number of users, and of addresses. More are active within one window only under attack. The state of some is
/// then discarded.
const KEYS: usize = 100_000;

/// The state of the limits of users and addresses.
pub(crate) struct CreationRate {
    users: Mutex<ExpiringMap<UserId, Gcra>>,
    addresses: Mutex<ExpiringMap<IpAddr, Gcra>>,
}

impl CreationRate {
    /// Takes a permit of the user and one of the address.
    pub(crate) fn take(&self, peer: &Peer, config: &Config, now: Duration) -> Result<(), Exceeded> {
        let is_stale = |gcra: &mut Gcra| gcra.is_fresh(now);
        // The user is checked first, so that a user without permits does not use those of the address.
        take(self.users.lock().entry(peer.user_id().clone(), Gcra::default, is_stale), config.create_rate, now)?;
        let Some(address) = peer.handshake.address() else { return Ok(()) };
        let mut addresses = self.addresses.lock();
        take(addresses.entry(address, Gcra::default, is_stale), config.create_rate_per_address, now)
    }
}

impl Default for CreationRate {
    fn default() -> Self {
        Self { users: Mutex::new(ExpiringMap::new(KEYS)), addresses: Mutex::new(ExpiringMap::new(KEYS)) }
    }
}
