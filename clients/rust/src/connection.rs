//! The task of a client: it owns the connection, and restores it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use dialogue::{ErrorCode, RoomId};
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::debug;

use crate::backoff::Backoff;
use crate::command::{Command, Effect, Reply, SeatReply, argument};
use crate::engine::Link;
use crate::error::{ConnectError, Error, Failure, JoinError, Left, Lost, Refusal, StreamError};
use crate::hub::{Hub, State};
use crate::outbox::{Outbox, settle};
use crate::packet;
use crate::requests::Requests;
use crate::rooms::Rooms;
use crate::settings::Settings;
use crate::wire::{self, Joined, OfRoom};

/// After so many packets others may run, as a burst of them needs no waiting for the network.
const PACKETS_IN_A_ROW: u32 = 64;

/// When to ask again for a seat, if the server does not say when.
const ASK_AGAIN: Duration = Duration::from_secs(1);

pub(crate) struct Connection {
    pub(super) settings: Arc<Settings>,
    pub(super) hub: Arc<Hub>,
    commands: mpsc::Receiver<Command>,
    requests: Requests<Purpose>,
    outbox: Outbox,
    pub(super) rooms: Rooms,
    /// Rooms that are to be joined again, when not too much else is under way.
    to_rejoin: VecDeque<RoomId>,
    /// The server has said that the session is over.
    pub(super) has_expired: bool,
    /// What streams are told at the end.
    last_words: Option<StreamError>,
}

/// What an answer is for.
enum Purpose {
    Answer(Effect, Reply),
    Join(RoomId, SeatReply),
    Rejoin(RoomId),
    /// A message that is kept, by its key.
    Kept(u64),
    Nothing,
}

/// Why a connection is over.
pub(super) enum Ending {
    /// It is to be restored.
    Lost(Lost),
    /// The client does not come back.
    Over(&'static str),
    /// The program wants it so.
    Closed,
}

impl Connection {
    pub(crate) fn new(settings: Arc<Settings>, hub: Arc<Hub>, commands: mpsc::Receiver<Command>) -> Self {
        let requests = Requests::new(settings.timeout);
        Self {
            settings,
            hub,
            commands,
            requests,
            outbox: Outbox::new(),
            rooms: Rooms::new(),
            to_rejoin: VecDeque::new(),
            has_expired: false,
            last_words: Some(StreamError::Disconnected),
        }
    }

    /// Works until the client ends; dropping this is the end.
    pub(crate) async fn run(mut self, mut link: Link) {
        loop {
            let ending = self.serve(&mut link).await;
            match ending {
                Ending::Closed => {
                    self.last_words = None;
                    return link.goodbye().await;
                }
                Ending::Over(why) => return self.hub.error(Error::Ended { why }),
                Ending::Lost(why) => {
                    drop(link);
                    self.disconnected(why);
                }
            }
            match self.come_back().await {
                Ok(restored) => link = restored,
                Err(Ending::Over(why)) => return self.hub.error(Error::Ended { why }),
                Err(_) => {
                    self.last_words = None;
                    return;
                }
            }
        }
    }

