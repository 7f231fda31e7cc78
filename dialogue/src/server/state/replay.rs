//! What someone is sent who joins: what it has missed, or the newest of the past.

use std::cmp::Reverse;

use super::history::{Gap, History, Missing};
use super::live_room::Seat;
use super::log::Record;
use super::profile::ALL;
use super::subscribers::Wanted;

/// Where a member that was here before has come to.
pub(crate) struct Resume<'a, P> {
    pub(crate) epoch: &'a str,
    pub(crate) offset: u64,
    /// What memory did not have, and where it was taken from.
    pub(crate) stored: Vec<(Gap, Vec<(u64, P)>)>,
}

/// An event from the store.
pub(crate) struct Old<P> {
    /// `None` if it is of an earlier epoch.
    pub(crate) offset: Option<u64>,
    pub(crate) timestamp: u64,
    pub(crate) packet: P,
}

/// What happened before a member came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Replay<P> {
    /// Everything that it has missed, in order.
    Missed(Vec<P>),
    /// The newest events of each type, newest first.
    Latest(Vec<P>),
}

impl<P: Record> Replay<P> {
    /// How many bytes they are.
    pub(crate) fn bytes(&self) -> usize {
        let (Self::Missed(events) | Self::Latest(events)) = self;
        events.iter().map(Record::bytes).sum()
    }
}

pub(super) fn hears(wanted: &Wanted, event: &str) -> bool {
    wanted.contains(ALL) || wanted.contains(event)
}

/// The newest `per_type` events of each type that memory has and the store had, newest first, as many as fit into `bytes`.
pub(super) fn latest<P: Record>(
    history: &History<P>,
    per_type: usize,
    older: Vec<(Missing, Vec<Old<P>>)>,
    bytes: usize,
) -> Vec<P> {
    let (newest, is_all) = history.sync(per_type, bytes);
    // Where memory's own do not all fit, nothing that is older than the last one of them may follow.
    let oldest = if is_all { None } else { Some(newest.last().map_or(u64::MAX, |(offset, _)| *offset)) };
    let known = older.into_iter().filter(|(missing, _)| history.is_still_missing(missing));
    let stored = known.flat_map(|(_, events)| events).filter(|old| oldest.is_none() || old.offset > oldest);
    let recorded = newest.into_iter().map(|(offset, packet)| Old { offset: Some(offset), timestamp: 0, packet });
    let mut events: Vec<_> = recorded.chain(stored).collect();
    // One type's events in the store may be newer than another type's in memory. Those of earlier epochs come last.
    events.sort_by_key(|old| Reverse((old.offset, old.timestamp)));
    let mut free = bytes;
    let fits = |packet: &P| {
        let rest = free.checked_sub(packet.bytes());
        free = rest.unwrap_or(0);
        rest.is_some()
    };
    events.into_iter().map(|old| old.packet).take_while(fits).collect()
}

/// Everything after `resume.offset` that the member wants and has not been sent live since the server seated it; `None` if
/// something of it is not at hand, or if the member has joined by itself before.
pub(super) fn missed<M, P: Record>(history: &History<P>, seat: &Seat<M>, resume: Resume<'_, P>) -> Option<Vec<P>> {
    let heard = seat.heard.as_ref().filter(|heard| heard.is_complete())?;
    let wants = |event: &str| hears(&seat.wanted, event);
    let known = |gap: &Gap| resume.stored.iter().any(|(stored, _)| stored == gap);
    if !history.gaps(resume.offset, wants)?.iter().all(known) {
        return None;
    }
    let is_missed = |event: &str, offset: u64| !heard.includes(event, offset);
    let mut missed = Vec::new();
    for (gap, events) in resume.stored {
        missed.extend(events.into_iter().filter(|(offset, _)| is_missed(&gap.event, *offset)));
    }
    missed.extend(history.after(resume.offset, wants, is_missed));
    missed.sort_by_key(|(offset, _)| *offset);
    missed.dedup_by_key(|(offset, _)| *offset);
    Some(missed.into_iter().map(|(_, packet)| packet).collect())
}
