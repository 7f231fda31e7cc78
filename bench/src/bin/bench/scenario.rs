//! What is measured, and what is asked of it.

use std::fmt;
use std::iter;
use std::time::Duration;

use bench_server::{BENCH_ROOM, CROWD_ROOM, FEW_ROOM, HISTORY_ROOMS, echo_room};

use crate::load::{Seat, Traffic};
use crate::server::{Launch, Program};

/// One comparison of two sides.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    pub(crate) target: Target,
    /// Server and load generator have a core each.
    pub(crate) pinned: bool,
    pub(crate) baseline: Side,
    pub(crate) candidate: Side,
}

/// A server and what is done to it.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub(crate) label: String,
    pub(crate) launch: Launch,
    pub(crate) seats: Vec<Seat>,
    /// What happens in one slice of a round, or once where memory is what counts. `None`: the clients connect, and
    /// nothing else.
    pub(crate) traffic: Option<Traffic>,
}

/// What costs are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Delivery,
    /// A message of a client, and whatever deliveries follow from it.
    Publish,
    Connection,
    /// A room with one connection in it.
    Room,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delivery => "delivery",
            Self::Publish => "publish",
            Self::Connection => "connection",
            Self::Room => "room",
        })
    }
}

/// What the candidate must reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// At most so many times the baseline's cost.
    CostRatio(f64),
    /// At most so many bytes of memory per unit more than the baseline.
    MemoryOver(f64),
    /// Not one message lost.
    NothingLost,
}

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    Full,
    Quick,
    /// Under valgrind everything takes some fifty times as long, and needs little repetition to be exact.
    Callgrind,
}

impl Effort {
    /// How often each scenario is run, with new servers every time.
    pub(crate) fn rounds(self) -> u32 {
        match self {
            Self::Full => 5,
            Self::Quick => 2,
            Self::Callgrind => 3,
        }
    }

    /// Into how many turns of traffic each round is cut. Even, as the sides take turns in going first.
    pub(crate) fn slices(self) -> u8 {
        match self {
            Self::Full => 10,
            Self::Quick => 4,
            Self::Callgrind => 2,
        }
    }
}

/// What the scenarios are made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) effort: Effort,
    /// More connections than this cannot be had at a time.
    pub(crate) most_connections: usize,
    pub(crate) baseline: Program,
    pub(crate) candidate: Program,
    /// Packets in the outgoing queue of the raw server's connections; `None` leaves its default.
    pub(crate) raw_buffer: Option<usize>,
}

