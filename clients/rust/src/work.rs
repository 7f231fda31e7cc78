//! Sends requests to the server and handles the answers.

use std::sync::Arc;
use std::time::Duration;

use dialogue::{RoomId, error::ErrorCode};
use serde_json::value::RawValue;
use tokio::time::Instant;
use tracing::debug;

use crate::command::{Command, Effect, Reply, SeatReply, argument};
use crate::connection::{Connection, Ending};
use crate::engine::Link;
use crate::error::{Error, Failure, JoinError, Left, Lost, Refusal, StreamError};
use crate::outbox::settle;
use crate::packet;
use crate::seat::Seat;
use crate::wire::{self, Joined, OfRoom};

/// The pause before rejoining a room, if the server names none.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The purpose of a request, which determines how its answer is handled.
pub(crate) enum Purpose {
    Answer(Effect, Reply),
    Join(RoomId, SeatReply),
    Rejoin(RoomId),
    /// A kept message, by its key.
    Kept(u64),
    Nothing,
}

impl Connection {
    /// Handles a command while there is no connection. Commands that need one fail when their reply channel is dropped.
    pub(crate) fn put_off(&mut self, command: Command) {
        match command {
            Command::Request { .. } => {}
            Command::Keep { room, argument, reply } => self.keep(room, argument, reply),
            Command::Join { room, reply } => {
                if let Some(seat) = self.rooms.joined(&room) {
                    settle(reply, Ok(seat));
                }
            }
        }
    }

    pub(crate) fn obey(&mut self, link: &mut Link, command: Command) {
        match command {
            Command::Request { name, argument, effect, reply } => {
                self.ask(link, name, argument.as_deref(), Purpose::Answer(effect, reply));
            }
            Command::Keep { room, argument, reply } => {
                self.keep(room, argument, reply);
                self.send_kept(link);
            }
            Command::Join { room, reply } => {
                if let Some(seat) = self.rooms.joined(&room) {
                    return settle(reply, Ok(seat));
                }
                let join = self.rooms.join(&room);
                self.ask(link, wire::JOIN, Some(&join), Purpose::Join(room, reply));
            }
        }
    }

    fn keep(&mut self, room: RoomId, argument: Box<str>, reply: Reply) {
        match self.rooms.joined(&room) {
            Some(_) => self.outbox.push(room, argument, reply),
            None => settle(reply, Err(Failure::NotInRoom)),
        }
    }

    /// Sends kept messages, up to the limit of concurrent requests.
    fn send_kept(&mut self, link: &mut Link) {
        while !self.requests.is_full()
            && let Some(due) = self.outbox.due(|room| self.rooms.is_open(room))
        {
            let number = self.requests.insert(Purpose::Kept(due.key), Instant::now());
            link.send(packet::event(wire::TRIGGER, Some(due.request), Some(number)));
        }
    }

    /// Sends waiting requests, up to the limit of concurrent requests. Rooms come before messages, which need them.
    pub(crate) fn go_on(&mut self, link: &mut Link) {
        while !self.requests.is_full()
            && let Some(room) = self.to_rejoin.pop_front()
        {
            if self.rooms.joined(&room).is_some() {
                let join = self.rooms.join(&room);
                self.ask(link, wire::JOIN, Some(&join), Purpose::Rejoin(room));
            }
        }
        self.send_kept(link);
    }

    fn ask(&mut self, link: &mut Link, name: &str, argument: Option<&str>, purpose: Purpose) {
        let number = self.requests.insert(purpose, Instant::now());
        link.send(packet::event(name, argument, Some(number)));
    }

    /// Handles timeouts and rooms that are due to be rejoined.
    pub(crate) fn tick(&mut self, link: &mut Link) -> Result<(), Ending> {
        let now = Instant::now();
        while let Some(purpose) = self.requests.overdue(now) {
            self.settle(link, purpose, Err(Failure::Timeout))?;
        }
        while let Some(room) = self.rooms.due(now) {
            self.to_rejoin.push_back(room);
        }
        self.go_on(link);
        Ok(())
    }

    /// Handles the answer to a request.
    pub(crate) fn answered(&mut self, link: &mut Link, number: u64, json: Box<RawValue>) -> Result<(), Ending> {
        let Some(purpose) = self.requests.take(number) else {
            debug!(number, "ignoring an answer without a request");
            return Ok(());
        };
        self.settle(link, purpose, wire::answer(json))
    }

