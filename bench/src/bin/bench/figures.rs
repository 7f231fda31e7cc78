//! The numbers of one run, and the median of several.

use std::time::Duration;

use serde::Serialize;

use crate::meter::Reading;

/// What one side of a scenario has shown. What was not measured is absent.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Figures {
    pub(crate) connections: u64,
    /// Instructions of the server per unit of the scenario: of all rounds the lowest number, as one that is higher says
    /// only that by chance the server's heap lies worse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instructions: Option<f64>,
    /// Processor time of the server per unit of the scenario, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) processor_ns: Option<f64>,
    /// From a trigger's sending to a delivery's arrival, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p50_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p99_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deliveries_per_second: Option<f64>,
    /// Deliveries that one read of a client's socket brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deliveries_per_read: Option<f64>,
    /// Deliveries that never came, of all rounds together.
    pub(crate) lost: u64,
    /// Deliveries that should have come, of all rounds together.
    pub(crate) expected: u64,
    /// Connections that the server has closed, of all rounds together.
    pub(crate) closed: u64,
    pub(crate) connects_per_second: f64,
    /// Resident memory per unit of the scenario, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resident_bytes: Option<f64>,
    /// Proportional memory per unit of the scenario, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) proportional_bytes: Option<f64>,
    /// The part of a core that the load generator used; near 1, it is what was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) load_busy: Option<f64>,
    /// Highest less lowest cost of all rounds, as a part of the median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost_spread: Option<f64>,
}

impl Figures {
    /// The figures that come from a reading taken over `time`, in which so many units were done.
    pub(crate) fn of_costs(reading: Reading, units: u64, time: Duration) -> Self {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Self {
            instructions: reading.instructions.map(|count| per(count, units)),
            processor_ns: reading.processor.map(|time| per(nanoseconds(time), units)),
            load_busy: Some(reading.load.as_secs_f64() / time.as_secs_f64()),
            ..Self::default()
        }
    }

    /// The server's cost per unit: instructions where they were counted, else nanoseconds.
    pub(crate) fn cost(&self) -> Option<f64> {
        self.instructions.or(self.processor_ns)
    }

    /// The median of each number, but the lowest of the instructions; what is counted over all rounds is added up.
    pub(crate) fn summary(rounds: &[&Self]) -> Self {
        let all = |field: fn(&Self) -> Option<f64>| median(rounds.iter().filter_map(|round| field(round)).collect());
        let sum = |field: fn(&Self) -> u64| rounds.iter().map(|round| field(round)).sum();
        let costs = rounds.iter().filter_map(|round| round.cost()).collect::<Vec<_>>();
        Self {
            connections: rounds.iter().map(|round| round.connections).min().unwrap_or_default(),
            instructions: rounds.iter().filter_map(|round| round.instructions).min_by(f64::total_cmp),
            processor_ns: all(|round| round.processor_ns),
            p50_us: all(|round| round.p50_us),
            p99_us: all(|round| round.p99_us),
            deliveries_per_second: all(|round| round.deliveries_per_second),
            deliveries_per_read: all(|round| round.deliveries_per_read),
            lost: sum(|round| round.lost),
            expected: sum(|round| round.expected),
            closed: sum(|round| round.closed),
            connects_per_second: all(|round| Some(round.connects_per_second)).unwrap_or_default(),
            resident_bytes: all(|round| round.resident_bytes),
            proportional_bytes: all(|round| round.proportional_bytes),
            load_busy: all(|round| round.load_busy),
            cost_spread: range(&costs).zip(all(Self::cost)).map(|((low, high), middle)| (high - low) / middle),
        }
    }
}

/// The lowest value and the highest; `None` if there are none.
pub(crate) fn range(values: &[f64]) -> Option<(f64, f64)> {
    let lowest = values.iter().copied().min_by(f64::total_cmp)?;
    let highest = values.iter().copied().max_by(f64::total_cmp)?;
    Some((lowest, highest))
}

/// `total` divided by `count`, as a number to be read and compared, not counted on.
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^52")]
pub(crate) fn per(total: u64, count: u64) -> f64 {
    total as f64 / count as f64
}

/// The value below which `per_mille` thousandths of all lie; `None` if there are none.
pub(crate) fn quantile(values: &mut [u64], per_mille: usize) -> Option<u64> {
    let last = values.len().checked_sub(1)?;
    let (_, value, _) = values.select_nth_unstable(last * per_mille / 1000);
    Some(*value)
}

/// The middle value; `None` if there are none.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::{median, quantile};

    #[test]
    fn medians() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn quantiles() {
        let mut values = (0..=1000).rev().collect::<Vec<_>>();
        assert_eq!(quantile(&mut values, 500), Some(500));
        assert_eq!(quantile(&mut values, 990), Some(990));
        assert_eq!(quantile(&mut [], 500), None);
    }
}
