//! Pending requests, each with a deadline.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// The maximum number of concurrent requests. The server queues about as many per client; further requests wait at
/// their callers.
pub(crate) const UNDER_WAY: usize = 100;

/// The purposes of pending requests, by acknowledgement number. All have the same timeout, so the oldest is due first.
pub(crate) struct Requests<P> {
    timeout: Duration,
    next: u64,
    pending: BTreeMap<u64, (Instant, P)>,
}

impl<P> Requests<P> {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, next: 0, pending: BTreeMap::new() }
    }

    /// Adds a request and returns its number.
    pub(crate) fn insert(&mut self, purpose: P, now: Instant) -> u64 {
        let number = self.next;
        self.next += 1;
        self.pending.insert(number, (now + self.timeout, purpose));
        number
    }

    /// Removes an answered request. Returns `None` if it was answered before or has timed out.
    pub(crate) fn take(&mut self, number: u64) -> Option<P> {
        self.pending.remove(&number).map(|(_, purpose)| purpose)
    }

    /// Removes a request that has timed out.
    pub(crate) fn overdue(&mut self, now: Instant) -> Option<P> {
        let first = self.pending.first_entry().filter(|first| first.get().0 <= now)?;
        Some(first.remove().1)
    }

    /// Returns the next deadline.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.pending.values().next().map(|(deadline, _)| *deadline)
    }

    /// Removes all requests, because none will be answered.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = P> + use<P> {
        std::mem::take(&mut self.pending).into_values().map(|(_, purpose)| purpose)
    }

    /// Returns whether the limit of concurrent requests is reached.
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
