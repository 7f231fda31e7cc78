//! Runs a scenario: both sides in turn, round after round, each time on a new server.

use std::time::Duration;

use anyhow::Context as _;

use crate::cores::Cores;
use crate::figures::{Figures, per, quantile};
use crate::load::{Load, Tally, Traffic};
use crate::meter::{Instructions, Memory, Meter, Reading};
use crate::scenario::{Scenario, Side, Unit};
use crate::server::Server;

/// How long a server is left alone before its memory is read.
const SETTLE: Duration = Duration::from_secs(1);

const WARM_UP: u8 = 0;
const MEASURED: u8 = 1;

/// What the scenarios run with.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) cores: Cores,
    pub(crate) instructions: Instructions,
    /// How often each side runs.
    pub(crate) rounds: u32,
}

/// What a scenario has shown.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) scenario: Scenario,
    pub(crate) baseline: Figures,
    pub(crate) candidate: Figures,
}

impl Bench {
    pub(crate) fn compare(&self, scenario: Scenario) -> anyhow::Result<Outcome> {
        let (mut baseline, mut candidate) = (Vec::new(), Vec::new());
        for round in 1..=self.rounds {
            for (side, rounds) in
                [(&scenario.baseline, &mut baseline), (&scenario.candidate, &mut candidate)]
            {
                let figures = self.run(&scenario, side).with_context(|| {
                    format!("scenario {}, server {}, round {round}", scenario.name, side.label)
                })?;
                let cost = figures.cost().unwrap_or_default();
                eprintln!("  round {round}, {}: {cost:.0} per {}", side.label, scenario.unit);
                rounds.push(figures);
            }
        }
        let (baseline, candidate) = (Figures::summary(&baseline), Figures::summary(&candidate));
        Ok(Outcome { scenario, baseline, candidate })
    }

    /// One run of one side.
    fn run(&self, scenario: &Scenario, side: &Side) -> anyhow::Result<Figures> {
        let callgrind = self.instructions.callgrind();
        let server = self.cores.place(scenario.pinned, || Server::start(side.launch, callgrind))?;
        match &side.traffic {
            Some(traffic) => self.run_traffic(scenario.unit, side, traffic, &server),
            None => self.run_idle(side, &server),
        }
    }

    fn run_traffic(
        &self,
        unit: Unit,
        side: &Side,
        traffic: &Traffic,
        server: &Server,
    ) -> anyhow::Result<Figures> {
        let (mut load, connecting) = Load::connect(server.address, &side.seats)?;
        let warm_up = Traffic { publishes: traffic.publishes.div_ceil(10), ..traffic.clone() };
        load.run(WARM_UP, &warm_up)?;

        let meter = Meter::start(server, &self.instructions)?;
        let tally = load.run(MEASURED, traffic)?;
        let reading = meter.stop()?;

        let units = match unit {
            Unit::Publish => tally.publishes,
            Unit::Delivery => tally.latencies.len() as u64,
            Unit::Connection => side.seats.len() as u64,
        };
        let figures = costs(side, reading, units, connecting, tally.duration);
        Ok(Figures { closed: load.closed() as u64, ..with_tally(figures, tally) })
    }

    fn run_idle(&self, side: &Side, server: &Server) -> anyhow::Result<Figures> {
        let before = Memory::of(server)?;
        let meter = Meter::start(server, &self.instructions)?;
        let (mut load, connecting) = Load::connect(server.address, &side.seats)?;
        let reading = meter.stop()?;
        load.rest(SETTLE)?;
        let after = Memory::of(server)?;

        let connections = side.seats.len() as u64;
        let each = |after: u64, before: u64| Some(per(after.saturating_sub(before), connections));
        Ok(Figures {
            closed: load.closed() as u64,
            resident_bytes: each(after.resident, before.resident),
            proportional_bytes: each(after.proportional, before.proportional),
            ..costs(side, reading, connections, connecting, connecting)
        })
    }
}

/// The figures that every run has. The reading was taken over `measured`.
fn costs(
    side: &Side,
    reading: Reading,
    units: u64,
    connecting: Duration,
    measured: Duration,
) -> Figures {
    let connections = side.seats.len() as u64;
    Figures {
        connections,
        instructions: reading.instructions.map(|count| per(count, units)),
        processor_ns: reading.processor.map(|time| per(nanoseconds(time), units)),
        connects_per_second: per(connections, 1) / connecting.as_secs_f64(),
        load_busy: Some(reading.load.as_secs_f64() / measured.as_secs_f64()),
        ..Figures::default()
    }
}

fn with_tally(figures: Figures, mut tally: Tally) -> Figures {
    let received = tally.latencies.len() as u64;
    let mut microseconds =
        |per_mille| quantile(&mut tally.latencies, per_mille).map(|time| per(time, 1000));
    Figures {
        p50_us: microseconds(500),
        p99_us: microseconds(990),
        deliveries_per_second: Some(per(received, 1) / tally.duration.as_secs_f64()),
        deliveries_per_read: Some(per(received, tally.reads)),
        expected: tally.expected,
        lost: tally.expected - received,
        ..figures
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
