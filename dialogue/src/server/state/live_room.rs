//! One room: its members, what they hear, the order in which they hear it, and what of it is remembered.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use futures_util::task::AtomicWaker;
use indexmap::IndexMap;
use parking_lot::Mutex;

use crate::event::EventDef;
use crate::room::{ClientId, RoomInfo, UserId};

use super::heard::Heard;
use super::history::{Batch, Gap, History, Missing, Page};
use super::log::{Change, Evict, Record};
use super::profile::{Origin, Profile};
use super::replay::{Old, Replay, Resume, hears, latest, missed};
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
    /// The user who opened it, if a client did.
    pub(crate) opener: OnceLock<UserId>,
    /// How much is remembered in all rooms of the user whose room this is, if it is anyone's; it is looked up once.
    pub(crate) bytes_of_user: OnceLock<Option<Arc<AtomicI64>>>,
    /// How many announcements have to be sent before anyone may join.
    pub(crate) announced: AtomicU64,
    /// It is on the list of rooms that remember something.
    pub(crate) is_listed: AtomicBool,
    /// Someone takes over what it evicts.
    pub(crate) is_being_cleaned: AtomicBool,
    /// Wakes whoever takes over, when enough waits.
    pub(crate) cleaner: AtomicWaker,
    /// How many evicted events are at hand; signed, as an event's end may be counted before its beginning.
    pub(crate) evicted: AtomicI64,
    /// When the last event was recorded.
    recorded_at: AtomicU64,
    state: Mutex<State<M>>,
}

struct State<M: Member> {
    closed: bool,
    members: IndexMap<ClientId, Seat<M>>,
    subscribers: Subscribers<M>,
    history: History<M::Packet>,
    /// The place of the last recorded event.
    offset: u64,
}

pub(super) struct Seat<M> {
    member: M,
    pub(super) wanted: Wanted,
    /// Which events the member was sent live; `None` once a join of its own has settled what it missed, which a `resume` that
    /// was refused does not.
    pub(super) heard: Option<Heard>,
    /// The member has joined by itself, and not only the server for it.
    has_asked: bool,
}

/// What someone asks for who joins.
pub(crate) struct SeatRequest<'a, P> {
    pub(crate) wanted: Wanted,
    /// Whether they are to replace those of a member that sits here already.
    pub(crate) replace: bool,
    /// Whether the member itself asks, and not the server for it.
    pub(crate) own: bool,
    /// Whether it asks without an acknowledgement, as clients do that had no handler for history before.
    pub(crate) classic: bool,
    /// Whether it settles what the member has missed: the member itself asks, and not to resume.
    pub(crate) settles: bool,
    pub(crate) resume: Option<Resume<'a, P>>,
    /// How many bytes may be sent of what was missed.
    pub(crate) resume_bytes: usize,
    /// How many bytes of history may be sent.
    pub(crate) history_bytes: usize,
    /// What memory lacks for a new member, and where it was taken from.
    pub(crate) older: Vec<(Missing, Vec<Old<P>>)>,
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