    async fn serve(&mut self, link: &mut Link) -> Ending {
        self.to_rejoin = self.rooms.to_rejoin();
        self.go_on(link);
        let hub = Arc::clone(&self.hub);
        let mut in_a_row = 0;
        loop {
            let wake_at = [self.requests.deadline(), self.rooms.next_rejoin()].into_iter().flatten().min();
            let takes_on = !link.is_busy() && !self.requests.is_full();
            let done = tokio::select! {
                () = hub.closing.notified() => Err(Ending::Closed),
                heard = link.next() => match heard {
                    Ok(text) => self.hear(link, text.packet()),
                    Err(lost) => Err(Ending::Lost(lost)),
                },
                command = self.commands.recv(), if takes_on => match command {
                    Some(command) => { self.obey(link, command); Ok(()) }
                    None => Err(Ending::Closed),
                },
                () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => self.tick(link),
            };
            if let Err(ending) = done {
                return ending;
            }
            in_a_row += 1;
            if in_a_row % PACKETS_IN_A_ROW == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Nothing is answered any more on the connection that was.
    fn disconnected(&mut self, why: Lost) {
        self.hub.state.send_replace(State::Connecting);
        self.hub.error(Error::Lost(why));
        self.requests.drain().for_each(drop);
        self.outbox.disconnected();
        self.rooms.disconnected();
        self.has_expired = false;
    }

    async fn come_back(&mut self) -> Result<Link, Ending> {
        let mut backoff = Backoff::new(self.settings.reconnect);
        let mut at_least = Duration::ZERO;
        loop {
            let pause = backoff.next(fastrand::f64()).ok_or(Ending::Over("it could not reconnect"))?.max(at_least);
            debug!(?pause, "reconnecting");
            let settings = Arc::clone(&self.settings);
            let attempt = async move {
                sleep(pause).await;
                Link::open(&settings).await
            };
            match self.meanwhile(attempt).await.ok_or(Ending::Closed)? {
                Ok((link, identity)) => {
                    self.hub.connected(identity);
                    return Ok(link);
                }
                Err(error) => {
                    let is_final = error.is_final();
                    at_least = match &error {
                        ConnectError::Refused(refusal) => refusal.retry_after().unwrap_or_default(),
                        _ => Duration::ZERO,
                    };
                    self.hub.error(Error::Reconnect(error));
                    if is_final {
                        return Err(Ending::Over("the server refused it when it came back"));
                    }
                }
            }
        }
    }

    /// Waits for something while there is no connection; `None` when the program wants no more.
    async fn meanwhile<T>(&mut self, something: impl Future<Output = T>) -> Option<T> {
        let hub = Arc::clone(&self.hub);
        let mut something = Box::pin(something);
        loop {
            tokio::select! {
                done = &mut something => return Some(done),
                () = hub.closing.notified() => return None,
                command = self.commands.recv() => self.put_off(command?),
            }
        }
    }

    /// What can be done without a connection; the rest hears that there is none, as its way to be answered is dropped.
    fn put_off(&mut self, command: Command) {
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

    fn obey(&mut self, link: &mut Link, command: Command) {
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

    /// Sends what has been kept, as far as it may be under way.
    fn send_kept(&mut self, link: &mut Link) {
        while !self.requests.is_full()
            && let Some(due) = self.outbox.due(|room| self.rooms.is_open(room))
        {
            let number = self.requests.insert(Purpose::Kept(due.key), Instant::now());
            link.send(packet::event(wire::TRIGGER, Some(due.request), Some(number)));
        }
    }

    /// Does what waits for a place among the requests that are under way: rooms first, then messages.
    fn go_on(&mut self, link: &mut Link) {
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

    /// What time alone brings about.
    fn tick(&mut self, link: &mut Link) -> Result<(), Ending> {
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

    /// The server has answered a request.
    pub(super) fn answered(&mut self, link: &mut Link, number: u64, json: Box<RawValue>) -> Result<(), Ending> {
        let Some(purpose) = self.requests.take(number) else {
            debug!(number, "an answer that nobody waits for");
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

    /// What a request has changed, and what whoever asked is told.
    fn apply(&mut self, effect: Effect, answer: Result<Box<RawValue>, Failure>) -> Result<Box<RawValue>, Failure> {
        let answer = match (&effect, answer) {
            // It was about to come back to the room, and now does not want to.
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
            // Whoever asked has gone, or was told that there was no answer, and believes not to be in the room.
            Ok(_) => reply.is_closed(),
            Err(failure) => *failure == Failure::Timeout && self.rooms.joined(room).is_none(),
        };
        settle(reply, taken);
        if is_unwanted {
            self.rooms.leave(room, None);
            self.give_back(link, room);
        }
    }

    /// Leaves a room in which nobody believes to be.
    fn give_back(&mut self, link: &mut Link, room: &RoomId) {
        self.ask(link, wire::LEAVE, Some(&argument(&OfRoom { room_id: room })), Purpose::Nothing);
    }

    fn take_seat(&mut self, room: &RoomId, json: &RawValue) -> Result<Arc<crate::seat::Seat>, Failure> {
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
            // The server has taken the client out of the room meanwhile, or deleted it.
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

    /// The room is left, though the program did not leave it.
    pub(super) fn left(&mut self, room: &RoomId, why: Left) {
        if self.rooms.leave(room, Some(StreamError::Left(why.clone()))) {
            self.hub.error(Error::Left { room: room.clone(), why });
        }
        self.outbox.left(room);
    }
}

/// Whether a refused join may be repeated. A limit that time does not help against has no moment.
fn is_passing(refusal: &Refusal) -> bool {
    match refusal.code() {
        Some(ErrorCode::Overloaded) => true,
        _ => refusal.is_temporary() && refusal.retry_after().is_some(),
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.rooms.leave_all(self.last_words.as_ref());
        self.hub.end(self.last_words.take());
    }
}