    fn settle(
        &mut self,
        link: &mut Link,
        purpose: Purpose,
        answer: Result<Box<RawValue>, Failure>,
    ) -> Result<(), Ending> {
        match purpose {
            Purpose::Answer(effect, reply) => settle(reply, self.apply(effect, answer)),
            Purpose::Join(room, reply) => self.joined(link, &room, reply, answer),
            Purpose::Rejoin(room) => self.rejoined(link, &room, answer)?,
            Purpose::Kept(key) => self.outbox.settle(key, answer),
            Purpose::Nothing => {}
        }
        self.go_on(link);
        Ok(())
    }

    /// Applies the effect of a request, and returns the answer for the caller.
    fn apply(&mut self, effect: Effect, answer: Result<Box<RawValue>, Failure>) -> Result<Box<RawValue>, Failure> {
        let answer = match (&effect, answer) {
            // The client was about to rejoin the room, so it has already left from the server's point of view.
            (Effect::Left(_), Err(Failure::Refused(refusal))) if refusal.code() == Some(ErrorCode::NotInRoom) => {
                RawValue::NULL.to_owned()
            }
            (_, answer) => answer?,
        };
        match effect {
            Effect::Nothing => {}
            Effect::Left(room) => {
                self.rooms.leave(&room, None);
                self.outbox.left(&room);
            }
            Effect::Deleted(room) => self.left(&room, Left::Deleted),
            Effect::Subscribed(room, event) => self.rooms.subscribed(&room, event),
            Effect::Unsubscribed(room, event) => self.rooms.unsubscribed(&room, &event),
        }
        Ok(answer)
    }

    fn joined(&mut self, link: &mut Link, room: &RoomId, reply: SeatReply, answer: Result<Box<RawValue>, Failure>) {
        let taken = answer.and_then(|json| self.take_seat(room, &json));
        let is_unwanted = match &taken {
            // The caller has gone or was told that the join timed out, and so believes not to be in the room.
            Ok(_) => reply.is_closed(),
            Err(failure) => *failure == Failure::Timeout && self.rooms.joined(room).is_none(),
        };
        settle(reply, taken);
        if is_unwanted {
            self.rooms.leave(room, None);
            self.give_back(link, room);
        }
    }

    /// Leaves a room of which the program does not know that it has joined it.
    fn give_back(&mut self, link: &mut Link, room: &RoomId) {
        self.ask(link, wire::LEAVE, Some(&argument(&OfRoom { room_id: room })), Purpose::Nothing);
    }

    fn take_seat(&mut self, room: &RoomId, json: &RawValue) -> Result<Arc<Seat>, Failure> {
        let joined: Joined = wire::decode(json)?;
        if joined.room_id != *room {
            return Err(Failure::BadAnswer);
        }
        let (seat, has_gap) = self.rooms.answered(&joined);
        if has_gap {
            self.hub.gap(room);
        }
        Ok(seat)
    }

    fn rejoined(
        &mut self,
        link: &mut Link,
        room: &RoomId,
        answer: Result<Box<RawValue>, Failure>,
    ) -> Result<(), Ending> {
        if self.rooms.joined(room).is_none() {
            // Meanwhile the server has removed the client from the room or deleted the room.
            if answer.is_ok() {
                self.give_back(link, room);
            }
            return Ok(());
        }
        match answer.and_then(|json| self.take_seat(room, &json)) {
            Ok(_) => {}
            Err(Failure::Timeout) => return Err(Ending::Lost(Lost::Unanswered)),
            Err(Failure::Refused(refusal)) if is_passing(&refusal) => {
                let pause = refusal.retry_after().unwrap_or(ASK_AGAIN);
                self.rooms.rejoin_at(room, Instant::now() + pause);
            }
            Err(failure) => self.left(room, Left::Refused(JoinError::new(room, failure))),
        }
        Ok(())
    }

    /// Handles that the client is no longer in a room although the program did not leave it.
    pub(crate) fn left(&mut self, room: &RoomId, why: Left) {
        if self.rooms.leave(room, Some(StreamError::Left(why.clone()))) {
            self.hub.error(Error::Left { room: room.clone(), why });
        }
        self.outbox.left(room);
    }
}

/// Returns whether a refused join may be repeated. `LIMIT_REACHED` does not pass with time, and neither does a rate without a
/// `retry_after`.
fn is_passing(refusal: &Refusal) -> bool {
    match refusal.code() {
        Some(ErrorCode::Overloaded) => true,
        _ => refusal.is_temporary() && refusal.retry_after().is_some(),
    }
}
