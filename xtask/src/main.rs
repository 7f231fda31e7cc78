//! Every chore of the repository: `cargo xtask test`, `cargo xtask tidy`, `cargo xtask bench`.

#![allow(clippy::print_stdout, reason = "a command line talks")]

mod compile_cost;
mod node;
mod publish;
mod run;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use run::cargo;

/// Every chore of the repository.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run every check; what is missing on the machine is installed where that can be done.
    Test {
        /// Only format, clippy, unit, integration, doc and ui tests.
        #[arg(long)]
        quick: bool,
    },
    /// Check the direction of imports and that documents change with what they describe.
    Tidy,
    /// Compare the framework with a hand-written socketioxide server; see `cargo xtask bench -- --help`.
    Bench {
        /// Passed on to the benchmark.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Measure what the macros cost: `cargo check` of 60 rooms with 60 events each.
    CompileCost,
    /// Take the screenshots of the README.
    Screenshots,
}

fn main() -> ExitCode {
    let result = match Args::parse().chore {
        Chore::Test { quick } => test::run(quick),
        Chore::Tidy => tidy::run(),
        Chore::Bench { args } => cargo("run --quiet --release --package bench --bin bench --").args(args).run(),

        Chore::CompileCost => compile_cost::run().map(|report| println!("{report}")),
        Chore::Screenshots => node::screenshots(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nfailed: {error:#}");
            ExitCode::FAILURE
        }
    }
}
