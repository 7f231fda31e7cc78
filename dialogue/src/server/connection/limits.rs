//! How often one client may do something.

use std::time::Duration;

use crate::event::EventDef;
use crate::event::Rate;

use crate::server::state::Gcra;

/// What one client has used up of its rates.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) triggers: Gcra,
    pub(crate) joins: Gcra,
    pub(crate) history: Gcra,
    pub(crate) creations: Gcra,
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
