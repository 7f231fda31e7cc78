//! Messages that are kept until the server has answered them, across connections, in the order of the calls.

use std::collections::VecDeque;

use dialogue::RoomId;
use tokio::sync::oneshot;

use crate::command::Reply;
use crate::error::Failure;

/// The maximum number of kept messages.
const KEPT: usize = 1000;

/// The maximum number of kept messages sent concurrently, so that a reconnecting client does not flood the server.
const UNDER_WAY: usize = 32;

/// The kept messages of a client, oldest first.
pub(crate) struct Outbox {
    next: u64,
    kept: VecDeque<Kept>,
}

struct Kept {
    key: u64,
    room: RoomId,
    request: Box<str>,
    reply: Reply,
    is_sent: bool,
}

/// A message to be sent now.
pub(crate) struct Due<'a> {
    pub(crate) key: u64,
    pub(crate) request: &'a str,
}

impl Outbox {
    pub(crate) fn new() -> Self {
        Self { next: 0, kept: VecDeque::new() }
    }

    /// Keeps a message, or refuses it if there are too many.
    pub(crate) fn push(&mut self, room: RoomId, request: Box<str>, reply: Reply) {
        if self.kept.len() >= KEPT {
            settle(reply, Err(Failure::Overloaded));
            return;
        }
        self.kept.push_back(Kept { key: self.next, room, request, reply, is_sent: false });
        self.next += 1;
    }

    /// Returns the oldest unsent message whose room has been joined, and marks it as sent. Unsent messages whose caller
    /// no longer waits are removed.
    pub(crate) fn due(&mut self, is_open: impl Fn(&RoomId) -> bool) -> Option<Due<'_>> {
        self.kept.retain(|kept| kept.is_sent || !kept.reply.is_closed());
        if self.kept.iter().filter(|kept| kept.is_sent).count() >= UNDER_WAY {
            return None;
        }
        let due = self.kept.iter_mut().find(|kept| !kept.is_sent && is_open(&kept.room))?;
        due.is_sent = true;
        Some(Due { key: due.key, request: &due.request })
    }

    /// Removes a message that has been answered or has timed out.
    pub(crate) fn settle(&mut self, key: u64, answer: Result<Box<serde_json::value::RawValue>, Failure>) {
        if let Some(at) = self.kept.iter().position(|kept| kept.key == key)
            && let Some(kept) = self.kept.remove(at)
        {
            settle(kept.reply, answer);
        }
    }

    /// Marks all messages as unsent: those that were sent may not have arrived. Their ids prevent duplicates.
    pub(crate) fn disconnected(&mut self) {
        for kept in &mut self.kept {
            kept.is_sent = false;
        }
    }

    /// Fails all messages of a room that has been left.
    pub(crate) fn left(&mut self, room: &RoomId) {
        let (left, kept) = self.kept.drain(..).partition::<VecDeque<_>, _>(|kept| kept.room == *room);
        self.kept = kept;
        for kept in left {
            settle(kept.reply, Err(Failure::NotInRoom));
        }
    }
}

/// Sends the answer to the caller, who may have stopped waiting.
pub(crate) fn settle<T>(reply: oneshot::Sender<T>, answer: T) {
    let _nobody_waits = reply.send(answer);
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    type Answer = oneshot::Receiver<Result<Box<RawValue>, Failure>>;

    fn failure(answer: &mut Answer) -> Option<Failure> {
        answer.try_recv().ok()?.err()
    }

    fn keep(outbox: &mut Outbox, room: &str, request: &str) -> Answer {
        let (reply, answer) = oneshot::channel();
        outbox.push(room.into(), request.into(), reply);
        answer
    }

    fn sent(outbox: &mut Outbox, room: &str) -> Vec<(u64, String)> {
        let mut sent = Vec::new();
        while let Some(due) = outbox.due(|open| *open == room) {
            sent.push((due.key, due.request.to_owned()));
        }
        sent
    }

    #[test]
    fn messages_are_sent_again_in_order_until_they_are_answered() {
        let mut outbox = Outbox::new();
        let mut answers = ["1", "2", "3"].map(|text| keep(&mut outbox, "a", text));
        let first = sent(&mut outbox, "a");
        assert_eq!(first.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
        outbox.settle(first[1].0, Err(Failure::Timeout));
        assert_eq!(failure(&mut answers[1]), Some(Failure::Timeout));
        outbox.disconnected();
        assert!(sent(&mut outbox, "b").is_empty(), "the room is not open yet");
        assert_eq!(sent(&mut outbox, "a"), [first[0].clone(), first[2].clone()]);
    }

    #[test]
    fn few_are_under_way_and_many_are_kept() {
        let mut outbox = Outbox::new();
        let mut answers: Vec<_> = (0..=KEPT).map(|_| keep(&mut outbox, "a", "m")).collect();
        assert_eq!(failure(&mut answers[KEPT]), Some(Failure::Overloaded));
        let under_way = sent(&mut outbox, "a");
        assert_eq!(under_way.len(), UNDER_WAY);
        outbox.settle(under_way[0].0, Err(Failure::Timeout));
        assert_eq!(sent(&mut outbox, "a").len(), 1);
    }

    #[test]
    fn what_nobody_waits_for_is_not_sent_and_what_is_left_is_refused() {
        let mut outbox = Outbox::new();
        drop(keep(&mut outbox, "a", "given up"));
        let mut b = keep(&mut outbox, "b", "b");
        let _a = keep(&mut outbox, "a", "a");
        outbox.left(&"b".into());
        assert_eq!(failure(&mut b), Some(Failure::NotInRoom));
        assert_eq!(sent(&mut outbox, "a").len(), 1);
    }
}
