//! One room: its members, what they hear, the order in which they hear it, and what of it is remembered.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use indexmap::IndexMap;
use parking_lot::Mutex;

use crate::event::EventDef;
use crate::room::ClientId;
use crate::room::RoomInfo;

use super::history::{Batch, Change, Evict, Gap, History, Missing, Page, Record};
use super::profile::Profile;
use super::replay::{Replay, Resume, add_older, hears, missed};
use super::subscribers::{Subscribers, Wanted};

/// Someone who can be in a room.
pub(crate) trait Member: Clone {
    /// One packet on its way to a member.
    type Packet: Record;

    /// Which connection this is.
    fn id(&self) -> &ClientId;

    /// Queues a packet; never blocks.
    fn push(&self, packet: &Self::Packet);
}

/// A room that exists.
pub(crate) struct LiveRoom<M: Member> {
    pub(crate) profile: Profile,
    /// The life of this room: resuming in another one cannot work.
    pub(crate) epoch: String,
    /// It is on the list of rooms that remember something.
    pub(crate) is_listed: AtomicBool,
    /// Someone takes over what it evicts.
    pub(crate) is_being_cleaned: AtomicBool,
    state: Mutex<State<M>>,
}

struct State<M: Member> {
    closed: bool,
    members: IndexMap<ClientId, Seat<M>>,
    subscribers: Subscribers<M>,
    history: History<M::Packet>,
    /// The place of the last recorded event.
    offset: u64,
    /// When the last event was recorded.
    recorded_at: u64,
}

pub(super) struct Seat<M> {
    member: M,
    pub(super) wanted: Wanted,
    /// Where the member came in without catching up, if it did: up to there it may still ask to.
    pub(super) since: Option<u64>,
}

/// What someone asks for who joins.
pub(crate) struct SeatRequest<'a, P> {
    pub(crate) wanted: Wanted,
    /// Whether they are to replace those of a member that sits here already.
    pub(crate) replace: bool,
    pub(crate) resume: Option<Resume<'a, P>>,
    /// How many bytes may be sent of what was missed.
    pub(crate) resume_bytes: usize,
    /// How many bytes of history may be sent.
    pub(crate) history_bytes: usize,
    /// What memory does not have of the history for a new member, and where it was taken from: with its time, newest first.
    pub(crate) older: Vec<(Missing, Vec<(u64, P)>)>,
}

/// A seat has been taken, or was taken before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seated<P> {
    /// The member sat here already.
    pub(crate) again: bool,
    pub(crate) offset: u64,
    pub(crate) subscriptions: Vec<Arc<str>>,
    pub(crate) replay: Replay<P>,
}

/// No seat for this one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotSeated {
    Full {
        max_size: usize,
    },
    /// The room was closed in the meantime.
    Closed,
}

/// A seat has been given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// There was none.
    NotHere,
    /// The room goes on.
    Open,
    /// It was the last one, and the room has closed with it.
    Closed,
}

/// An event has its place in the room's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) offset: Option<u64>,
    pub(crate) recipients: usize,
    pub(crate) change: Change,
}

impl<M: Member> LiveRoom<M> {
    pub(crate) fn new(profile: Profile, epoch: String) -> Self {
        let state = State {
            closed: false,
            members: IndexMap::new(),
            subscribers: Subscribers::new(),
            history: History::new(),
            offset: 0,
            recorded_at: 0,
        };
        let [is_listed, is_being_cleaned] = [AtomicBool::new(false), AtomicBool::new(false)];
        Self { profile, epoch, is_listed, is_being_cleaned, state: Mutex::new(state) }
    }

