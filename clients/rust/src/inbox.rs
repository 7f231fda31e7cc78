//! The order of one room's events and the position up to which they have been received. This module does no I/O and
//! reads no clock.
//!
//! Recorded events have offsets without gaps within an epoch of the room. After a reconnect, the client resumes from
//! its position: the server first sends the number of missed events, then these events, then live ones. If the server
//! itself added the client to the room, live events can arrive before the missed ones, and are held back until then.

use std::sync::Arc;

use crate::board::{Held, Topical};
use crate::queue::Weighs;
use crate::wire::{Joined, Position, RawMessage};

/// An event as it arrived.
pub(crate) type Event = Arc<Envelope>;

/// An envelope and its size on the wire.
pub(crate) struct Envelope {
    pub(crate) message: RawMessage,
    pub(crate) bytes: usize,
}

impl Topical for Envelope {
    fn topic(&self) -> &str {
        &self.message.event
    }
}

impl Weighs for Envelope {
    fn bytes(&self) -> usize {
        self.bytes
    }
}

/// The events of one room, across connections.
pub(crate) struct Inbox {
    position: Option<Position>,
    phase: Phase,
    /// Live events that are held back.
    held: Held<Event>,
    /// Whether held events were dropped.
    has_lost: bool,
    /// Whether the connection was lost since the position was reached.
    is_behind: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The join has not been answered. Events that already arrive, because the server added the client by itself, come
    /// after the missed ones.
    Waiting,
    /// This many missed events follow. After them the room is at the offset `then`.
    CatchingUp { missed: u64, then: u64 },
    /// Events are live.
    Live { is_exact: bool },
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self { position: None, phase: Phase::Waiting, held: Held::new(), has_lost: false, is_behind: false }
    }

    /// Returns the position to resume from, if events may have been missed.
    pub(crate) fn resume(&self) -> Option<&Position> {
        self.position.as_ref().filter(|_| self.is_behind)
    }

    /// Handles that the server added the client to the room. Returns true if there is a gap, because the room has a new
    /// epoch.
    pub(crate) fn server_joined(&mut self, joined: &Joined) -> bool {
        match &self.position {
            None => {
                self.position = Some(position(joined));
                false
            }
            Some(at) if self.phase == Phase::Waiting || at.epoch == joined.epoch => false,
            Some(_) => {
                self.position = Some(position(joined));
                true
            }
        }
    }

    /// Handles the answer to the client's join, and delivers the events that are ready. Returns true if there is a gap
    /// before them.
    pub(crate) fn answered(&mut self, joined: &Joined, deliver: impl FnMut(Event)) -> bool {
        let same_life = self.position.as_ref().is_some_and(|at| at.epoch == joined.epoch);
        let resumed = self.is_behind && same_life && joined.resumed;
        let has_gap = self.has_lost || (self.is_behind && !resumed);
        if self.is_behind && !resumed || !same_life {
            self.position = Some(position(joined));
        }
        (self.is_behind, self.has_lost) = (false, false);
        match joined.missed {
            Some(missed) if resumed && missed > 0 => {
                self.phase = Phase::CatchingUp { missed, then: joined.offset };
            }
            missed => {
                // An older server does not send the number of missed events and may send them among live ones.
                let is_exact = !resumed || missed.is_some();
                self.go_live(is_exact, if is_exact { joined.offset } else { 0 }, deliver);
            }
        }
        has_gap
    }

    /// Handles an event, and delivers the events that are ready.
    pub(crate) fn receive(&mut self, event: Event, mut deliver: impl FnMut(Event)) {
        match self.phase {
            Phase::Waiting => self.has_lost |= !self.held.push(event),
            Phase::CatchingUp { missed, then } => {
                self.phase = Phase::CatchingUp { missed: missed - 1, then };
                self.advance(&event);
                deliver(event);
                if missed == 1 {
                    self.go_live(true, then, deliver);
                }
            }
            Phase::Live { is_exact: true } if self.is_old(&event) => {}
            Phase::Live { .. } => {
                self.advance(&event);
                deliver(event);
            }
        }
    }

    /// Handles the loss of the connection. Held events that are recorded are dropped, because the server replays them;
    /// the others are kept.
    pub(crate) fn disconnected(&mut self) {
        self.held.take(|event| event.message.offset.is_some());
        self.phase = Phase::Waiting;
        self.is_behind = self.position.is_some();
    }

    fn go_live(&mut self, is_exact: bool, offset: u64, mut deliver: impl FnMut(Event)) {
        self.phase = Phase::Live { is_exact };
        for event in self.held.take(|_| true) {
            self.advance(&event);
            deliver(event);
        }
        if let Some(at) = &mut self.position {
            at.offset = at.offset.max(offset);
        }
    }

    fn advance(&mut self, event: &Event) {
        if let (Some(at), Some(offset)) = (&mut self.position, event.message.offset) {
            at.offset = at.offset.max(offset);
        }
    }

    fn is_old(&self, event: &Event) -> bool {
        matches!((&self.position, event.message.offset), (Some(at), Some(offset)) if offset <= at.offset)
    }
}