/// Why an event was not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotPublished {
    /// The room is closed.
    Closed,
    /// The sender is not a member any more.
    NotMember,
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
        };
        Self {
            profile,
            epoch,
            opener: OnceLock::new(),
            bytes_of_user: OnceLock::new(),
            announced: AtomicU64::new(0),
            is_listed: AtomicBool::new(false),
            is_being_cleaned: AtomicBool::new(false),
            cleaner: AtomicWaker::new(),
            evicted: AtomicI64::new(0),
            recorded_at: AtomicU64::new(0),
            state: Mutex::new(state),
        }
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
        let seat = members.entry(member.id().clone()).or_insert_with(|| Seat::new(member));
        if request.replace || !again {
            subscribers.remove(member.id(), &seat.wanted);
            let before = std::mem::replace(&mut seat.wanted, request.wanted);
            seat.note(&before, *offset);
            subscribers.insert(member, &seat.wanted);
        }
        // A client that the server has seated is sent history with its own first join too: it may have had no handler
        // for it before.
        let is_first = !again || request.own && request.classic && !seat.has_asked;
        seat.has_asked |= request.own;
        let resume = request.resume.filter(|resume| resume.epoch == self.epoch && resume.offset <= *offset);
        let missed = resume.and_then(|resume| missed(history, seat, resume));
        let missed = missed.filter(|events| events.iter().map(Record::bytes).sum::<usize>() <= request.resume_bytes);
        let replay = match missed {
            Some(missed) => Replay::Missed(missed),
            None if !is_first => Replay::Latest(Vec::new()),
            None => {
                let (per_type, bytes) = (self.profile.sync_history_on_join, request.history_bytes);
                Replay::Latest(latest(history, per_type, request.older, bytes))
            }
        };
        if matches!(replay, Replay::Missed(_)) || request.settles {
            seat.heard = None;
        }
        let subscriptions = seat.wanted.iter().cloned().collect();
        welcome(&Seated { again, offset: *offset, subscriptions, replay });
        Ok(!again)
    }

    /// What memory does not have of the events that someone has missed; `None` when some of it is lost, when it cannot have
    /// been here, or when it has caught up already.
    pub(crate) fn gaps(&self, member: &ClientId, epoch: &str, offset: u64, wanted: &Wanted) -> Option<Vec<Gap>> {
        let state = self.state.lock();
        let has_caught_up = state.members.get(member).is_some_and(|seat| seat.heard.is_none());
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

    /// Whether a join would be answered with history: the first one, and the first that the member itself asks for without an
    /// acknowledgement.
    pub(crate) fn greets(&self, member: &ClientId, classic: bool) -> bool {
        self.state.lock().members.get(member).is_none_or(|seat| classic && !seat.has_asked)
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
        let State { members, subscribers, offset, .. } = &mut *state;
        let seat = members.get_mut(member)?;
        subscribers.remove(member, &seat.wanted);
        let before = seat.wanted.clone();
        let changed = change(&mut seat.wanted);
        seat.note(&before, *offset);
        subscribers.insert(&seat.member, &seat.wanted);
        Some(changed)
    }

    /// Whether a member has subscribed to `event`; `None` when it is not here.
    pub(crate) fn is_subscribed(&self, member: &ClientId, event: &str) -> Option<bool> {
        Some(self.state.lock().members.get(member)?.wanted.contains(event))
    }

    /// What a member hears, in alphabetical order; `None` when it is not here.
    pub(crate) fn subscriptions(&self, member: &ClientId) -> Option<Vec<Arc<str>>> {
        Some(self.state.lock().members.get(member)?.wanted.iter().cloned().collect())
    }

    /// Gives the event its place and pushes it to everyone who hears it. A `sender` must be a member.
    ///
    /// `encode` is called once, with the offset if the event is recorded; `published` is called while the place is
    /// still being held, so that what it does happens in the room's order too.
    pub(crate) fn publish(
        &self,
        event: &EventDef,
        sender: Option<&ClientId>,
        evict: Evict,
        timestamp: u64,
        encode: impl FnOnce(Option<u64>) -> M::Packet,
        published: impl FnOnce(Published),
    ) -> Result<Published, NotPublished> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(NotPublished::Closed);
        }
        // Hooks may have taken their time since the request was checked: who was removed meanwhile says nothing here.
        if sender.is_some_and(|sender| !state.members.contains_key(sender)) {
            return Err(NotPublished::NotMember);
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
            self.recorded_at.store(timestamp, Ordering::Relaxed);
        }
        let outcome = Published { offset, recipients, change };
        published(outcome);
        Ok(outcome)
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

    /// The oldest events of each type that wait to be taken over, `max` of a type at most.
    pub(crate) fn batches(&self, max: usize) -> Vec<Batch<M::Packet>> {
        self.state.lock().history.batches(max)
    }

    /// Whether so many events of one type wait to be taken over.
    pub(crate) fn has_batch(&self, least: usize) -> bool {
        self.state.lock().history.has_batch(least)
    }

    /// The events of one type up to `offset` have been taken over.
    pub(crate) fn taken(&self, event: &str, offset: u64) -> Change {
        self.state.lock().history.taken(event, offset)
    }

    /// When the last event was recorded. It takes no lock: rooms are compared by it while their list is locked.
    pub(crate) fn recorded_at(&self) -> u64 {
        self.recorded_at.load(Ordering::Relaxed)
    }

    /// The user whose room this is: who opened it, or for whom it was created.
    pub(crate) fn user(&self) -> Option<&UserId> {
        self.profile.created_by.as_ref().or_else(|| self.opener.get())
    }

    /// Whether it is one of a table, and so always there.
    pub(crate) fn is_declared(&self) -> bool {
        self.profile.origin == Origin::Declared
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
    fn new(member: &M) -> Self {
        Self { member: member.clone(), wanted: Wanted::new(), heard: Some(Heard::default()), has_asked: false }
    }

    /// Notes that the subscriptions have changed from `before` to what they are, after the event at `offset`.
    fn note(&mut self, before: &Wanted, offset: u64) {
        if let Some(heard) = &mut self.heard {
            heard.change(before, &self.wanted, offset);
        }
    }
}
