//! The way out to one client: the transport's queue, and a spill queue for when that one is full.
//!
//! Nothing is dropped silently (protocol, "Order and loss" 4). A packet that finds the transport's queue full waits in
//! the spill queue, and all later ones behind it; an event that is declared volatile is dropped instead, and counted.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::Instant;

/// A packet, encoded once for everyone who gets it.
#[derive(Clone)]
pub(crate) struct Packet {
    pub(crate) kind: PacketKind,
    pub(crate) body: Arc<RawValue>,
    /// Rather dropped than kept waiting.
    pub(crate) volatile: bool,
}

#[derive(Clone)]
pub(crate) enum PacketKind {
    /// A Socket.IO event of this name.
    Event(Cow<'static, str>),
    /// The acknowledgement of the request with this number.
    Ack(i64),
}

impl Packet {
    /// A frame of the protocol.
    pub(crate) fn event(name: &'static str, body: &impl Serialize) -> Self {
        Self { kind: PacketKind::Event(Cow::Borrowed(name)), body: encode(body), volatile: false }
    }

    /// An acknowledgement.
    pub(crate) fn ack(number: i64, body: &impl Serialize) -> Self {
        Self { kind: PacketKind::Ack(number), body: encode(body), volatile: false }
    }
}

fn encode(body: &impl Serialize) -> Arc<RawValue> {
    to_raw_value(body).expect("frames of the protocol have string keys only").into()
}

/// One connection, as the transport gives it.
pub(crate) trait Connection: Send + Sync {
    /// Queues a packet.
    fn send(&self, packet: &Packet) -> Result<(), SendError>;

    /// Ends the connection; false when there was no room left to say so, and it has to be tried again.
    fn close(&self) -> bool;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendError {
    Full,
    Closed,
}

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It is queued.
    Queued,
    /// It is the first in the spill queue: someone must [drain](Outbox::drain) it.
    Spilled,
    /// It was volatile, and there was no room.
    Dropped,
    /// The connection is gone.
    Closed,
}

/// How much may wait in a spill queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpillLimits {
    pub(crate) bytes: usize,
    pub(crate) age: Duration,
}

pub(crate) struct Outbox {
    limits: SpillLimits,
    state: Mutex<State>,
}

struct State {
    connection: Option<Box<dyn Connection>>,
    spill: VecDeque<(Instant, Packet)>,
    spilled_bytes: usize,
    overflown: bool,
    dropped: u64,
}

impl Outbox {
    /// An outbox that is not connected yet.
    pub(crate) fn new(limits: SpillLimits) -> Self {
        let spill = VecDeque::new();
        let state = State { connection: None, spill, spilled_bytes: 0, overflown: false, dropped: 0 };
        Self { limits, state: Mutex::new(state) }
    }

    pub(crate) fn connect(&self, connection: Box<dyn Connection>) {
        self.state.lock().connection = Some(connection);
    }

    /// Lets go of the connection: whoever keeps it after its end keeps its memory.
    pub(crate) fn disconnect(&self) {
        let mut state = self.state.lock();
        state.connection = None;
        state.spill = VecDeque::new();
        state.spilled_bytes = 0;
    }

    /// Asks the connection to end, now or as soon as there is room to say so.
    pub(crate) fn close(&self) -> Pushed {
        let mut state = self.state.lock();
        match &state.connection {
            Some(connection) if connection.close() => Pushed::Queued,
            Some(_) => state.overflow(),
            None => Pushed::Closed,
        }
    }

    pub(crate) fn push(&self, packet: &Packet) -> Pushed {
        let mut state = self.state.lock();
        if state.overflown {
            return Pushed::Closed;
        }
        if state.spill.is_empty() {
            let Some(connection) = &state.connection else { return Pushed::Closed };
            match connection.send(packet) {
                Ok(()) => return Pushed::Queued,
                Err(SendError::Closed) => return Pushed::Closed,
                Err(SendError::Full) => {}
            }
        }
        if packet.volatile {
            state.dropped += 1;
            return Pushed::Dropped;
        }
        state.spilled_bytes += packet.body.get().len();
        state.spill.push_back((Instant::now(), packet.clone()));
        let first = state.spill.len() == 1;
        if state.spilled_bytes > self.limits.bytes {
            state.overflow();
        }
        if first { Pushed::Spilled } else { Pushed::Queued }
    }

    /// Moves packets from the spill queue to the transport as long as there is room; true when nothing is left to do.
    ///
    /// A spill queue over its limits is emptied, and the connection is closed instead.
    pub(crate) fn drain(&self) -> bool {
        let mut state = self.state.lock();
        let State { connection, spill, spilled_bytes, .. } = &mut *state;
        let Some(connection) = connection else { return true };
        while let Some((_, packet)) = spill.front() {
            match connection.send(packet) {
                Ok(()) => {
                    *spilled_bytes -= packet.body.get().len();
                    spill.pop_front();
                }
                Err(SendError::Closed) => return true,
                Err(SendError::Full) => break,
            }
        }
        if spill.front().is_some_and(|(since, _)| since.elapsed() > self.limits.age) {
            state.overflow();
        }
        match (&state.connection, state.overflown) {
            (Some(connection), true) => connection.close(),
            _ => state.spill.is_empty(),
        }
    }

    /// Whether the client was too slow, and is being cut off.
    pub(crate) fn is_overflown(&self) -> bool {
        self.state.lock().overflown
    }

    /// How many volatile events this client was not sent.
    pub(crate) fn dropped(&self) -> u64 {
        self.state.lock().dropped
    }
}

impl State {
    fn overflow(&mut self) -> Pushed {
        let first = !self.overflown && self.spill.is_empty();
        self.overflown = true;
        self.spill = VecDeque::new();
        self.spilled_bytes = 0;
        if first { Pushed::Spilled } else { Pushed::Queued }
    }
}
