//! One room: its members, their subscriptions, the order of its events, and its history.

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

/// A potential member of a room.
pub(crate) trait Member: Clone {
    /// The type of an outbound packet.
    type Packet: Record;

    /// The id of the connection.
    fn id(&self) -> &ClientId;

    /// Queues a packet; never blocks.
    fn push(&self, packet: &Self::Packet);
}

/// An open room.
pub(crate) struct LiveRoom<M: Member> {
    pub(crate) profile: Profile,
    /// The epoch of this room. A member cannot resume in another epoch.
    pub(crate) epoch: String,
    /// The user who opened the room, if a client did.
    pub(crate) opener: OnceLock<UserId>,
    /// The total size of the history of the user who owns this room, if a user does. It is looked up once.
    pub(crate) bytes_of_user: OnceLock<Option<Arc<AtomicI64>>>,
    /// The number of announcements that must be sent before a client may join.
    pub(crate) announced: AtomicU64,
    /// Whether the room is on the list of rooms with history.
    pub(crate) is_listed: AtomicBool,
    /// Whether a task passes evicted events to the store.
    pub(crate) is_being_cleaned: AtomicBool,
    /// Wakes that task when enough events wait.
    pub(crate) cleaner: AtomicWaker,
    /// The number of evicted events in memory. It is signed, because a removal may be counted before the addition.
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
    /// The offset of the last recorded event.
    offset: u64,
}

pub(super) struct Seat<M> {
    member: M,
    pub(super) wanted: Wanted,
    /// The events that the member has received since the server added it, or `None` once a join of its own has settled
    /// which events it has missed. A refused `resume` settles nothing.
    pub(super) heard: Option<Heard>,
    /// Whether the member has joined by itself.
    has_asked: bool,
}

/// Who sent a request to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskedBy {
    /// The server, on behalf of the member.
    Server,
    /// The member itself.
    Member {
        /// The request has no acknowledgement.
        classic: bool,
        /// The request asks to resume. One that does not settles which events the member has missed.
        resumes: bool,
    },
}

/// The request of a member that joins.
pub(crate) struct SeatRequest<'a, P> {
    pub(crate) wanted: Wanted,
    /// Whether the subscriptions replace those of an existing member.
    pub(crate) replace: bool,
    pub(crate) by: AskedBy,
    pub(crate) resume: Option<Resume<'a, P>>,
    /// Maximum size of the missed events to send, in bytes.
    pub(crate) resume_bytes: usize,
    /// Maximum size of the history to send, in bytes.
    pub(crate) history_bytes: usize,
    /// Events for a new member that are not in memory, and where they were loaded from.
    pub(crate) older: Vec<(Missing, Vec<Old<P>>)>,
}

/// The result of a join.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seated<P> {
    /// Whether it was a member before.
    pub(crate) again: bool,
    pub(crate) offset: u64,
    pub(crate) subscriptions: Vec<Arc<str>>,
    pub(crate) replay: Replay<P>,
}

/// Why a join was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotSeated {
    Full {
        max_size: usize,
    },
    /// The room was closed in the meantime.
    Closed,
}

/// The result of a leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// It was not a member.
    NotHere,
    /// It has left, and the room stays open.
    Open,
    /// It was the last member, and the room has closed.
    Closed,
}

/// Why an event was not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotPublished {
    /// The room is closed.
    Closed,
    /// The sender is no longer a member.
    NotMember,
}