    /// Takes a seat, if there is one. `welcome` runs before any event of the room can reach the member.
    pub(crate) fn join(
        &self,
        member: &M,
        request: SeatRequest<'_, M::Packet>,
        welcome: impl FnOnce(&Seated<M::Packet>),
    ) -> Result<bool, NotSeated> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(NotSeated::Closed);
        }
        let State { members, subscribers, history, offset, .. } = &mut *state;
        let again = members.contains_key(member.id());
        let max_size = self.profile.max_size.filter(|max| !again && members.len() >= *max);
        if let Some(max_size) = max_size {
            return Err(NotSeated::Full { max_size });
        }
        let seat = members.entry(member.id().clone()).or_insert_with(|| Seat::new(member, *offset));
        let heard = seat.wanted.clone();
        if request.replace || !again {
            subscribers.remove(member.id(), &seat.wanted);
            seat.wanted = request.wanted;
            subscribers.insert(member, &seat.wanted);
        }
        let resume = request.resume.filter(|resume| resume.epoch == self.epoch && resume.offset <= *offset);
        let missed = resume.and_then(|resume| missed(history, seat, &heard, resume));
        let missed = missed.filter(|events| events.iter().map(Record::bytes).sum::<usize>() <= request.resume_bytes);
        let replay = match missed {
            Some(missed) => Replay::Missed(missed),
            None if again => Replay::Latest(Vec::new()),
            None => {
                let (mut newest, is_all) = history.sync(self.profile.sync_history_on_join, request.history_bytes);
                if is_all {
                    add_older(history, &mut newest, request.older, request.history_bytes);
                }
                Replay::Latest(newest)
            }
        };
        if matches!(replay, Replay::Missed(_)) {
            seat.since = None;
        }
        let subscriptions = seat.wanted.iter().cloned().collect();
        welcome(&Seated { again, offset: *offset, subscriptions, replay });
        Ok(!again)
    }

    /// What memory does not have of the events that someone has missed; `None` when some of it is lost, when it cannot have
    /// been here, or when it has caught up already.
    pub(crate) fn gaps(&self, member: &ClientId, epoch: &str, offset: u64, wanted: &Wanted) -> Option<Vec<Gap>> {
        let state = self.state.lock();
        let has_caught_up = state.members.get(member).is_some_and(|seat| seat.since.is_none());
        if epoch != self.epoch || offset > state.offset || has_caught_up {
            return None;
        }
        state.history.gaps(offset, |event| hears(wanted, event))
    }

    /// Nothing that was taken over goes away until it is [unpinned](Self::unpin).
    pub(crate) fn pin(&self) {
        self.state.lock().history.pin();
    }

    pub(crate) fn unpin(&self) -> Change {
        self.state.lock().history.unpin()
    }

    /// What memory lacks of the events that a new member is to be sent.
    pub(crate) fn missing_for_sync(&self) -> Vec<Missing> {
        let per_type = self.profile.sync_history_on_join;
        if per_type == 0 {
            return Vec::new();
        }
        let state = self.state.lock();
        let kept = self.profile.events().filter(|event| event.history() > 0);
        kept.filter_map(|event| state.history.missing(event.name(), per_type.min(event.history()))).collect()
    }

    /// There are no older events than those that answered this lack.
    pub(crate) fn set_complete(&self, missing: &Missing) {
        self.state.lock().history.set_complete(missing);
    }

    /// Gives the seat back. A room that closes when it is empty closes now.
    pub(crate) fn leave(&self, member: &ClientId) -> Left {
        let mut state = self.state.lock();
        let Some(seat) = state.members.swap_remove(member) else { return Left::NotHere };
        state.subscribers.remove(member, &seat.wanted);
        if self.closes(&mut state) { Left::Closed } else { Left::Open }
    }

    /// Closes a room that closes when it is empty, if it is; true when that is done by this call.
    pub(crate) fn close_if_empty(&self) -> bool {
        self.closes(&mut self.state.lock())
    }

    fn closes(&self, state: &mut State<M>) -> bool {
        let closes = !state.closed && state.members.is_empty() && self.profile.closes_when_empty;
        state.closed |= closes;
        closes
    }

    /// Closes the room, and gives back every seat; who sat there, or `None` when it was closed already.
    pub(crate) fn close(&self) -> Option<Vec<M>> {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.closed, true) {
            return None;
        }
        state.subscribers = Subscribers::new();
        Some(std::mem::take(&mut state.members).into_values().map(|seat| seat.member).collect())
    }

    /// Changes what a member hears; `None` when it is not here.
    pub(crate) fn resubscribe<T>(&self, member: &ClientId, change: impl FnOnce(&mut Wanted) -> T) -> Option<T> {
        let mut state = self.state.lock();
        let State { members, subscribers, .. } = &mut *state;
        let seat = members.get_mut(member)?;
        subscribers.remove(member, &seat.wanted);
        let changed = change(&mut seat.wanted);
        subscribers.insert(&seat.member, &seat.wanted);
        Some(changed)
    }

    /// What a member hears, in alphabetical order; `None` when it is not here.
    pub(crate) fn subscriptions(&self, member: &ClientId) -> Option<Vec<Arc<str>>> {
        Some(self.state.lock().members.get(member)?.wanted.iter().cloned().collect())
    }

    /// Gives the event its place and pushes it to everyone who hears it; `None` when the room is closed.
    ///
    /// `encode` is called once, with the offset if the event is recorded; `published` is called while the place is
    /// still being held, so that what it does happens in the room's order too.
    pub(crate) fn publish(
        &self,
        event: &EventDef,
        evict: Evict,
        timestamp: u64,
        encode: impl FnOnce(Option<u64>) -> M::Packet,
        published: impl FnOnce(Published),
    ) -> Option<Published> {
        let mut state = self.state.lock();
        if state.closed {
            return None;
        }
        let offset = (event.history() > 0).then(|| {
            state.offset += 1;
            state.offset
        });
        let packet = encode(offset);
        let mut recipients = 0;
        for member in state.subscribers.of(event.name()) {
            member.push(&packet);
            recipients += 1;
        }
        let mut change = Change::default();
        if let Some(offset) = offset {
            change = state.history.record(event.name(), event.history(), evict, offset, packet);
            state.recorded_at = timestamp;
        }
        let outcome = Published { offset, recipients, change };
        published(outcome);
        Some(outcome)
    }

    /// The events `start` to `end` of one type, counted from the newest.
    pub(crate) fn newest(&self, event: &str, start: usize, end: usize) -> Page<M::Packet> {
        self.state.lock().history.newest(event, start, end)
    }

    /// Up to `count` events of one type that are older than `offset`.
    pub(crate) fn before(&self, event: &str, offset: u64, count: usize) -> Page<M::Packet> {
        self.state.lock().history.before(event, offset, count)
    }

    /// Evicts everything that is remembered.
    pub(crate) fn shed(&self, evict: Evict) -> Change {
        self.state.lock().history.shed(evict)
    }

    /// The oldest events of some type that wait to be taken over, `max` at most.
    pub(crate) fn batch(&self, max: usize) -> Option<Batch<M::Packet>> {
        self.state.lock().history.batch(max)
    }

    /// The events of one type up to `offset` have been taken over.
    pub(crate) fn taken(&self, event: &str, offset: u64) -> Change {
        self.state.lock().history.taken(event, offset)
    }

    /// When the last event was recorded; `None` when nothing is remembered.
    pub(crate) fn recorded_at(&self) -> Option<u64> {
        let state = self.state.lock();
        (!state.history.is_empty()).then_some(state.recorded_at)
    }

    pub(crate) fn size(&self) -> usize {
        self.state.lock().members.len()
    }

    pub(crate) fn participants(&self) -> Vec<M> {
        self.state.lock().members.values().map(|seat| seat.member.clone()).collect()
    }

    /// What the list of rooms shows.
    pub(crate) fn info(&self) -> RoomInfo {
        let profile = &self.profile;
        RoomInfo {
            id: profile.id.clone(),
            name: profile.name.to_string(),
            description: profile.description.as_ref().map(ToString::to_string),
            size: self.size(),
            max_size: profile.max_size,
            created_by_id: profile.created_by.clone(),
        }
    }

    /// Whether it has closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Whether nothing of any member is left.
    pub(crate) fn is_empty(&self) -> bool {
        let state = self.state.lock();
        state.members.is_empty() && state.subscribers.is_empty()
    }
}

impl<M: Member> Seat<M> {
    fn new(member: &M, since: u64) -> Self {
        Self { member: member.clone(), wanted: Wanted::new(), since: Some(since) }
    }
}
