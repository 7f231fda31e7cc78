//! Listeners and their topics, and items that wait for a first listener.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::error::StreamError;
use crate::queue::{Queue, Weighs};

/// The maximum number of items that wait for a listener or for their turn.
pub(crate) const HELD: usize = 1000;

/// The maximum number of bytes of waiting items.
const HELD_BYTES: usize = 1 << 20;

/// Waiting items. If there are too many, the oldest are dropped.
pub(crate) struct Held<T> {
    items: VecDeque<T>,
    bytes: usize,
}

impl<T: Weighs> Held<T> {
    pub(crate) fn new() -> Self {
        Self { items: VecDeque::new(), bytes: 0 }
    }

    /// Adds an item. Returns false if older items were dropped to make room.
    pub(crate) fn push(&mut self, item: T) -> bool {
        self.bytes += item.bytes();
        self.items.push_back(item);
        let mut had_room = true;
        while self.items.len() > HELD || (self.bytes > HELD_BYTES && self.items.len() > 1) {
            self.bytes -= self.items.pop_front().map_or(0, |item| item.bytes());
            had_room = false;
        }
        had_room
    }

    /// Removes and returns the items that match, in order.
    pub(crate) fn take(&mut self, is_wanted: impl Fn(&T) -> bool) -> VecDeque<T> {
        let (taken, rest): (VecDeque<T>, VecDeque<T>) = self.items.drain(..).partition(is_wanted);
        self.items = rest;
        self.bytes = self.items.iter().map(Weighs::bytes).sum();
        taken
    }
}

/// A value with a topic, by which listeners choose.
pub(crate) trait Topical {
    fn topic(&self) -> &str;
}

impl<T: Topical> Topical for Arc<T> {
    fn topic(&self) -> &str {
        T::topic(self)
    }
}

/// The listeners of a room or client.
///
/// An item without any listener so far waits for the first listener of its topic, so that nothing is lost between a
/// join and the start of listening.
pub(crate) struct Board<T> {
    listeners: Vec<Listener<T>>,
    next: u64,
    heard: HashSet<String>,
    all_heard: bool,
    held: Held<T>,
    /// Whether an item was dropped while it waited for a first listener.
    has_lost: bool,
    /// Whether the board is closed.
    is_closed: bool,
    /// The last item of every queue.
    last_words: Option<StreamError>,
}

struct Listener<T> {
    number: u64,
    /// `None` means every topic.
    topic: Option<String>,
    queue: Arc<Queue<T>>,
}

/// The result of starting to listen.
pub(crate) struct Listening<T> {
    pub(crate) number: u64,
    pub(crate) queue: Arc<Queue<T>>,
    /// Whether an item for this listener may have been dropped before it started to listen.
    pub(crate) has_lost: bool,
}

impl<T: Topical + Weighs + Clone> Board<T> {
    pub(crate) fn new() -> Self {
        Self {
            listeners: Vec::new(),
            next: 0,
            heard: HashSet::new(),
            all_heard: false,
            held: Held::new(),
            has_lost: false,
            is_closed: false,
            last_words: None,
        }
    }

    /// Delivers an item to the listeners of its topic. Returns false if there are no listeners at all yet and an item
    /// had to be dropped for the first time.
    pub(crate) fn publish(&mut self, item: T) -> bool {
        if self.is_closed {
            return true;
        }
        let topic = item.topic();
        if !self.all_heard && !self.heard.contains(topic) {
            return self.hold(item);
        }
        let is_for = |listener: &&Listener<T>| listener.topic.as_ref().is_none_or(|own| own == topic);
        for listener in self.listeners.iter().filter(is_for) {
            listener.queue.push(item.clone());
        }
        true
    }

    fn hold(&mut self, item: T) -> bool {
        let had_room = self.held.push(item);
        let is_first = !had_room && !self.has_lost;
        self.has_lost |= !had_room;
        !(is_first && self.heard.is_empty())
    }

    /// Adds a listener of a topic or of all topics. The first listener receives the items that have waited for it.
    pub(crate) fn listen(&mut self, topic: Option<&str>, capacity: usize) -> Listening<T> {
        let queue = Arc::new(Queue::new(capacity));
        let number = self.next;
        self.next += 1;
        if self.is_closed {
            queue.close(self.last_words.clone());
            return Listening { number, queue, has_lost: false };
        }
        let is_first = match topic {
            Some(topic) => !self.all_heard && self.heard.insert(topic.to_owned()),
            None => !std::mem::replace(&mut self.all_heard, true),
        };
        for item in self.held.take(|item| topic.is_none_or(|topic| item.topic() == topic)) {
            queue.push(item);
        }
        self.listeners.push(Listener { number, topic: topic.map(ToOwned::to_owned), queue: Arc::clone(&queue) });
        Listening { number, queue, has_lost: is_first && self.has_lost }
    }