impl Setup {
    /// All scenarios that make sense here, in the order of the report.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        let full = Self { candidate: Program::DialogueFull, ..*self };
        let mut scenarios = vec![
            self.fan_out("fanout-1", 1, Target::CostRatio(1.05)),
            self.fan_out("fanout-10", 10, Target::CostRatio(1.20)),
            full.fan_out("fanout-1-full", 1, Target::CostRatio(1.30)),
            full.fan_out("fanout-10-full", 10, Target::CostRatio(1.30)),
            self.echo(),
            self.burst(),
            self.idle(),
            self.history(),
            self.history_rooms(),
            self.subset(),
        ];
        // Under valgrind, costs can be told, but neither memory nor what a busy server loses.
        if self.effort == Effort::Callgrind {
            scenarios.retain(|scenario| matches!(scenario.target, Target::CostRatio(_)));
        }
        // Of the null test no server is Dialogue's.
        if self.candidate == Program::Raw {
            scenarios.retain(|scenario| scenario.candidate.launch.program == Program::Raw);
        }
        scenarios
    }

    /// 500 subscribers of one room, some of whom publish.
    fn fan_out(&self, name: &'static str, publishers: u16, target: Target) -> Scenario {
        let seats = seats(BENCH_ROOM, self.connections(500));
        // A history of 100 messages is full after the warm-up.
        let messages = self.messages(200, 100) / u32::from(publishers);
        let traffic = self.traffic(publishers, messages, seats.len());
        self.versus(name, Unit::Delivery, target, seats, Some(traffic))
    }

    /// As the fan-out, with more at once than the queues of the raw server hold, and on two threads.
    fn burst(&self) -> Scenario {
        let mut scenario = self.fan_out("burst-10", 10, Target::NothingLost);
        scenario.pinned = false;
        for side in [&mut scenario.baseline, &mut scenario.candidate] {
            side.launch.workers = 2;
            if let Some(traffic) = &mut side.traffic {
                traffic.window = 10;
                traffic.messages = 40;
            }
        }
        scenario
    }

    /// 100 connections, each alone in its room.
    fn echo(&self) -> Scenario {
        let traffic = self.traffic(100, self.messages(40, 5), 1);
        self.versus("echo", Unit::Publish, Target::CostRatio(1.30), alone(100), Some(traffic))
    }

    /// 5,000 connections that do nothing.
    fn idle(&self) -> Scenario {
        let seats = seats(BENCH_ROOM, self.connections(5_000));
        self.versus("idle", Unit::Connection, Target::MemoryOver(4096.0), seats, None)
    }

    /// 1,000 connections, each alone in its room, which it fills with as many messages as are remembered.
    fn history(&self) -> Scenario {
        let seats = alone(self.connections(HISTORY_ROOMS));
        let publishers = u16::try_from(seats.len()).unwrap_or(u16::MAX);
        let traffic = self.traffic(publishers, 100, 1);
        let with_and_without = Self { baseline: Program::Dialogue, candidate: Program::DialogueFull, ..*self };
        with_and_without.versus("history", Unit::Room, Target::MemoryOver(40_000.0), seats, Some(traffic))
    }

    /// 100 further rooms with a past against 20,000, which are more than may remember something: after each message of a
    /// client, the server triggers one in the next of these rooms.
    fn history_rooms(&self) -> Scenario {
        let side = |shelves: usize| Side {
            label: format!("{shelves} rooms"),
            launch: Launch { shelves, ..self.launch(Program::DialogueFull) },
            seats: alone(100),
            traffic: Some(self.traffic(100, self.messages(40, 5), 1)),
        };
        Scenario {
            name: "history-rooms",
            unit: Unit::Publish,
            target: Target::CostRatio(1.30),
            pinned: true,
            baseline: side(100),
            candidate: side(20_000),
        }
    }

    /// 10 subscribers in a room of 10 against 10 subscribers in a room of 10,000, with as many connections in all.
    fn subset(&self) -> Scenario {
        let most = if self.effort == Effort::Callgrind { 1_000 } else { 10_000 };
        let members = self.connections(most);
        let side = |room: &str| {
            let few = iter::repeat_n(Seat { room: room.to_owned(), subscribe: true }, 10);
            let crowd = seats(CROWD_ROOM, members - 10);
            let size = if room == CROWD_ROOM { members } else { 10 };
            Side {
                label: format!("10 of {size}"),
                launch: self.launch(Program::Dialogue),
                seats: few.chain(crowd).collect(),
                traffic: Some(self.traffic(1, self.messages(1_000, 100), 10)),
            }
        };
        Scenario {
            name: "subset",
            unit: Unit::Publish,
            target: Target::CostRatio(1.2),
            pinned: true,
            baseline: side(FEW_ROOM),
            candidate: side(CROWD_ROOM),
        }
    }

    /// The same on both servers.
    fn versus(
        &self,
        name: &'static str,
        unit: Unit,
        target: Target,
        seats: Vec<Seat>,
        traffic: Option<Traffic>,
    ) -> Scenario {
        let side = |program: Program| Side {
            label: program.to_string(),
            launch: self.launch(program),
            seats: seats.clone(),
            traffic: traffic.clone(),
        };
        let (baseline, candidate) = (side(self.baseline), side(self.candidate));
        Scenario { name, unit, target, pinned: true, baseline, candidate }
    }

    fn launch(&self, program: Program) -> Launch {
        let buffer = self.raw_buffer.filter(|_| program == Program::Raw);
        Launch { program, workers: 0, buffer, shelves: 0 }
    }

    fn traffic(&self, publishers: u16, messages: u32, subscribers: usize) -> Traffic {
        let (stall, limit) = match self.effort {
            Effort::Full | Effort::Quick => (1, 60),
            Effort::Callgrind => (10, 600),
        };
        Traffic {
            publishers,
            window: 1,
            messages,
            subscribers: u32::try_from(subscribers).unwrap_or(u32::MAX),
            stall: Duration::from_secs(stall),
            limit: Duration::from_secs(limit),
        }
    }

    /// How many messages a publisher sends in one slice.
    fn messages(&self, full: u32, callgrind: u32) -> u32 {
        match self.effort {
            Effort::Full | Effort::Quick => full,
            Effort::Callgrind => callgrind,
        }
    }

    fn connections(&self, wanted: usize) -> usize {
        // Both sides' servers run at the same time.
        wanted.min(self.most_connections / 2)
    }
}

fn seats(room: &str, count: usize) -> Vec<Seat> {
    vec![Seat { room: room.to_owned(), subscribe: false }; count]
}

/// Connections of which each has a room for itself.
fn alone(count: usize) -> Vec<Seat> {
    (0..count).map(|number| Seat { room: echo_room(number), subscribe: false }).collect()
}
