//! The rooms of a client, over all its connections. No I/O.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use dialogue::RoomId;
use tokio::time::Instant;

use crate::command::argument;
use crate::error::StreamError;
use crate::inbox::{Event, Inbox};
use crate::seat::Seat;
use crate::wire::{Join, Joined};

/// In how many rooms the server may put a client that the program has not joined.
const UNASKED: usize = 256;

pub(crate) struct Rooms {
    stays: HashMap<RoomId, Stay>,
    next: u64,
}

/// One room, from the join to the leave.
struct Stay {
    seat: Arc<Seat>,
    inbox: Inbox,
    subscriptions: BTreeSet<String>,
    /// The order in which rooms were joined.
    number: u64,
    /// The program has joined it, and not just the server.
    is_wanted: bool,
    /// It has been joined on the present connection.
    is_open: bool,
    /// When the server may be asked again, as it said.
    again_at: Option<Instant>,
}

impl Rooms {
    pub(crate) fn new() -> Self {
        Self { stays: HashMap::new(), next: 0 }
    }

    /// The seat, if the program has joined the room.
    pub(crate) fn joined(&self, room: &RoomId) -> Option<Arc<Seat>> {
        self.stays.get(room).filter(|stay| stay.is_wanted).map(|stay| Arc::clone(&stay.seat))
    }

    /// Whether the room takes messages on the present connection.
    pub(crate) fn is_open(&self, room: &RoomId) -> bool {
        self.stays.get(room).is_some_and(|stay| stay.is_open)
    }

    /// The argument of a join: where the client has come to, if it was in the room.
    pub(crate) fn join(&self, room: &RoomId) -> Box<str> {
        let stay = self.stays.get(room);
        let resume = stay.and_then(|stay| stay.inbox.resume());
        let wanted = stay.filter(|stay| stay.is_wanted);
        let subscriptions = wanted.map(|stay| stay.subscriptions.iter().map(String::as_str).collect());
        argument(&Join { room_id: room, subscriptions, resume })
    }

    /// The server has joined the client by itself. True when there is a gap.
    pub(crate) fn server_joined(&mut self, joined: &Joined) -> bool {
        let unasked = self.stays.values().filter(|stay| !stay.is_wanted).count();
        if unasked >= UNASKED && !self.stays.contains_key(&joined.room_id) {
            return false;
        }
        self.stay(&joined.room_id).inbox.server_joined(joined)
    }

    /// The client's own join has been answered: the seat, and whether there is a gap.
    pub(crate) fn answered(&mut self, joined: &Joined) -> (Arc<Seat>, bool) {
        let stay = self.stay(&joined.room_id);
        stay.seat.set_name(&joined.room_name);
        stay.subscriptions = joined.subscriptions.iter().cloned().collect();
        (stay.is_wanted, stay.is_open, stay.again_at) = (true, true, None);
        let seat = Arc::clone(&stay.seat);
        let mut has_gap = false;
        has_gap |= stay.inbox.answered(joined, |event| has_gap |= !seat.board.lock().publish(event));
        (seat, has_gap)
    }

    /// An event has come. True when there is a gap, because nobody listens and too many wait.
    pub(crate) fn receive(&mut self, event: Event) -> bool {
        let Some(stay) = self.stays.get_mut(&event.message.room_id) else { return false };
        let (seat, mut has_gap) = (&stay.seat, false);
        stay.inbox.receive(event, |event| has_gap |= !seat.board.lock().publish(event));
        has_gap
    }

    pub(crate) fn subscribed(&mut self, room: &RoomId, event: String) {
        if let Some(stay) = self.stays.get_mut(room) {
            stay.subscriptions.insert(event);
        }
    }

    pub(crate) fn unsubscribed(&mut self, room: &RoomId, event: &str) {
        if let Some(stay) = self.stays.get_mut(room) {
            stay.subscriptions.remove(event);
        }
    }

    /// The room is left; its streams end with these words. True when the program had joined it.
    pub(crate) fn leave(&mut self, room: &RoomId, last_words: Option<StreamError>) -> bool {
        let Some(stay) = self.stays.remove(room) else { return false };
        stay.seat.leave(last_words);
        stay.is_wanted
    }

    /// Every room is left.
    pub(crate) fn leave_all(&mut self, last_words: Option<&StreamError>) {
        for stay in std::mem::take(&mut self.stays).into_values() {
            stay.seat.leave(last_words.cloned());
        }
    }

    /// The connection was lost.
    pub(crate) fn disconnected(&mut self) {
        for stay in self.stays.values_mut() {
            stay.inbox.disconnected();
            (stay.is_open, stay.again_at) = (false, None);
        }
    }

    /// The rooms that are to be joined again, in the order in which they were joined.
    pub(crate) fn to_rejoin(&self) -> VecDeque<RoomId> {
        let mut stays: Vec<_> = self.stays.values().filter(|stay| stay.is_wanted).collect();
        stays.sort_by_key(|stay| stay.number);
        stays.into_iter().map(|stay| stay.seat.id.clone()).collect()
    }

    /// The room may be joined again then.
    pub(crate) fn rejoin_at(&mut self, room: &RoomId, at: Instant) {
        if let Some(stay) = self.stays.get_mut(room) {
            stay.again_at = Some(at);
        }
    }

    /// When the next one may be joined again.
    pub(crate) fn next_rejoin(&self) -> Option<Instant> {
        self.stays.values().filter_map(|stay| stay.again_at).min()
    }

    /// A room whose time has come.
    pub(crate) fn due(&mut self, now: Instant) -> Option<RoomId> {
        let stay = self.stays.values_mut().find(|stay| stay.again_at.is_some_and(|at| at <= now))?;
        stay.again_at = None;
        Some(stay.seat.id.clone())
    }

    fn stay(&mut self, room: &RoomId) -> &mut Stay {
        let next = &mut self.next;
        self.stays.entry(room.clone()).or_insert_with(|| {
            *next += 1;
            Stay {
                seat: Arc::new(Seat::new(room.clone())),
                inbox: Inbox::new(),
                subscriptions: BTreeSet::new(),
                number: *next,
                is_wanted: false,
                is_open: false,
                again_at: None,
            }
        })
    }
}
