//! The request queue of one client. One task at a time handles its requests, in order.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::protocol;

/// Approximate overhead of a queued request beside its text. It bounds floods of tiny requests too.
const REQUEST_BYTES: usize = 64;

/// The number of bytes by which requests that release resources may exceed the limit: enough to leave 256 rooms.
const RESERVE_BYTES: usize = 256 << 10;

/// One job of a client's task.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// The client asks to be admitted.
    Connect,
    /// The client sent this Socket.IO event, with the number of an acknowledgement if it asked for one.
    Request { frame: Box<str>, ack: Option<i64> },
    /// The client sent an event that was rejected.
    Refused { why: Unread, ack: Option<i64> },
    /// The client has disconnected. This is the last job.
    Disconnected { reason: &'static str },
}

/// Why an event was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The event exceeds the maximum size of a request.
    TooLarge,
    /// The event has binary attachments.
    Binary,
}

impl Job {
    /// The number of the acknowledgement, if the client asked for one.
    pub(crate) fn ack(&self) -> Option<i64> {
        match self {
            Self::Request { ack, .. } | Self::Refused { ack, .. } => *ack,
            Self::Connect | Self::Disconnected { .. } => None,
        }
    }

    /// Whether the job is a request of the client.
    pub(crate) fn is_request(&self) -> bool {
        matches!(self, Self::Request { .. } | Self::Refused { .. })
    }

    /// Whether this is the last job.
    pub(crate) fn is_last(&self) -> bool {
        matches!(self, Self::Disconnected { .. })
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Request { frame, .. } => REQUEST_BYTES + frame.len(),
            Self::Refused { .. } => REQUEST_BYTES,
            Self::Connect | Self::Disconnected { .. } => 0,
        }
    }

    /// Whether the request only releases resources. Such a request is always accepted: if a `leave` were refused, the
    /// client would stay a member.
    fn gives_back(&self) -> bool {
        matches!(self, Self::Request { frame, .. } if protocol::gives_back(frame))
    }
}

/// The result of adding a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Queued {
    /// No task works on this queue. The caller must start one that [takes](RequestQueue::take) jobs until the queue is
    /// empty.
    Idle,
    /// The job is queued, and a task works on the queue.
    Busy,
    /// The queue is full.
    Full,
    /// The reserve for requests that release resources is full too. The caller must end the connection.
    Flooded,
    /// The client has disconnected.
    Closed,
}

pub(crate) struct RequestQueue(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// The size of the requests in `waiting`.
    bytes: usize,
    working: bool,
    closed: bool,
}

impl RequestQueue {
    /// Creates a queue. No task works on it before [`RequestQueue::start`].
    pub(crate) fn held() -> Self {
        Self(Mutex::new(State { working: true, ..State::default() }))
    }

    /// Inserts the first job before requests that arrived early. The caller starts the task.
    pub(crate) fn start(&self) {
        self.0.lock().waiting.push_front(Job::Connect);
    }

    /// Adds a request, unless more than `max` bytes would wait. An empty queue accepts a request of any size.
    pub(crate) fn push(&self, job: Job, max: usize) -> Queued {
        let mut state = self.0.lock();
        if state.closed {
            return Queued::Closed;
        }
        let bytes = state.bytes + job.bytes();
        if state.bytes == 0 || bytes <= max {
            return state.add(job);
        }
        // The frame is parsed only here, because this case is rare.
        match job.gives_back() {
            false => Queued::Full,
            true if bytes > max.saturating_add(RESERVE_BYTES) => Queued::Flooded,
            true => state.add(job),
        }
    }

    /// Adds the last job.
    pub(crate) fn close(&self, reason: &'static str) -> Queued {
        let mut state = self.0.lock();
        if std::mem::replace(&mut state.closed, true) {
            return Queued::Closed;
        }
        state.add(Job::Disconnected { reason })
    }

    /// Discards the waiting requests of a client that is no longer welcome.
    pub(crate) fn forget(&self) {
        let mut state = self.0.lock();
        state.waiting.retain(|job| !matches!(job, Job::Request { .. } | Job::Refused { .. }));
        state.bytes = 0;
    }

