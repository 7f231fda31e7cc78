//! Requests that wait for their answer, each with a deadline.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// How many requests are under way at once. The server queues as many of one client, and more wait at their callers.
pub(crate) const UNDER_WAY: usize = 100;

/// What is to become of the answers, by the numbers of the acknowledgements. All have the same time, so the oldest is due first.
pub(crate) struct Requests<P> {
    timeout: Duration,
    next: u64,
    pending: BTreeMap<u64, (Instant, P)>,
}

impl<P> Requests<P> {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, next: 0, pending: BTreeMap::new() }
    }

    /// The number for a request that is sent now.
    pub(crate) fn insert(&mut self, purpose: P, now: Instant) -> u64 {
        let number = self.next;
        self.next += 1;
        self.pending.insert(number, (now + self.timeout, purpose));
        number
    }

    /// The request has been answered; `None` when it was before, or is too late.
    pub(crate) fn take(&mut self, number: u64) -> Option<P> {
        self.pending.remove(&number).map(|(_, purpose)| purpose)
    }

    /// A request whose time is over.
    pub(crate) fn overdue(&mut self, now: Instant) -> Option<P> {
        let first = self.pending.first_entry().filter(|first| first.get().0 <= now)?;
        Some(first.remove().1)
    }

    /// When the next one's time is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.pending.values().next().map(|(deadline, _)| *deadline)
    }

    /// Nothing will be answered any more.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = P> + use<P> {
        std::mem::take(&mut self.pending).into_values().map(|(_, purpose)| purpose)
    }

    /// Whether no more should be under way.
    pub(crate) fn is_full(&self) -> bool {
        self.pending.len() >= UNDER_WAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_settled_once_by_its_answer_or_its_deadline() {
        let start = Instant::now();
        let mut requests = Requests::new(Duration::from_secs(10));
        let first = requests.insert("first", start);
        let second = requests.insert("second", start + Duration::from_secs(1));
        assert_eq!(requests.take(first), Some("first"));
        assert_eq!(requests.take(first), None, "answered twice");
        assert_eq!(requests.deadline(), Some(start + Duration::from_secs(11)));
        assert_eq!(requests.overdue(start + Duration::from_secs(10)), None);
        assert_eq!(requests.overdue(start + Duration::from_secs(11)), Some("second"));
        assert_eq!(requests.take(second), None, "answered too late");
        assert_eq!(requests.deadline(), None);
    }

    #[test]
    fn numbers_are_not_used_again_after_a_disconnect() {
        let mut requests = Requests::new(Duration::from_secs(10));
        let before = requests.insert("lost", Instant::now());
        assert_eq!(requests.drain().collect::<Vec<_>>(), ["lost"]);
        assert_ne!(requests.insert("new", Instant::now()), before);
    }

    #[test]
    fn so_many_are_under_way() {
        let mut requests = Requests::new(Duration::from_secs(10));
        for _ in 0..UNDER_WAY {
            assert!(!requests.is_full());
            requests.insert((), Instant::now());
        }
        assert!(requests.is_full());
    }
}
