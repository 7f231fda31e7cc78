//! `cargo xtask test`: every check, in the order in which they fail fastest.

use std::time::Instant;

use anyhow::Context as _;

use crate::run::cargo;
use crate::{node, publish, tidy};

type Step = (&'static str, fn() -> anyhow::Result<()>);

const QUICK: &[Step] = &[
    ("format", || cargo("fmt --all --check").run()),
    ("tidy", tidy::run),
    ("clippy", || cargo("clippy --workspace --all-targets -- -D warnings").run()),
    ("unit, integration and ui tests", || cargo("test --workspace --all-targets").run()),
    ("ui tests: events with schemas", || cargo("test --package ui-tests --features schema").run()),
    ("doc tests", || cargo("test --workspace --doc").run()),
];

const SLOW: &[Step] = &[
    ("each feature alone", publish::features),
    ("Rust client: encrypted connections", || {
        cargo("test --package dialogue-client --features rustls --test it tls::").run()
    }),
    ("documentation", || {
        cargo("doc --workspace --no-deps --document-private-items").env("RUSTDOCFLAGS", "-D warnings").run()
    }),
    ("documentation of each published crate", publish::documentation),
    ("packages", publish::packages),
    ("Node: the TypeScript client", node::client),
    ("Node: generated types and schemas", node::schemas),
    ("Node: clients and real servers", node::interop),
    ("browser: two users in the chat", node::browser),
];

/// Runs the checks, and says what each took.
pub(crate) fn run(quick: bool) -> anyhow::Result<()> {
    let steps = QUICK.iter().chain(if quick { &[] } else { SLOW });
    let mut passed = 0;
    for (name, step) in steps {
        println!("\n== {name}");
        let start = Instant::now();
        step().with_context(|| (*name).to_owned())?;
        println!("== {name}: passed in {:.0} s", start.elapsed().as_secs_f64());
        passed += 1;
    }
    println!("\nchecks: {passed} passed, 0 failed");
    Ok(())
}
