//! The report for people: aligned text for a terminal, Markdown for a document.

use std::fmt::Write as _;

use crate::figures::Figures;
use crate::machine::Machine;
use crate::run::Outcome;
use crate::scenario::Scenario;

const HEADINGS: [&str; 11] = [
    "scenario",
    "server",
    "clients",
    "cost",
    "spread",
    "p50 us",
    "p99 us",
    "deliveries/s",
    "per read",
    "lost",
    "load busy",
];

/// The report as aligned text. `basis` is what costs are counted in.
pub(crate) fn text(outcomes: &[Outcome], basis: &str) -> String {
    let mut report = format!("cost: {basis} per unit of the scenario\n\n");
    report.push_str(&aligned(&HEADINGS.map(str::to_owned), &details(outcomes)));
    report.push('\n');
    for line in memory_lines(outcomes) {
        let _ = writeln!(report, "{line}\n");
    }
    let headings = ["scenario", "compared", "result", "target", ""].map(str::to_owned);
    report.push_str(&aligned(&headings, &verdicts(outcomes)));
    report
}

/// The report as Markdown.
pub(crate) fn markdown(outcomes: &[Outcome], machine: &Machine, basis: &str, note: &str) -> String {
    let Machine { processor, cores, kernel, rustc, date } = machine;
    let mut report = format!("{date}: {processor}, {cores} cores, Linux {kernel}, {rustc}.\n\n{note}\n\n");
    let headings = ["scenario", "compared", "result", "target", ""].map(str::to_owned);
    report.push_str(&piped(&headings, &verdicts(outcomes)));
    let _ = writeln!(report, "\nCost is {basis} per unit; figures are medians, lost messages those of all rounds.\n");
    report.push_str(&piped(&HEADINGS.map(str::to_owned), &details(outcomes)));
    for line in memory_lines(outcomes) {
        let _ = write!(report, "\n{line}\n");
    }
    report
}

fn verdicts(outcomes: &[Outcome]) -> Vec<[String; 5]> {
    let row = |outcome: &Outcome| {
        let (scenario, verdict) = (&outcome.scenario, outcome.verdict());
        let compared = format!("{} / {}", scenario.candidate.label, scenario.baseline.label);
        let target = scenario.target.to_string();
        [scenario.name.to_owned(), compared, verdict.to_string(), target, verdict.result().to_owned()]
    };
    outcomes.iter().map(row).collect()
}

fn details(outcomes: &[Outcome]) -> Vec<[String; 11]> {
    let sides = outcomes.iter().flat_map(|outcome| {
        let scenario = &outcome.scenario;
        outcome.sides().map(|(side, figures)| {
            [
                scenario.name.to_owned(),
                side.label.clone(),
                figures.connections.to_string(),
                format!("{} / {}", number(figures.cost(), 0), scenario.unit),
                percent(figures.cost_spread),
                number(figures.p50_us, 0),
                number(figures.p99_us, 0),
                number(figures.deliveries_per_second, 0),
                number(figures.deliveries_per_read, 2),
                lost(&figures),
                percent(figures.load_busy),
            ]
        })
    });
    sides.collect()
}

/// What is known about memory, one line per side.
fn memory_lines(outcomes: &[Outcome]) -> Vec<String> {
    let lines = outcomes.iter().flat_map(|outcome| {
        let Scenario { name, unit, .. } = &outcome.scenario;
        outcome.sides().into_iter().filter_map(move |(side, figures)| {
            let (resident, proportional) = (figures.resident_bytes?, figures.proportional_bytes?);
            Some(format!(
                "{name}, {} with {} clients: {resident:.0} B resident ({proportional:.0} B proportional) per {unit}, \
                 {:.0} connects/s.",
                side.label, figures.connections, figures.connects_per_second,
            ))
        })
    });
    lines.collect()
}

fn lost(figures: &Figures) -> String {
    let mut text = figures.lost.to_string();
    if figures.lost > 0 {
        let part = crate::figures::per(figures.lost, figures.expected);
        let _ = write!(text, " ({:.1} %)", part * 100.0);
    }
    if figures.closed > 0 {
        let _ = write!(text, ", {} closed", figures.closed);
    }
    text
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
}

fn percent(part: Option<f64>) -> String {
    part.map_or_else(|| "-".to_owned(), |part| format!("{:.1} %", part * 100.0))
}

/// Columns as wide as their widest cell.
fn aligned<const N: usize>(headings: &[String; N], rows: &[[String; N]]) -> String {
    let lines = || std::iter::once(headings).chain(rows);
    let mut table = String::new();
    for line in lines() {
        let mut text = String::new();
        for (column, cell) in line.iter().enumerate() {
            let width = lines().map(|line| line[column].chars().count()).max().unwrap_or_default();
            let _ = write!(text, "{cell:<width$}  ");
        }
        table.push_str(text.trim_end());
        table.push('\n');
    }
    table
}

fn piped<const N: usize>(headings: &[String; N], rows: &[[String; N]]) -> String {
    let line = |cells: &[String; N]| format!("| {} |\n", cells.join(" | "));
    let rule = format!("|{}\n", "---|".repeat(N));
    line(headings) + &rule + &rows.iter().map(line).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::{aligned, piped};

    #[test]
    fn tables() {
        let headings = ["a".to_owned(), "long".to_owned()];
        let rows = [["wide cell".to_owned(), "1".to_owned()]];
        assert_eq!(aligned(&headings, &rows), "a          long\nwide cell  1\n");
        assert_eq!(piped(&headings, &rows), "| a | long |\n|---|---|\n| wide cell | 1 |\n");
    }
}