fn position(joined: &Joined) -> Position {
    Position { epoch: joined.epoch.clone(), offset: joined.offset }
}

#[cfg(test)]
mod tests {
    use dialogue::EventMessage;
    use serde_json::value::RawValue;

    use super::*;

    fn event(offset: impl Into<Option<u64>>) -> Event {
        let mut message = EventMessage::new("tick", "clock", RawValue::NULL.to_owned(), "system", 0);
        message.offset = offset.into();
        Arc::new(Envelope { message, bytes: 10 })
    }

    fn joined(epoch: &str, offset: u64, resumed: bool, missed: Option<u64>) -> Joined {
        Joined {
            room_id: "clock".into(),
            room_name: "Clock".into(),
            epoch: epoch.into(),
            offset,
            resumed,
            missed,
            subscriptions: vec![],
        }
    }

    /// An inbox and what has come out of it: offsets, 0 for what has none.
    struct Reader {
        inbox: Inbox,
        heard: Vec<u64>,
    }

    impl Reader {
        fn new() -> Self {
            Self { inbox: Inbox::new(), heard: Vec::new() }
        }

        fn at(epoch: &str, offset: u64) -> Self {
            let mut reader = Self::new();
            assert!(!reader.answered(joined(epoch, offset, false, None)));
            reader
        }

        fn receive(&mut self, offset: impl Into<Option<u64>>) {
            let heard = &mut self.heard;
            self.inbox.receive(event(offset), |event| heard.push(event.message.offset.unwrap_or(0)));
        }

        fn answered(&mut self, joined: Joined) -> bool {
            let heard = &mut self.heard;
            self.inbox.answered(&joined, |event| heard.push(event.message.offset.unwrap_or(0)))
        }

        fn resume(&self) -> Option<(&str, u64)> {
            self.inbox.resume().map(|at| (at.epoch.as_str(), at.offset))
        }
    }

    #[test]
    fn the_position_is_that_of_the_newest_event() {
        let mut reader = Reader::at("a", 7);
        assert_eq!(reader.resume(), None, "there is nothing to resume while the connection is there");
        reader.inbox.disconnected();
        assert_eq!(reader.resume(), Some(("a", 7)));
        assert!(!reader.answered(joined("a", 7, true, Some(0))));
        reader.receive(8);
        reader.receive(None);
        reader.inbox.disconnected();
        assert_eq!((reader.resume(), &*reader.heard), (Some(("a", 8)), &[8, 0][..]));
    }

