//! The report for programs.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use crate::figures::Figures;
use crate::run::Outcome;

/// One side of one scenario.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    scenario: &'a str,
    server: &'a str,
    /// What instructions and nanoseconds are counted by.
    unit: String,
    /// What the cost in a ratio is counted in.
    basis: &'a str,
    #[serde(flatten)]
    figures: Figures,
    /// Only the candidate, the second of a scenario's two entries, is judged.
    #[serde(flatten)]
    judgement: Option<Judgement>,
}

#[derive(Debug, Serialize)]
struct Judgement {
    value: Option<f64>,
    /// The lowest and the highest value of all rounds.
    range: Option<(f64, f64)>,
    target: String,
    passed: bool,
}

/// Writes an array with one object per scenario and server.
pub(crate) fn write(path: &Path, outcomes: &[Outcome], basis: &str) -> anyhow::Result<()> {
    let entries = outcomes.iter().flat_map(|outcome| {
        let (scenario, verdict) = (&outcome.scenario, outcome.verdict());
        let judgement = Judgement {
            value: verdict.value,
            range: verdict.range,
            target: scenario.target.to_string(),
            passed: verdict.passed(),
        };
        let [baseline, candidate] = outcome.sides();
        [(baseline, None), (candidate, Some(judgement))].map(|((side, figures), judgement)| Entry {
            scenario: scenario.name,
            server: &side.label,
            unit: scenario.unit.to_string(),
            basis,
            figures,
            judgement,
        })
    });
    let mut text = serde_json::to_string_pretty(&entries.collect::<Vec<_>>()).context("cannot write JSON")?;
    text.push('\n');
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
