//! The rate limits of one client.

use std::collections::HashSet;
use std::time::Duration;

use crate::event::EventDef;
use crate::event::Rate;
use crate::room::RoomId;

use crate::server::state::Gcra;

/// The state of one client's rate limits.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) triggers: Gcra,
    pub(crate) joins: Gcra,
    pub(crate) requests: Gcra,
    pub(crate) lists: Gcra,
    pub(crate) renewals: Gcra,
    pub(crate) history: Gcra,
    /// Rooms whose history was sent in answer to a join. The first join of each room is free, because a client that
    /// reconnects joins all its rooms again.
    synced: HashSet<RoomId>,
    /// The state of events that have their own rate, by name.
    events: Vec<(Box<str>, Gcra)>,
}

/// A rate limit is exceeded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exceeded {
    pub(crate) rate: Rate,
    pub(crate) retry_after: Duration,
}

impl Limits {
    /// Whether a join may send history. The first join of a room may, for up to `rooms` rooms. Any other join may only
    /// while the rate for history has a permit left.
    pub(crate) fn may_sync(
        &self,
        room: &RoomId,
        rooms: usize,
        rate: Option<Rate>,
        now: Duration,
    ) -> Result<(), Exceeded> {
        // This takes from a copy. The amount to charge is known once the history has been sent.
        let mut history = self.history;
        if self.is_first_sync(room, rooms) { Ok(()) } else { take(&mut history, rate, now) }
    }

    /// Charges the rate for history after a join has sent `bytes` of it. `page` bytes count as one request.
    pub(crate) fn synced(
        &mut self,
        room: &RoomId,
        rooms: usize,
        rate: Option<Rate>,
        now: Duration,
        bytes: usize,
        page: usize,
    ) {
        if self.is_first_sync(room, rooms) {
            self.synced.insert(room.clone());
        } else if let Some(rate) = rate {
            self.history.charge(rate, now, bytes, page);
        }
    }

    fn is_first_sync(&self, room: &RoomId, rooms: usize) -> bool {
        self.synced.len() < rooms && !self.synced.contains(room)
    }

    /// Takes a permit of the event's own rate.
    pub(crate) fn take_event(&mut self, event: &EventDef, now: Duration) -> Result<(), Exceeded> {
        let Some(rate) = event.rate_limit() else { return Ok(()) };
        let known = self.events.iter().position(|(name, _)| **name == *event.name());
        let at = known.unwrap_or_else(|| {
            self.events.push((event.name().into(), Gcra::default()));
            self.events.len() - 1
        });
        take(&mut self.events[at].1, Some(rate), now)
    }
}

/// Takes a permit of a rate, if the rate is limited.
pub(crate) fn take(gcra: &mut Gcra, rate: Option<Rate>, now: Duration) -> Result<(), Exceeded> {
    let Some(rate) = rate else { return Ok(()) };
    gcra.take(rate, now).map_err(|retry_after| Exceeded { rate, retry_after })
}