    #[test]
    fn what_was_missed_comes_before_what_was_held() {
        let mut reader = Reader::at("a", 3);
        reader.inbox.disconnected();
        assert!(!reader.inbox.server_joined(&joined("a", 6, false, None)));
        for live in [7, 8] {
            reader.receive(live);
        }
        assert!(!reader.answered(joined("a", 8, true, Some(3))));
        assert!(reader.heard.is_empty(), "nothing overtakes what was missed");
        for missed in [4, 5, 6] {
            reader.receive(missed);
        }
        reader.receive(9);
        assert_eq!(reader.heard, [4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn a_connection_that_fails_while_catching_up_loses_and_doubles_nothing() {
        let mut reader = Reader::at("a", 3);
        reader.inbox.disconnected();
        reader.inbox.server_joined(&joined("a", 6, false, None));
        reader.receive(7);
        reader.receive(None);
        reader.answered(joined("a", 7, true, Some(3)));
        reader.receive(4);
        reader.inbox.disconnected();
        assert_eq!((reader.resume(), &*reader.heard), (Some(("a", 4)), &[4][..]));
        reader.answered(joined("a", 7, true, Some(3)));
        for missed in [5, 6, 7] {
            reader.receive(missed);
        }
        assert_eq!(reader.heard, [4, 5, 6, 7, 0], "what is not recorded is not sent again, and so is kept");
    }

    #[test]
    fn what_was_not_subscribed_to_is_passed_by() {
        let mut reader = Reader::at("a", 3);
        reader.inbox.disconnected();
        reader.answered(joined("a", 9, true, Some(1)));
        reader.receive(5);
        reader.inbox.disconnected();
        assert_eq!(reader.resume(), Some(("a", 9)));
    }

    #[test]
    fn what_cannot_be_resumed_is_a_gap() {
        for answer in [joined("a", 9, false, None), joined("b", 2, false, None), joined("b", 2, true, Some(1))] {
            let mut reader = Reader::at("a", 3);
            reader.inbox.disconnected();
            let (epoch, offset) = (answer.epoch.clone(), answer.offset);
            assert!(reader.answered(answer));
            reader.receive(offset + 1);
            reader.inbox.disconnected();
            assert_eq!(reader.resume(), Some((epoch.as_str(), offset + 1)));
            assert_eq!(reader.heard, [offset + 1]);
        }
    }

    #[test]
    fn a_join_by_the_server_holds_what_comes_until_the_program_joins() {
        let mut reader = Reader::new();
        assert!(!reader.inbox.server_joined(&joined("a", 3, false, None)));
        reader.receive(4);
        reader.receive(None);
        assert!(reader.heard.is_empty());
        assert!(!reader.answered(joined("a", 4, false, None)));
        reader.receive(5);
        assert_eq!(reader.heard, [4, 0, 5]);
    }

    #[test]
    fn a_join_by_the_server_is_resumed_over_a_disconnect() {
        let mut reader = Reader::new();
        reader.inbox.server_joined(&joined("a", 3, false, None));
        reader.receive(4);
        reader.inbox.disconnected();
        assert_eq!(reader.resume(), Some(("a", 3)));
        reader.answered(joined("a", 5, true, Some(2)));
        reader.receive(4);
        reader.receive(5);
        assert_eq!(reader.heard, [4, 5]);
    }

    #[test]
    fn too_much_to_hold_is_a_gap() {
        let mut reader = Reader::new();
        reader.inbox.server_joined(&joined("a", 0, false, None));
        for offset in 1..=2000 {
            reader.receive(offset);
        }
        assert!(reader.answered(joined("a", 2000, false, None)));
        assert_eq!(reader.heard, (1001..=2000).collect::<Vec<_>>());
    }

    #[test]
    fn another_join_by_the_server_changes_nothing_unless_the_room_is_another_one() {
        let mut reader = Reader::at("a", 3);
        assert!(!reader.inbox.server_joined(&joined("a", 5, false, None)));
        reader.receive(4);
        assert!(reader.inbox.server_joined(&joined("b", 0, false, None)));
        reader.receive(1);
        assert_eq!(reader.heard, [4, 1]);
    }

    #[test]
    fn a_server_that_does_not_say_how_many_were_missed_may_send_them_late() {
        let mut reader = Reader::at("a", 3);
        reader.inbox.disconnected();
        reader.inbox.server_joined(&joined("a", 5, false, None));
        reader.receive(6);
        assert!(!reader.answered(joined("a", 6, true, None)));
        for offset in [4, 5, 7] {
            reader.receive(offset);
        }
        assert_eq!(reader.heard, [6, 4, 5, 7]);
    }

    #[test]
    fn an_event_that_comes_twice_is_heard_once() {
        let mut reader = Reader::at("a", 3);
        for offset in [4, 4, 3, 5] {
            reader.receive(offset);
        }
        assert_eq!(reader.heard, [4, 5]);
    }
}
