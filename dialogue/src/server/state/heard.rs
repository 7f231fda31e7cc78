//! Records which events a member received live, by subscription, so that a resume sends each of the others once.

use std::sync::Arc;

use super::profile::ALL;
use super::subscribers::Wanted;

/// Maximum number of spans. A member whose subscriptions change more often before it resumes cannot resume.
const MAX_SPANS: usize = 256;

/// The spans of offsets in which a member was subscribed.
#[derive(Debug, Default)]
pub(super) struct Heard {
    spans: Vec<Span>,
    /// Whether spans were discarded.
    is_incomplete: bool,
}

/// A subscription to `event`, or to every event, after one offset and up to another.
#[derive(Debug)]
struct Span {
    event: Arc<str>,
    after: u64,
    upto: u64,
}

impl Heard {
    /// Records that the subscriptions change from `before` to `now`, after the event at `offset`.
    pub(super) fn change(&mut self, before: &Wanted, now: &Wanted, offset: u64) {
        for span in self.spans.iter_mut().filter(|span| span.upto == u64::MAX && !now.contains(&span.event)) {
            span.upto = offset;
        }
        // A subscription that began and ended between two events received nothing.
        self.spans.retain(|span| span.after < span.upto);
        for event in now.difference(before) {
            if self.spans.len() >= MAX_SPANS {
                self.is_incomplete = true;
                return;
            }
            self.spans.push(Span { event: Arc::clone(event), after: offset, upto: u64::MAX });
        }
    }

    /// Whether the event at `offset` was sent to the member live.
    pub(super) fn includes(&self, event: &str, offset: u64) -> bool {
        let covers = |span: &Span| span.after < offset && offset <= span.upto;
        self.spans.iter().any(|span| (&*span.event == event || &*span.event == ALL) && covers(span))
    }

    /// Whether all spans are known.
    pub(super) fn is_complete(&self) -> bool {
        !self.is_incomplete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(names: &[&str]) -> Wanted {
        names.iter().map(|name| Arc::from(*name)).collect()
    }

    #[test]
    fn an_event_is_heard_while_it_is_subscribed() {
        let mut heard = Heard::default();
        let steps: [(&[&str], u64); 5] = [(&["a"], 2), (&["a", "b"], 4), (&["b"], 6), (&["*"], 8), (&["a"], 9)];
        let mut before = Wanted::new();
        for (names, offset) in steps {
            let now = wanted(names);
            heard.change(&before, &now, offset);
            before = now;
        }
        let of = |event| (1..=12).filter(|offset| heard.includes(event, *offset)).collect::<Vec<_>>();
        assert_eq!(of("a"), [3, 4, 5, 6, 9, 10, 11, 12]);
        assert_eq!(of("b"), [5, 6, 7, 8, 9]);
        assert_eq!(of("c"), [9]);
        assert!(heard.is_complete());
    }

    #[test]
    fn spans_are_bounded() {
        let mut heard = Heard::default();
        for offset in 0..1000 {
            heard.change(&Wanted::new(), &wanted(&["a"]), 2 * offset);
            heard.change(&wanted(&["a"]), &Wanted::new(), 2 * offset + 1);
        }
        assert!(heard.spans.len() <= MAX_SPANS && !heard.is_complete());
    }
}
