//! How often rooms are created and deleted. Every client is told each time, so the rate holds for all connections of a user,
//! and of an address, together: whoever connects again gets no new one.

use std::net::IpAddr;

use std::time::Duration;

use parking_lot::Mutex;

use crate::room::UserId;
use crate::server::config::Config;
use crate::server::connection::{Exceeded, Peer, take};
use crate::server::state::{ExpiringMap, Gcra};

/// How many users and addresses are remembered. More are active within one window only under attack; then some are
/// forgotten, and begin anew.
const KEYS: usize = 100_000;

/// What users and addresses have used up of their rates.
pub(crate) struct CreationRate {
    users: Mutex<ExpiringMap<UserId, Gcra>>,
    addresses: Mutex<ExpiringMap<IpAddr, Gcra>>,
}

impl CreationRate {
    /// Takes one for the user and one for the address.
    pub(crate) fn take(&self, peer: &Peer, config: &Config, now: Duration) -> Result<(), Exceeded> {
        let is_stale = |gcra: &mut Gcra| gcra.is_fresh(now);
        // The user first: one who has none left takes nothing from others at the same address.
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
