//! Runs a scenario. A machine's speed changes from second to second, so both sides' servers run at the same time and
//! the traffic goes to one and to the other in short slices. Every round has new servers, as chance has a part in
//! where a process has its memory.

use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::cores::Cores;
use crate::figures::{Figures, per, quantile};
use crate::load::{Load, Traffic};
use crate::meter::{Instructions, Meter, Reading};
use crate::scenario::{Scenario, Side, Target, Unit};
use crate::server::Server;

/// How long a server is left alone before its memory is read.
const SETTLE: Duration = Duration::from_secs(1);

/// The phase before the first slice, which is phase 1.
const WARM_UP: u8 = 0;

/// What the scenarios run with.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) cores: Cores,
    pub(crate) instructions: Instructions,
    /// How often each scenario runs, with new servers.
    pub(crate) rounds: u32,
    /// Into how many turns of traffic each round is cut.
    pub(crate) slices: u8,
}

/// What a scenario has shown.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) scenario: Scenario,
    /// Baseline and candidate of each round.
    pub(crate) rounds: Vec<[Figures; 2]>,
}

impl Outcome {
    /// Baseline and candidate, each with the median figures of all rounds.
    pub(crate) fn sides(&self) -> [(&Side, Figures); 2] {
        let summary = |side: usize| Figures::summary(&self.rounds.iter().map(|round| &round[side]).collect::<Vec<_>>());
        [(&self.scenario.baseline, summary(0)), (&self.scenario.candidate, summary(1))]
    }
}

impl Bench {
    pub(crate) fn compare(&self, scenario: Scenario) -> anyhow::Result<Outcome> {
        let rounds = (1..=self.rounds).map(|round| {
            let figures = self.round(&scenario);
            figures.with_context(|| format!("scenario {}, round {round}", scenario.name))
        });
        let rounds = rounds.collect::<anyhow::Result<_>>()?;
        Ok(Outcome { scenario, rounds })
    }

    fn round(&self, scenario: &Scenario) -> anyhow::Result<[Figures; 2]> {
        let sides = [&scenario.baseline, &scenario.candidate];
        let traffic = sides.map(|side| side.traffic.as_ref());
        let (Target::CostRatio(_) | Target::NothingLost, [Some(baseline), Some(candidate)]) =
            (scenario.target, traffic)
        else {
            let [baseline, candidate] = sides.map(|side| self.memory(scenario, side));
            return Ok([baseline?, candidate?]);
        };
        let [first, second] = sides.map(|side| Contest::start(self, scenario, side));
        let (mut first, mut second) = (first?, second?);
        first.load.run(WARM_UP, baseline)?;
        second.load.run(WARM_UP, candidate)?;
        for slice in 1..=self.slices {
            if slice % 2 == 1 {
                first.slice(slice, baseline, &self.instructions)?;
                second.slice(slice, candidate, &self.instructions)?;
            } else {
                second.slice(slice, candidate, &self.instructions)?;
                first.slice(slice, baseline, &self.instructions)?;
            }
        }
        Ok([first, second].map(|contest| contest.figures(scenario.unit)))
    }

    /// One run of a side whose memory is what counts, when its clients have connected and its traffic, if any, is over.
    fn memory(&self, scenario: &Scenario, side: &Side) -> anyhow::Result<Figures> {
        let server = self.server(scenario, side)?;
        let before = server.process().memory()?;
        let meter = Meter::start(&server, &self.instructions)?;
        let (mut load, connecting) = connect(&server, side)?;
        let (mut duration, mut expected) = (connecting, 0);
        if let Some(traffic) = &side.traffic {
            let tally = load.run(WARM_UP, traffic)?;
            let received = tally.latencies.len() as u64;
            expected = traffic.deliveries();
            ensure!(received == expected, "only {received} of {expected} deliveries in time");
            duration += tally.duration;
        }
        let reading = meter.stop()?;
        load.rest(SETTLE)?;
        let after = server.process().memory()?;

        let connections = side.seats.len() as u64;
        let each = |after: u64, before: u64| Some(per(after.saturating_sub(before), connections));
        Ok(Figures {
            connections,
            connects_per_second: per(connections, 1) / connecting.as_secs_f64(),
            expected,
            closed: load.closed() as u64,
            resident_bytes: each(after.resident, before.resident),
            proportional_bytes: each(after.proportional, before.proportional),
            ..Figures::of_costs(reading, connections, duration)
        })
    }

    fn server(&self, scenario: &Scenario, side: &Side) -> anyhow::Result<Server> {
        let callgrind = self.instructions.callgrind();
        self.cores.place(scenario.pinned, || Server::start(side.launch, callgrind))
    }
}

/// One side in one round: a server, its clients, and what they have shown so far.
struct Contest {
    load: Load,
    server: Server,
    connections: u64,
    /// How long the clients took to connect.
    connecting: Duration,
    reading: Reading,
    publishes: u64,
    expected: u64,
    reads: u64,
    duration: Duration,
    /// Of each delivery, in nanoseconds.
    latencies: Vec<u64>,
}

impl Contest {
    fn start(bench: &Bench, scenario: &Scenario, side: &Side) -> anyhow::Result<Self> {
        let server = bench.server(scenario, side)?;
        let (mut load, connecting) = connect(&server, side)?;
        if bench.instructions.callgrind().is_some() {
            load.send_in_volleys(server.process());
        }
        Ok(Self {
            load,
            server,
            connections: side.seats.len() as u64,
            connecting,
            reading: Reading::default(),
            publishes: 0,
            expected: 0,
            reads: 0,
            duration: Duration::ZERO,
            latencies: Vec::new(),
        })
    }

    fn slice(&mut self, phase: u8, traffic: &Traffic, instructions: &Instructions) -> anyhow::Result<()> {
        let meter = Meter::start(&self.server, instructions)?;
        let tally = self.load.run(phase, traffic)?;
        self.reading += meter.stop()?;
        self.publishes += tally.publishes;
        self.expected += tally.expected;
        self.reads += tally.reads;
        self.duration += tally.duration;
        self.latencies.extend(tally.latencies);
        Ok(())
    }

    fn figures(mut self, unit: Unit) -> Figures {
        let received = self.latencies.len() as u64;
        let units = match unit {
            Unit::Publish => self.publishes,
            Unit::Delivery => received,
            Unit::Connection | Unit::Room => self.connections,
        };
        let mut microseconds = |per_mille| quantile(&mut self.latencies, per_mille).map(|time| per(time, 1000));
        Figures {
            connections: self.connections,
            connects_per_second: per(self.connections, 1) / self.connecting.as_secs_f64(),
            closed: self.load.closed() as u64,
            p50_us: microseconds(500),
            p99_us: microseconds(990),
            deliveries_per_second: Some(per(received, 1) / self.duration.as_secs_f64()),
            deliveries_per_read: Some(per(received, self.reads)),
            expected: self.expected,
            lost: self.expected - received,
            ..Figures::of_costs(self.reading, units, self.duration)
        }
    }
}

fn connect(server: &Server, side: &Side) -> anyhow::Result<(Load, Duration)> {
    Load::connect(server.address, &side.seats).with_context(|| format!("server {}", side.label))
}
