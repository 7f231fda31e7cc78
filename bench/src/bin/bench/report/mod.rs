//! What is said about the outcomes, and in which form.

mod json;
mod table;

use std::fmt;

use crate::figures::{median, per, range};
use crate::meter::Instructions;
use crate::run::Outcome;
use crate::scenario::Target;

pub(crate) use json::write as write_json;
pub(crate) use table::{markdown, text};

/// What the comparison of the two sides comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict {
    /// The ratio, the bytes or the lost messages that the target is about. `None` if that was not measured.
    ///
    /// Of ratios and bytes it is the median of all rounds, as both sides of a round have had the same weather;
    /// instructions know no weather, and their ratio is that of the lowest numbers. Lost messages are added up.
    pub(crate) value: Option<f64>,
    /// Of all rounds, the lowest value and the highest.
    pub(crate) range: Option<(f64, f64)>,
    target: Target,
}

impl Outcome {
    pub(crate) fn verdict(&self) -> Verdict {
        let target = self.scenario.target;
        let values = self.rounds.iter().filter_map(|[baseline, candidate]| match target {
            Target::CostRatio(_) => Some(candidate.cost()? / baseline.cost()?),
            Target::MemoryOver(_) => Some(candidate.resident_bytes? - baseline.resident_bytes?),
            Target::NothingLost => Some(per(candidate.lost, 1)),
        });
        let values = values.collect::<Vec<_>>();
        let range = range(&values);
        let [(_, baseline), (_, candidate)] = self.sides();
        let value = match (target, candidate.instructions.zip(baseline.instructions)) {
            (Target::CostRatio(_), Some((candidate, baseline))) => Some(candidate / baseline),
            (Target::CostRatio(_), None) | (Target::MemoryOver(_), _) => median(values),
            (Target::NothingLost, _) => Some(values.iter().sum()),
        };
        Verdict { value, range, target }
    }
}

impl Verdict {
    /// Whether the target is reached; what was not measured is not.
    pub(crate) fn passed(&self) -> bool {
        let most = match self.target {
            Target::CostRatio(most) | Target::MemoryOver(most) => most,
            Target::NothingLost => 0.0,
        };
        self.value.is_some_and(|value| value <= most)
    }

    fn result(&self) -> &'static str {
        if self.passed() { "pass" } else { "MISS" }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(value), Some((lowest, highest))) = (self.value, self.range) else {
            return f.write_str("not measured");
        };
        match self.target {
            Target::CostRatio(_) => write!(f, "{value:.3} ({lowest:.3} to {highest:.3})"),
            Target::MemoryOver(_) => write!(f, "{value:+.0} B ({lowest:+.0} to {highest:+.0})"),
            Target::NothingLost => write!(f, "{value:.0} lost"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CostRatio(most) => write!(f, "<= {most:.2}"),
            Self::MemoryOver(most) => write!(f, "<= +{most:.0} B"),
            Self::NothingLost => write!(f, "0 lost"),
        }
    }
}

/// What "cost" means in a report.
pub(crate) fn basis(instructions: &Instructions) -> &'static str {
    match instructions {
        Instructions::Hardware => "instructions",
        Instructions::Callgrind(_) => "user instructions",
        Instructions::Unavailable(_) => "ns of processor time",
    }
}

/// The same in a sentence or two, for whoever wonders how far to trust the numbers.
pub(crate) fn basis_note(instructions: &Instructions) -> String {
    match instructions {
        Instructions::Hardware => {
            "Cost is the instructions of the server's process, user and kernel, counted by the processor.".to_owned()
        }
        Instructions::Callgrind(_) => {
            "Cost is the user instructions of the server's process, counted by valgrind; the kernel's part, which is \
             the larger one where much is sent, is not in it. Latency and throughput are those under valgrind."
                .to_owned()
        }
        Instructions::Unavailable(reason) => format!(
            "The processor's counters cannot be had here ({reason}), so cost is processor time, user and kernel: \
             expect noise of several per cent. For numbers that repeat, use --callgrind."
        ),
    }
}
