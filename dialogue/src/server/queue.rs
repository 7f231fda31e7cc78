//! What one client asked for, in its order: one client, one queue, one task at a time.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// One thing to do for a client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// It has connected.
    Connected,
    /// It sent this Socket.IO event, perhaps with the number of an acknowledgement.
    Request { frame: Box<str>, ack: Option<i64> },
    /// It sent a frame that is larger than a request may be, and which was not kept.
    TooLarge { ack: Option<i64> },
    /// It has gone. Nothing comes after that.
    Disconnected { reason: &'static str },
}

/// What became of a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Queued {
    /// Nobody works on this queue: start a task that [takes](Queue::take) until it is empty.
    Idle,
    /// It will have its turn.
    Busy,
    /// As many jobs wait as may.
    Full,
    /// The client has gone.
    Closed,
}

pub(crate) struct Queue(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    working: bool,
    closed: bool,
}

impl Queue {
    /// A queue on which nobody works before [`Queue::start`].
    pub(crate) fn held() -> Self {
        Self(Mutex::new(State { working: true, ..State::default() }))
    }

    /// Puts the first job in front of what came early. The caller starts the task.
    pub(crate) fn start(&self) {
        self.0.lock().waiting.push_front(Job::Connected);
    }

    /// Adds a job, if fewer than `max` wait.
    pub(crate) fn push(&self, job: Job, max: usize) -> Queued {
        let mut state = self.0.lock();
        if state.closed {
            return Queued::Closed;
        }
        if state.waiting.len() >= max {
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

    /// The next job; `None` when there is none, and the task that asked is done.
    pub(crate) fn take(&self) -> Option<Job> {
        let mut state = self.0.lock();
        let job = state.waiting.pop_front();
        if job.is_none() {
            state.working = false;
            // An idle client keeps no memory of its busy times.
            state.waiting = VecDeque::new();
        }
        job
    }
}

impl State {
    fn add(&mut self, job: Job) -> Queued {
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

    #[test]
    fn jobs_keep_their_order_and_only_one_task_is_started() {
        let queue = Queue::held();
        assert_eq!(queue.push(request("early"), 8), Queued::Busy);
        queue.start();
        assert_eq!([queue.take(), queue.take(), queue.take()], [Some(Job::Connected), Some(request("early")), None]);
        assert_eq!(queue.push(request("a"), 8), Queued::Idle);
        assert_eq!(queue.push(request("b"), 8), Queued::Busy);
        assert_eq!([queue.take(), queue.take()], [Some(request("a")), Some(request("b"))]);
    }

    #[test]
    fn a_queue_is_bounded_but_always_has_room_for_the_end() {
        let queue = Queue::held();
        assert_eq!(queue.push(request("a"), 1), Queued::Busy);
        assert_eq!(queue.push(request("b"), 1), Queued::Full);
        assert_eq!(queue.close("gone"), Queued::Busy);
        assert_eq!(queue.close("gone"), Queued::Closed);
        assert_eq!(queue.push(request("c"), 8), Queued::Closed);
    }
}
