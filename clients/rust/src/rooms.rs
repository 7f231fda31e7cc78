//! The rooms of a client, across connections. This module does no I/O.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use dialogue::RoomId;
use tokio::time::Instant;

use crate::command::argument;
use crate::error::StreamError;
use crate::inbox::{Event, Inbox};
use crate::seat::Seat;
use crate::wire::{Join, Joined};

/// The maximum number of rooms to which the server may add the client without the program joining them.
const UNASKED: usize = 256;

pub(crate) struct Rooms {
    stays: HashMap<RoomId, Stay>,
    next: u64,
}

/// One room, from join to leave.
struct Stay {
    seat: Arc<Seat>,
    inbox: Inbox,
    subscriptions: BTreeSet<String>,
    /// The position in the order in which rooms were joined.
    number: u64,
    /// Whether the program has joined the room, and not only the server.
    is_wanted: bool,
    /// Whether the room has been joined on the current connection.
    is_open: bool,
    /// When the client may try to rejoin, as the server said.
    again_at: Option<Instant>,
}

impl Rooms {
    pub(crate) fn new() -> Self {
        Self { stays: HashMap::new(), next: 0 }
    }

    /// Returns the seat, if the program has joined the room.
    pub(crate) fn joined(&self, room: &RoomId) -> Option<Arc<Seat>> {
        self.stays.get(room).filter(|stay| stay.is_wanted).map(|stay| Arc::clone(&stay.seat))
    }

    /// Returns whether events can be triggered in the room on the current connection.
    pub(crate) fn is_open(&self, room: &RoomId) -> bool {
        self.stays.get(room).is_some_and(|stay| stay.is_open)
    }

    /// Returns the argument of a join, including the position to resume from if the client was in the room before.
    pub(crate) fn join(&self, room: &RoomId) -> Box<str> {
        let stay = self.stays.get(room);
        let resume = stay.and_then(|stay| stay.inbox.resume());
        let wanted = stay.filter(|stay| stay.is_wanted);
        let subscriptions = wanted.map(|stay| stay.subscriptions.iter().map(String::as_str).collect());
        argument(&Join { room_id: room, subscriptions, resume })
    }

    /// Handles that the server added the client to a room. Returns true if there is a gap.
    pub(crate) fn server_joined(&mut self, joined: &Joined) -> bool {
        let unasked = self.stays.values().filter(|stay| !stay.is_wanted).count();
        if unasked >= UNASKED && !self.stays.contains_key(&joined.room_id) {
            return false;
        }
        self.stay(&joined.room_id).inbox.server_joined(joined)
    }

    /// Handles the answer to the client's join. Returns the seat and whether there is a gap.
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

    /// Handles an event. Returns true if there is a gap because too many events wait for a listener.
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

    /// Leaves the room. Its streams end with `last_words`. Returns true if the program had joined it.
    pub(crate) fn leave(&mut self, room: &RoomId, last_words: Option<StreamError>) -> bool {
        let Some(stay) = self.stays.remove(room) else { return false };
        stay.seat.leave(last_words);
        stay.is_wanted
    }

    /// Leaves every room.
    pub(crate) fn leave_all(&mut self, last_words: Option<&StreamError>) {
        for stay in std::mem::take(&mut self.stays).into_values() {
            stay.seat.leave(last_words.cloned());
        }
    }

    /// Handles the loss of the connection.
    pub(crate) fn disconnected(&mut self) {
        for stay in self.stays.values_mut() {
            stay.inbox.disconnected();
            (stay.is_open, stay.again_at) = (false, None);
        }
    }

    /// Returns the rooms to rejoin, in the order in which they were joined.
    pub(crate) fn to_rejoin(&self) -> VecDeque<RoomId> {
        let mut stays: Vec<_> = self.stays.values().filter(|stay| stay.is_wanted).collect();
        stays.sort_by_key(|stay| stay.number);
        stays.into_iter().map(|stay| stay.seat.id.clone()).collect()
    }

    /// Schedules a room to be rejoined.
    pub(crate) fn rejoin_at(&mut self, room: &RoomId, at: Instant) {
        if let Some(stay) = self.stays.get_mut(room) {
            stay.again_at = Some(at);
        }
    }

    /// Returns when the next room is due to be rejoined.
    pub(crate) fn next_rejoin(&self) -> Option<Instant> {
        self.stays.values().filter_map(|stay| stay.again_at).min()
    }

    /// Removes and returns a room that is due to be rejoined.
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
