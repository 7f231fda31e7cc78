//! What is said about the outcomes, and in which form.

mod json;
mod table;

use std::fmt;

use crate::meter::Instructions;
use crate::run::Outcome;
use crate::scenario::Target;

pub(crate) use json::write as write_json;
pub(crate) use table::{markdown, text};

/// What the comparison of the two sides comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict {
    /// The ratio, the bytes or the lost messages that the target is about. `None` if that was not measured.
    pub(crate) value: Option<f64>,
    target: Target,
}

impl Outcome {
    pub(crate) fn verdict(&self) -> Verdict {
        let (baseline, candidate) = (&self.baseline, &self.candidate);
        let target = self.scenario.target;
        let value = match target {
            Target::CostRatio(_) => candidate.cost().zip(baseline.cost()).map(|(a, b)| a / b),
            Target::MemoryOver(_) => {
                candidate.resident_bytes.zip(baseline.resident_bytes).map(|(a, b)| a - b)
            }
            Target::NothingLost => Some(crate::figures::per(candidate.lost, 1)),
        };
        Verdict { value, target }
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
        match (self.value, self.target) {
            (None, _) => write!(f, "not measured"),
            (Some(value), Target::CostRatio(_)) => write!(f, "{value:.3}"),
            (Some(value), Target::MemoryOver(_)) => write!(f, "{value:+.0} B"),
            (Some(value), Target::NothingLost) => write!(f, "{value:.0} lost"),
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
