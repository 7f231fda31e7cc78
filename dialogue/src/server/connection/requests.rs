//! What one client asked for, in its order: one client, one queue, one task at a time.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// One thing to do for a client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// It wants to come in.
    Connect,
    /// It sent this Socket.IO event, perhaps with the number of an acknowledgement.
    Request { frame: Box<str>, ack: Option<i64> },
    /// It sent a frame that is larger than a request may be, and which was not kept.
    TooLarge { ack: Option<i64> },
    /// It has gone. Nothing comes after that.
    Disconnected { reason: &'static str },
}

impl Job {
    /// The number of the acknowledgement that the client waits for, if it does.
    pub(crate) fn ack(&self) -> Option<i64> {
        match self {
            Self::Request { ack, .. } | Self::TooLarge { ack } => *ack,
            Self::Connect | Self::Disconnected { .. } => None,
        }
    }

    /// Whether it is something that the client asked for.
    pub(crate) fn is_request(&self) -> bool {
        matches!(self, Self::Request { .. } | Self::TooLarge { .. })
    }

    /// Whether nothing comes after it.
    pub(crate) fn is_last(&self) -> bool {
        matches!(self, Self::Disconnected { .. })
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Request { frame, .. } => frame.len(),
            Self::Connect | Self::TooLarge { .. } | Self::Disconnected { .. } => 0,
        }
    }
}

/// What became of a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Queued {
    /// Nobody works on this queue: start a task that [takes](RequestQueue::take) until it is empty.
    Idle,
    /// It will have its turn.
    Busy,
    /// As many jobs wait as may.
    Full,
    /// The client has gone.
    Closed,
}

pub(crate) struct RequestQueue(Mutex<State>);

/// How much may wait in a queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueLimits {
    pub(crate) jobs: usize,
    pub(crate) bytes: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// Of the frames in `waiting`.
    bytes: usize,
    working: bool,
    closed: bool,
}

impl RequestQueue {
    /// A queue on which nobody works before [`RequestQueue::start`].
    pub(crate) fn held() -> Self {
        Self(Mutex::new(State { working: true, ..State::default() }))
    }

    /// Puts the first job in front of what came early. The caller starts the task.
    pub(crate) fn start(&self) {
        self.0.lock().waiting.push_front(Job::Connect);
    }

    /// Adds a job, unless as much waits as may.
    pub(crate) fn push(&self, job: Job, limits: QueueLimits) -> Queued {
        let mut state = self.0.lock();
        if state.closed {
            return Queued::Closed;
        }
        let over_bytes = state.bytes > 0 && state.bytes + job.bytes() > limits.bytes;
        if state.waiting.len() >= limits.jobs || over_bytes {
            return Queued::Full;
        }
        state.add(job)
    }

    /// Adds the last job.
    pub(crate) fn close(&self, reason: &'static str) -> Queued {
        let mut state = self.0.lock();
        if std::mem::replace(&mut state.closed, true) {
            return Queued::Closed;
        }
        state.add(Job::Disconnected { reason })
    }

    /// Forgets the requests that wait: the client is not welcome any more.
    pub(crate) fn forget(&self) {
        let mut state = self.0.lock();
        state.waiting.retain(|job| !matches!(job, Job::Request { .. } | Job::TooLarge { .. }));
        state.bytes = 0;
    }

    /// Forgets what waits, and takes nothing more: the client is not let in.
    pub(crate) fn abandon(&self) {
        let mut state = self.0.lock();
        *state = State { working: state.working, closed: true, ..State::default() };
    }

    /// The next job; `None` when there is none, and the task that asked is done.
    pub(crate) fn take(&self) -> Option<Job> {
        let mut state = self.0.lock();
        let job = state.waiting.pop_front();
        if let Some(job) = &job {
            state.bytes -= job.bytes();
        } else {
            state.working = false;
            // An idle client keeps no memory of its busy times.
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

    fn jobs(jobs: usize) -> QueueLimits {
        QueueLimits { jobs, bytes: 1000 }
    }

    #[test]
    fn bytes_are_bounded_too() {
        let limits = QueueLimits { jobs: 8, bytes: 10 };
        let queue = RequestQueue::held();
        assert_eq!(queue.push(request("a large one, alone"), limits), Queued::Busy);
        assert_eq!(queue.push(request("a"), limits), Queued::Full);
        assert!(queue.take().is_some());
        assert_eq!(queue.push(request("12345"), limits), Queued::Busy);
        assert_eq!(queue.push(request("12345"), limits), Queued::Busy);
        assert_eq!(queue.push(request("1"), limits), Queued::Full);
    }

    #[test]
    fn jobs_keep_their_order_and_only_one_task_is_started() {
        let queue = RequestQueue::held();
        assert_eq!(queue.push(request("early"), jobs(8)), Queued::Busy);
        queue.start();
        assert_eq!([queue.take(), queue.take(), queue.take()], [Some(Job::Connect), Some(request("early")), None]);
        assert_eq!(queue.push(request("a"), jobs(8)), Queued::Idle);
        assert_eq!(queue.push(request("b"), jobs(8)), Queued::Busy);
        assert_eq!([queue.take(), queue.take()], [Some(request("a")), Some(request("b"))]);
    }

    #[test]
    fn a_queue_is_bounded_but_always_has_room_for_the_end() {
        let queue = RequestQueue::held();
        assert_eq!(queue.push(request("a"), jobs(1)), Queued::Busy);
        assert_eq!(queue.push(request("b"), jobs(1)), Queued::Full);
        assert_eq!(queue.close("gone"), Queued::Busy);
        assert_eq!(queue.close("gone"), Queued::Closed);
        assert_eq!(queue.push(request("c"), jobs(8)), Queued::Closed);
    }

    #[test]
    fn a_queue_that_is_abandoned_has_nothing_more_to_do() {
        let queue = RequestQueue::held();
        queue.start();
        queue.push(request("early"), jobs(8));
        assert_eq!(queue.take(), Some(Job::Connect));
        queue.abandon();
        assert_eq!(queue.push(request("late"), jobs(8)), Queued::Closed);
        assert_eq!(queue.close("gone"), Queued::Closed);
        assert_eq!(queue.take(), None);
    }
}
