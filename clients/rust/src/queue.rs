//! The queue of one listener. It is bounded and reports what did not fit.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::error::StreamError;

/// The maximum number of bytes in one queue: as many as a server replays by default.
const QUEUE_BYTES: usize = 16 << 20;

/// A value with a size.
pub(crate) trait Weighs {
    /// Returns the approximate size in memory, in bytes.
    fn bytes(&self) -> usize;
}

impl<T: Weighs> Weighs for std::sync::Arc<T> {
    fn bytes(&self) -> usize {
        T::bytes(self)
    }
}

/// A queue that never blocks its producer. Items that do not fit are counted at their position.
pub(crate) struct Queue<T> {
    capacity: usize,
    state: Mutex<State<T>>,
}

struct State<T> {
    entries: VecDeque<Entry<T>>,
    items: usize,
    bytes: usize,
    is_closed: bool,
    /// The last item for the reader.
    last_words: Option<StreamError>,
    reader: Option<Waker>,
}

enum Entry<T> {
    Item(T),
    Missing(u64),
}

impl<T: Weighs> Queue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        let state =
            State { entries: VecDeque::new(), items: 0, bytes: 0, is_closed: false, last_words: None, reader: None };
        Self { capacity, state: Mutex::new(state) }
    }

    /// Adds an item, or counts it as missing if the queue is full.
    pub(crate) fn push(&self, item: T) {
        let mut state = self.state.lock();
        if state.is_closed {
            return;
        }
        let bytes = item.bytes();
        let fits = state.items < self.capacity && (state.items == 0 || state.bytes + bytes <= QUEUE_BYTES);
        match state.entries.back_mut() {
            _ if fits => {
                state.items += 1;
                state.bytes += bytes;
                state.entries.push_back(Entry::Item(item));
            }
            Some(Entry::Missing(count)) => *count += 1,
            _ => state.entries.push_back(Entry::Missing(1)),
        }
        wake(state.reader.take());
    }

    /// Closes the queue. The reader still receives the items in it, and then `last_words`.
    pub(crate) fn close(&self, last_words: Option<StreamError>) {
        let mut state = self.state.lock();
        if !state.is_closed {
            state.is_closed = true;
            state.last_words = last_words;
            wake(state.reader.take());
        }
    }

    /// Polls for the next item. There must be only one reader.
    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Result<T, StreamError>>> {
        let mut state = self.state.lock();
        match state.entries.pop_front() {
            Some(Entry::Item(item)) => {
                state.items -= 1;
                state.bytes -= item.bytes();
                Poll::Ready(Some(Ok(item)))
            }
            Some(Entry::Missing(count)) => Poll::Ready(Some(Err(StreamError::Lagged(count)))),
            None if state.is_closed => Poll::Ready(state.last_words.take().map(Err)),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn wake(reader: Option<Waker>) {
    if let Some(reader) = reader {
        reader.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weighs for u32 {
        fn bytes(&self) -> usize {
            if *self >= 1000 { QUEUE_BYTES } else { 1 }
        }
    }

    fn taken(queue: &Queue<u32>) -> Vec<Result<u32, StreamError>> {
        let mut cx = Context::from_waker(Waker::noop());
        std::iter::from_fn(|| match queue.poll_next(&mut cx) {
            Poll::Ready(next) => next,
            Poll::Pending => None,
        })
        .collect()
    }

    #[test]
    fn what_does_not_fit_is_counted_in_its_place() {
        let queue = Queue::new(2);
        for item in 0..5 {
            queue.push(item);
        }
        let mut cx = Context::from_waker(Waker::noop());
        assert_eq!(queue.poll_next(&mut cx), Poll::Ready(Some(Ok(0))));
        queue.push(5);
        assert_eq!(taken(&queue), [Ok(1), Err(StreamError::Lagged(3)), Ok(5)]);
        queue.push(6);
        assert_eq!(taken(&queue), [Ok(6)]);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let queue = Queue::new(100);
        for item in [1000, 1001, 1] {
            queue.push(item);
        }
        assert_eq!(taken(&queue), [Ok(1000), Err(StreamError::Lagged(2))], "one always fits");
    }

    #[test]
    fn a_closed_queue_is_emptied_and_ends_with_its_last_words() {
        let queue = Queue::new(2);
        queue.push(1);
        queue.close(Some(StreamError::Disconnected));
        queue.close(None);
        queue.push(2);
        assert_eq!(taken(&queue), [Ok(1), Err(StreamError::Disconnected)]);
        assert_eq!(taken(&queue), []);
    }
}
