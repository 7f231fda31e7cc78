//! How often one client may do something.

use std::collections::HashSet;
use std::time::Duration;

use crate::event::EventDef;
use crate::event::Rate;
use crate::room::RoomId;

use crate::server::state::Gcra;

/// What one client has used up of its rates.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) triggers: Gcra,
    pub(crate) joins: Gcra,
    pub(crate) requests: Gcra,
    pub(crate) lists: Gcra,
    pub(crate) renewals: Gcra,
    pub(crate) history: Gcra,
    /// Rooms whose history a join of the client has sent: once each is free, as it is when a client reconnects.
    synced: HashSet<RoomId>,
    /// Of the events that have a rate of their own, by name.
    events: Vec<(Box<str>, Gcra)>,
}

/// A rate is used up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exceeded {
    pub(crate) rate: Rate,
    pub(crate) retry_after: Duration,
}

impl Limits {
    /// Whether a join may send history. A first join of a room may, up to `rooms` of them; any other only while something of
    /// the rate for history is left.
    pub(crate) fn may_sync(
        &self,
        room: &RoomId,
        rooms: usize,
        rate: Option<Rate>,
        now: Duration,
    ) -> Result<(), Exceeded> {
        // A copy: what is taken in the end depends on what is sent.
        let mut history = self.history;
        if self.is_first_sync(room, rooms) { Ok(()) } else { take(&mut history, rate, now) }
    }

    /// A join has sent `bytes` of history, of which a request sends `page` at most.
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

    /// Takes one of the event's own rate.
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

/// Takes one of a rate, if there is one.
pub(crate) fn take(gcra: &mut Gcra, rate: Option<Rate>, now: Duration) -> Result<(), Exceeded> {
    let Some(rate) = rate else { return Ok(()) };
    gcra.take(rate, now).map_err(|retry_after| Exceeded { rate, retry_after })
}
