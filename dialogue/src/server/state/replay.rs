//! The events that a joining member receives: those that it has missed, or the latest ones.

use std::cmp::Reverse;

use super::history::{Gap, History, Missing};
use super::live_room::Seat;
use super::log::Record;
use super::profile::ALL;
use super::subscribers::Wanted;

/// The position of a member that was here before.
pub(crate) struct Resume<'a, P> {
    pub(crate) epoch: &'a str,
    pub(crate) offset: u64,
    /// Events that were not in memory, and where they were loaded from.
    pub(crate) stored: Vec<(Gap, Vec<(u64, P)>)>,
}

/// An event from the store.
pub(crate) struct Old<P> {
    /// The offset, or `None` if the event is of an earlier epoch.
    pub(crate) offset: Option<u64>,
    pub(crate) timestamp: u64,
    pub(crate) packet: P,
}

/// The past events for a joining member.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Replay<P> {
    /// All events that it has missed, in order.
    Missed(Vec<P>),
    /// The newest events of each type, newest first.
    Latest(Vec<P>),
}

impl<P: Record> Replay<P> {
    /// The size of the events in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let (Self::Missed(events) | Self::Latest(events)) = self;
        events.iter().map(Record::bytes).sum()
    }
}

pub(super) fn hears(wanted: &Wanted, event: &str) -> bool {
    wanted.contains(ALL) || wanted.contains(event)
}

/// Returns the newest `per_type` events of each type, from memory and the store, newest first, as many as fit into
/// `bytes`.
pub(super) fn latest<P: Record>(
    history: &History<P>,
    per_type: usize,
    older: Vec<(Missing, Vec<Old<P>>)>,
    bytes: usize,
) -> Vec<P> {
    let (newest, is_all) = history.sync(per_type, bytes);
    // If the events of memory do not all fit, no older events may follow.
    let oldest = if is_all { None } else { Some(newest.last().map_or(u64::MAX, |(offset, _)| *offset)) };
    let known = older.into_iter().filter(|(missing, _)| history.is_still_missing(missing));
    let stored = known.flat_map(|(_, events)| events).filter(|old| oldest.is_none() || old.offset > oldest);
    let recorded = newest.into_iter().map(|(offset, packet)| Old { offset: Some(offset), timestamp: 0, packet });
    let mut events: Vec<_> = recorded.chain(stored).collect();
    // Events of one type in the store may be newer than those of another type in memory. Events of earlier epochs come
    // last.
    events.sort_by_key(|old| Reverse((old.offset, old.timestamp)));
    let mut free = bytes;
    let fits = |packet: &P| {
        let rest = free.checked_sub(packet.bytes());
        free = rest.unwrap_or(0);
        rest.is_some()
    };
    events.into_iter().map(|old| old.packet).take_while(fits).collect()
}

/// Returns all events after `resume.offset` that the member needs and has not received live since the server added it.
/// Returns `None` if some of them are unavailable, or if the member has joined by itself before.
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
