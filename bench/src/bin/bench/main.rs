//! Measures what Dialogue costs: runs the server written with it and the one written by hand in turn, under the same
//! load, and compares. Run it as `cargo xtask bench`; see `bench/README.md`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command line program")]

mod callgrind;
mod cores;
mod figures;
mod load;
mod machine;
mod meter;
mod process;
mod report;
mod run;
mod scenario;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use clap::Parser;

use callgrind::Callgrind;
use cores::Cores;
use machine::Machine;
use meter::Instructions;
use run::Bench;
use scenario::{Effort, Setup};
use server::Program;

/// Compares the cost of Dialogue with that of a server written by hand on the same transport
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Arguments {
    /// Runs only this scenario; may be given several times
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,

    /// Fewer rounds, and shorter ones
    #[arg(long)]
    quick: bool,

    /// How often each scenario runs, with new servers [default: 5, with --quick 2, with --callgrind 3]
    #[arg(long)]
    rounds: Option<u32>,

    /// Counts user instructions with valgrind: slow, but the numbers repeat on every machine
    #[arg(long)]
    callgrind: bool,

    /// Runs the raw server on both sides: what differs is noise
    #[arg(long)]
    null_test: bool,

    /// Packets in the outgoing queue of the raw server's connections, instead of the transport's default
    #[arg(long, value_name = "PACKETS")]
    raw_buffer: Option<usize>,

    /// Also writes the figures to this file, as an array with one object per scenario and server
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Prints the report as Markdown
    #[arg(long)]
    markdown: bool,

    /// Ends with an error if a target is missed
    #[arg(long)]
    gate: bool,
}

impl Arguments {
    fn effort(&self) -> Effort {
        match (self.callgrind, self.quick) {
            (true, _) => Effort::Callgrind,
            (false, true) => Effort::Quick,
            (false, false) => Effort::Full,
        }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    // What this process may use is narrowed down later.
    let machine = Machine::detect();
    let setup = Setup {
        effort: arguments.effort(),
        most_connections: machine::raise_connection_limit()?,
        baseline: Program::Raw,
        candidate: if arguments.null_test { Program::Raw } else { Program::Dialogue },
        raw_buffer: arguments.raw_buffer,
    };
    let mut scenarios = setup.scenarios();
    for name in &arguments.scenario {
        let names = scenarios.iter().map(|scenario| scenario.name).collect::<Vec<_>>();
        ensure!(names.contains(&name.as_str()), "no scenario {name} here: there are {}", names.join(", "));
    }
    if !arguments.scenario.is_empty() {
        scenarios.retain(|scenario| arguments.scenario.iter().any(|name| name == scenario.name));
    }

    setup.baseline.build()?;
    setup.candidate.build()?;
    let instructions =
        if arguments.callgrind { Instructions::Callgrind(Callgrind::new()?) } else { Instructions::detect() };
    let effort = arguments.effort();
    let bench = Bench {
        cores: Cores::detect()?,
        instructions,
        rounds: arguments.rounds.unwrap_or(effort.rounds()),
        slices: effort.slices(),
    };
    let note = report::basis_note(&bench.instructions);
    eprintln!("{note}");
    if !bench.cores.are_apart() {
        eprintln!("There is only one core: server and load generator share it, and the figures mean little.");
    }

    let mut outcomes = Vec::new();
    for scenario in scenarios {
        eprintln!("{} ...", scenario.name);
        outcomes.push(bench.compare(scenario)?);
    }
    let basis = report::basis(&bench.instructions);
    if arguments.markdown {
        print!("{}", report::markdown(&outcomes, &machine, basis, &note));
    } else {
        print!("{}", report::text(&outcomes, basis));
    }
    if let Some(path) = &arguments.json {
        report::write_json(path, &outcomes, basis)?;
    }
    let missed = outcomes.iter().any(|outcome| !outcome.verdict().passed());
    Ok(if arguments.gate && missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