    /// Removes a listener. It still receives the items in its queue.
    pub(crate) fn remove(&mut self, number: u64) {
        if let Some(at) = self.listeners.iter().position(|listener| listener.number == number) {
            self.listeners.remove(at).queue.close(None);
        }
    }

    /// Closes the board and all queues.
    pub(crate) fn close(&mut self, last_words: Option<StreamError>) {
        if !self.is_closed {
            for listener in self.listeners.drain(..) {
                listener.queue.close(last_words.clone());
            }
            self.held = Held::new();
            (self.is_closed, self.last_words) = (true, last_words);
        }
    }

    #[cfg(test)]
    fn listeners(&self) -> usize {
        self.listeners.len()
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Item(&'static str, usize);

    impl Topical for Item {
        fn topic(&self) -> &str {
            self.0
        }
    }

    impl Weighs for Item {
        fn bytes(&self) -> usize {
            self.1
        }
    }

    fn taken(queue: &Queue<Item>) -> Vec<usize> {
        let mut cx = Context::from_waker(Waker::noop());
        let next = || match queue.poll_next(&mut cx) {
            Poll::Ready(Some(item)) => Some(item.map_or(0, |item| item.1)),
            Poll::Ready(None) | Poll::Pending => None,
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn what_comes_before_its_first_listener_waits_for_it() {
        let mut board = Board::new();
        for item in [Item("a", 1), Item("b", 2), Item("a", 3)] {
            assert!(board.publish(item));
        }
        let a = board.listen(Some("a"), 10);
        assert!(board.publish(Item("a", 4)));
        assert_eq!(taken(&a.queue), [1, 3, 4]);
        let b = board.listen(Some("b"), 10);
        assert_eq!(taken(&b.queue), [2]);
        let late = board.listen(Some("a"), 10);
        assert_eq!((taken(&late.queue), late.has_lost), (vec![], false));
    }

    #[test]
    fn a_listener_to_all_is_given_everything_that_waits() {
        let mut board = Board::new();
        board.publish(Item("a", 1));
        board.publish(Item("b", 2));
        let all = board.listen(None, 10);
        board.publish(Item("c", 3));
        assert_eq!(taken(&all.queue), [1, 2, 3]);
    }

    #[test]
    fn who_comes_too_late_is_told() {
        let mut board = Board::new();
        let told: Vec<bool> = (0..HELD + 2).map(|_| board.publish(Item("a", 1))).collect();
        assert_eq!(told.iter().filter(|had_room| !**had_room).count(), 1, "once, when the first is let go");
        let first = board.listen(Some("a"), 5000);
        assert_eq!((taken(&first.queue).len(), first.has_lost), (HELD, true));
        assert!(!board.listen(Some("a"), 10).has_lost);
        assert!(board.listen(Some("b"), 10).has_lost);
    }

    #[test]
    fn what_nobody_listens_to_beside_others_is_let_go_quietly() {
        let mut board = Board::new();
        let _a = board.listen(Some("a"), 10);
        assert!((0..HELD + 2).all(|_| board.publish(Item("typing", 1))));
    }

    #[test]
    fn few_large_items_are_bounded_by_their_bytes() {
        let mut held = Held::new();
        assert!(held.push(Item("a", HELD_BYTES)));
        assert!(!held.push(Item("b", 1)));
        assert_eq!(held.take(|_| true), [Item("b", 1)]);
        assert!(held.push(Item("c", HELD_BYTES)), "what was taken counts no more");
    }

    #[test]
    fn who_ceases_to_listen_is_gone_and_what_closes_stays_closed() {
        let mut board = Board::new();
        let one = board.listen(Some("a"), 10);
        board.publish(Item("a", 1));
        board.remove(one.number);
        board.publish(Item("a", 2));
        assert_eq!((taken(&one.queue), board.listeners()), (vec![1], 0));
        board.close(Some(StreamError::Disconnected));
        assert_eq!(taken(&board.listen(Some("a"), 10).queue), [0], "its last words and the end");
    }
}