    /// Discards the waiting jobs and refuses further ones, because the client was not admitted.
    pub(crate) fn abandon(&self) {
        let mut state = self.0.lock();
        *state = State { working: state.working, closed: true, ..State::default() };
    }

    /// Returns the next job. `None` means that the queue is empty and the calling task must end.
    pub(crate) fn take(&self) -> Option<Job> {
        let mut state = self.0.lock();
        let job = state.waiting.pop_front();
        if let Some(job) = &job {
            state.bytes -= job.bytes();
        } else {
            state.working = false;
            // An idle client should not keep the memory of a large queue.
            state.waiting = VecDeque::new();
        }
        job
    }
}

impl State {
    fn add(&mut self, job: Job) -> Queued {
        self.bytes += job.bytes();
        self.waiting.push_back(job);
        if std::mem::replace(&mut self.working, true) { Queued::Busy } else { Queued::Idle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Job {
        Job::Request { frame: text.into(), ack: None }
    }

    fn leave(room: &str) -> Job {
        request(&format!(r#"["dialogue:leave",{{"roomId":"{room}"}}]"#))
    }

    #[test]
    fn requests_are_bounded_in_bytes() {
        let queue = RequestQueue::held();
        assert_eq!(queue.push(request(&"x".repeat(5000)), 300), Queued::Busy, "a large one, alone");
        assert_eq!(queue.push(request("a"), 300), Queued::Full);
        assert!(queue.take().is_some());
        for _ in 0..4 {
            assert_eq!(queue.push(request("1234567890"), 300), Queued::Busy);
        }
        assert_eq!(queue.push(request(""), 300), Queued::Full, "a tiny one counts too");
        assert_eq!(queue.push(Job::Refused { why: Unread::Binary, ack: None }, 300), Queued::Full);
    }

    #[test]
    fn what_gives_something_back_is_always_taken_up_to_a_second_bound() {
        let queue = RequestQueue::held();
        assert_eq!(queue.push(request(&"x".repeat(300)), 300), Queued::Busy);
        assert_eq!(queue.push(leave("a"), 300), Queued::Busy);
        let escaped = request(r#" [ "dialogue:\u0075nsubscribe", {"roomId":"a","eventName":"b"}]"#);
        assert_eq!(queue.push(escaped, 300), Queued::Busy);
        assert_eq!(queue.push(request(r#"["dialogue:join",{"roomId":"a"}]"#), 300), Queued::Full);
        let taken = (0..100_000).take_while(|_| queue.push(leave("a"), 300) == Queued::Busy).count();
        assert!((256..5000).contains(&taken), "{taken}");
        assert_eq!(queue.push(leave("a"), 300), Queued::Flooded);
    }

    #[test]
    fn jobs_keep_their_order_and_only_one_task_is_started() {
        let queue = RequestQueue::held();
        assert_eq!(queue.push(request("early"), 1000), Queued::Busy);
        queue.start();
        assert_eq!([queue.take(), queue.take(), queue.take()], [Some(Job::Connect), Some(request("early")), None]);
        assert_eq!(queue.push(request("a"), 1000), Queued::Idle);
        assert_eq!(queue.push(request("b"), 1000), Queued::Busy);
        assert_eq!([queue.take(), queue.take()], [Some(request("a")), Some(request("b"))]);
    }

    #[test]
    fn a_queue_is_bounded_but_always_has_room_for_the_end() {
        let queue = RequestQueue::held();
        assert_eq!(queue.push(request("a"), 1), Queued::Busy);
        assert_eq!(queue.push(request("b"), 1), Queued::Full);
        assert_eq!(queue.close("gone"), Queued::Busy);
        assert_eq!(queue.close("gone"), Queued::Closed);
        assert_eq!(queue.push(request("c"), 1000), Queued::Closed);
    }

    #[test]
    fn a_queue_that_is_abandoned_has_nothing_more_to_do() {
        let queue = RequestQueue::held();
        queue.start();
        queue.push(request("early"), 1000);
        assert_eq!(queue.take(), Some(Job::Connect));
        queue.abandon();
        assert_eq!(queue.push(request("late"), 1000), Queued::Closed);
        assert_eq!(queue.close("gone"), Queued::Closed);
        assert_eq!(queue.take(), None);
    }
}
