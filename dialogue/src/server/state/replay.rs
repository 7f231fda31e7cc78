//! What someone is sent who joins: what it has missed, or the newest of the past.

use super::history::{Gap, History, Missing, Record};
use super::live_room::Seat;
use super::profile::ALL;
use super::subscribers::Wanted;

/// Where a member that was here before has come to.
pub(crate) struct Resume<'a, P> {
    pub(crate) epoch: &'a str,
    pub(crate) offset: u64,
    /// What memory did not have, and where it was taken from.
    pub(crate) stored: Vec<(Gap, Vec<(u64, P)>)>,
}

/// What happened before a member came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Replay<P> {
    /// Everything that it has missed, in order.
    Missed(Vec<P>),
    /// The newest events of each type, newest first.
    Latest(Vec<P>),
}

pub(super) fn hears(wanted: &Wanted, event: &str) -> bool {
    wanted.contains(ALL) || wanted.contains(event)
}

/// Goes on with older events, as long as they fit.
pub(super) fn add_older<P: Record>(
    history: &History<P>,
    newest: &mut Vec<P>,
    older: Vec<(Missing, Vec<(u64, P)>)>,
    history_bytes: usize,
) {
    let known = older.into_iter().filter(|(missing, _)| history.is_still_missing(missing));
    let mut older: Vec<_> = known.flat_map(|(_, events)| events).collect();
    older.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    let mut bytes: usize = newest.iter().map(Record::bytes).sum();
    newest.extend(older.into_iter().map(|(_, packet)| packet).take_while(|packet| {
        bytes += packet.bytes();
        bytes <= history_bytes
    }));
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
    Some(missed.into_iter().map(|(_, packet)| packet).collect())
}