/// The result of publishing an event.
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

    /// Adds a member, unless the room is full. `welcome` runs before any event of the room can reach the member.
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
        // A client that the server has added receives history with its own first join too, because it may have had no
        // handler before.
        let is_first = !again || matches!(request.by, AskedBy::Member { classic: true, .. }) && !seat.has_asked;
        seat.has_asked |= request.by != AskedBy::Server;
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
        if matches!(replay, Replay::Missed(_)) || matches!(request.by, AskedBy::Member { resumes: false, .. }) {
            seat.heard = None;
        }
        let subscriptions = seat.wanted.iter().cloned().collect();
        welcome(&Seated { again, offset: *offset, subscriptions, replay });
        Ok(!again)
    }

    /// Returns the gaps in memory among the events that a member has missed. Returns `None` if some of them are lost,
    /// if the member cannot have been here, or if it has already caught up.
    pub(crate) fn gaps(&self, member: &ClientId, epoch: &str, offset: u64, wanted: &Wanted) -> Option<Vec<Gap>> {
        let state = self.state.lock();
        let has_caught_up = state.members.get(member).is_some_and(|seat| seat.heard.is_none());
        if epoch != self.epoch || offset > state.offset || has_caught_up {
            return None;
        }
        state.history.gaps(offset, |event| hears(wanted, event))
    }

    /// Keeps stored events in memory until [`unpin`](Self::unpin) is called.
    pub(crate) fn pin(&self) {
        self.state.lock().history.pin();
    }

    pub(crate) fn unpin(&self) -> Change {
        self.state.lock().history.unpin()
    }

    /// Whether the answer to a join would include history: the first join, and the first one that the member itself
    /// requests without an acknowledgement.
    pub(crate) fn greets(&self, member: &ClientId, classic: bool) -> bool {
        self.state.lock().members.get(member).is_none_or(|seat| classic && !seat.has_asked)
    }

    /// Returns which of the events that a new member should receive are not in memory.
    pub(crate) fn missing_for_sync(&self) -> Vec<Missing> {
        let per_type = self.profile.sync_history_on_join;
        if per_type == 0 {
            return Vec::new();
        }
        let state = self.state.lock();
        let kept = self.profile.events().filter(|event| event.history() > 0);
        kept.filter_map(|event| state.history.missing(event.name(), per_type.min(event.history()))).collect()
    }

    /// Records that no older events exist than those that filled this missing part.
    pub(crate) fn set_complete(&self, missing: &Missing) {
        self.state.lock().history.set_complete(missing);
    }

    /// Removes a member. A room that closes when it is empty closes with its last member.
    pub(crate) fn leave(&self, member: &ClientId) -> Left {
        let mut state = self.state.lock();
        let Some(seat) = state.members.swap_remove(member) else { return Left::NotHere };
        state.subscribers.remove(member, &seat.wanted);
        if self.closes(&mut state) { Left::Closed } else { Left::Open }
    }

    /// Closes a room that is empty and closes when it is empty. Returns true if this call closed it.
    pub(crate) fn close_if_empty(&self) -> bool {
        self.closes(&mut self.state.lock())
    }

    fn closes(&self, state: &mut State<M>) -> bool {
        let closes = !state.closed && state.members.is_empty() && self.profile.closes_when_empty;
        state.closed |= closes;
        closes
    }

    /// Closes the room and removes all members. Returns them, or `None` if the room was already closed.
    pub(crate) fn close(&self) -> Option<Vec<M>> {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.closed, true) {
            return None;
        }
        state.subscribers = Subscribers::new();
        Some(std::mem::take(&mut state.members).into_values().map(|seat| seat.member).collect())
    }

    /// Changes the subscriptions of a member. Returns `None` if it is not a member.
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

    /// Whether a member is subscribed to `event`, or `None` if it is not a member.
    pub(crate) fn is_subscribed(&self, member: &ClientId, event: &str) -> Option<bool> {
        Some(self.state.lock().members.get(member)?.wanted.contains(event))
    }

    /// Returns the subscriptions of a member in alphabetical order, or `None` if it is not a member.
    pub(crate) fn subscriptions(&self, member: &ClientId) -> Option<Vec<Arc<str>>> {
        Some(self.state.lock().members.get(member)?.wanted.iter().cloned().collect())
    }

    /// Assigns the event its offset and pushes it to all subscribers. A `sender` must be a member.
    ///
    /// `encode` is called once, with the offset if the event is recorded. `published` is called while the room is still
    /// locked, so that its effects have the room's order too.
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
        // Hooks may have run for a long time since the request was checked. A sender that was removed meanwhile may not
        // publish.
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

    /// Returns the events `start` to `end` of one type, counted from the newest.
    pub(crate) fn newest(&self, event: &str, start: usize, end: usize) -> Page<M::Packet> {
        self.state.lock().history.newest(event, start, end)
    }

    /// Returns up to `count` events of one type that are older than `offset`.
    pub(crate) fn before(&self, event: &str, offset: u64, count: usize) -> Page<M::Packet> {
        self.state.lock().history.before(event, offset, count)
    }

    /// Evicts the whole history.
    pub(crate) fn shed(&self, evict: Evict) -> Change {
        self.state.lock().history.shed(evict)
    }

    /// Returns the oldest events of each type that wait for the store, at most `max` per type.
    pub(crate) fn batches(&self, max: usize) -> Vec<Batch<M::Packet>> {
        self.state.lock().history.batches(max)
    }

    /// Whether this many events of one type wait for the store.
    pub(crate) fn has_batch(&self, least: usize) -> bool {
        self.state.lock().history.has_batch(least)
    }

    /// Records that the events of one type up to `offset` have been stored.
    pub(crate) fn taken(&self, event: &str, offset: u64) -> Change {
        self.state.lock().history.taken(event, offset)
    }

    /// The time at which the last event was recorded. It takes no lock, because rooms are compared by it while their
    /// list is locked.
    pub(crate) fn recorded_at(&self) -> u64 {
        self.recorded_at.load(Ordering::Relaxed)
    }

    /// The user who owns this room: who opened it, or for whom it was created.
    pub(crate) fn user(&self) -> Option<&UserId> {
        self.profile.created_by.as_ref().or_else(|| self.opener.get())
    }

    /// Whether the room is declared in a table, and always exists.
    pub(crate) fn is_declared(&self) -> bool {
        self.profile.origin == Origin::Declared
    }

    pub(crate) fn size(&self) -> usize {
        self.state.lock().members.len()
    }

    pub(crate) fn participants(&self) -> Vec<M> {
        self.state.lock().members.values().map(|seat| seat.member.clone()).collect()
    }

    /// The entry of the room in the list of rooms.
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

    /// Whether the room keeps no state of any member.
    pub(crate) fn is_empty(&self) -> bool {
        let state = self.state.lock();
        state.members.is_empty() && state.subscribers.is_empty()
    }
}

impl<M: Member> Seat<M> {
    fn new(member: &M) -> Self {
        Self { member: member.clone(), wanted: Wanted::new(), heard: Some(Heard::default()), has_asked: false }
    }

    /// Records that the subscriptions have changed from `before` to the current ones, after the event at `offset`.
    fn note(&mut self, before: &Wanted, offset: u64) {
        if let Some(heard) = &mut self.heard {
            heard.change(before, &self.wanted, offset);
        }
    }
}
