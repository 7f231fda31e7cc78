//! A client of the server under test, in the verbs of the domain.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::packet::{self, Frame};
use crate::{polling, websocket};

/// How long a frame may take before the test fails. It is never waited for when all is well.
const DEADLINE: Duration = Duration::from_secs(20);

/// What carries the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// One WebSocket.
    WebSocket,
    /// HTTP long polling.
    Polling,
}

impl Transport {
    /// Both, for tests of what must not depend on it.
    pub const ALL: [Self; 2] = [Self::WebSocket, Self::Polling];
}

/// The handshake was refused, with this message.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused(pub String);

/// Where and how a connection is opened.
#[derive(Debug, Clone)]
pub struct Door {
    pub(crate) address: SocketAddr,
    pub(crate) query: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Door {
    /// The plain way in.
    pub fn of(address: SocketAddr) -> Self {
        Self { address, query: String::new(), headers: Vec::new() }
    }

    /// Adds to the query: `room=a`.
    #[must_use]
    pub fn query(mut self, pair: &str) -> Self {
        self.query.extend(["&", pair]);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A connected client.
#[derive(Debug)]
pub struct Peer {
    outgoing: UnboundedSender<String>,
    incoming: UnboundedReceiver<Frame>,
    /// Frames that came while an acknowledgement was awaited.
    early: VecDeque<Frame>,
    carrier: JoinHandle<()>,
    next_ack: u64,
}

impl Peer {
    /// Opens a connection and sends nothing.
    pub fn open(address: SocketAddr, transport: Transport) -> Self {
        Self::knock(transport, Door::of(address))
    }

    /// Opens a connection with a query and headers of its own, and sends nothing.
    pub fn knock(transport: Transport, door: Door) -> Self {
        let (outgoing, to_send) = unbounded_channel();
        let (received, incoming) = unbounded_channel();
        let carrier = tokio::spawn(async move {
            // When a carrier fails, its channel closes, and whoever waits for a frame says so.
            let _ended = match transport {
                Transport::WebSocket => websocket::run(door, to_send, received).await,
                Transport::Polling => polling::run(door, to_send, received).await,
            };
        });
        Self { outgoing, incoming, early: VecDeque::new(), carrier, next_ack: 1 }
    }

    /// Connects with `auth`, and waits for `dialogue:connected`.
    ///
    /// # Errors
    ///
    /// [`Refused`] with the server's message.
    pub async fn connect(address: SocketAddr, transport: Transport, auth: Value) -> Result<Self, Refused> {
        Self::enter(transport, Door::of(address), auth).await
    }

    /// Connects with `auth` and with a query and headers of its own.
    ///
    /// # Errors
    ///
    /// [`Refused`] with the server's message.
    pub async fn enter(transport: Transport, door: Door, auth: Value) -> Result<Self, Refused> {
        let mut peer = Self::knock(transport, door);
        peer.send_raw(packet::connect(&auth));
        match peer.frame().await {
            Frame::Connected => {}
            Frame::ConnectError(error) => {
                return Err(Refused(error["message"].as_str().unwrap_or_default().to_owned()));
            }
            other => panic!("expected an answer to CONNECT, got {other:?}"),
        }
        peer.expect("dialogue:connected").await;
        Ok(peer)
    }

    /// Sends any text as one engine.io packet.
    pub fn send_raw(&self, text: impl Into<String>) {
        // A closed connection shows at the next frame that is awaited.
        let _closed = self.outgoing.send(text.into());
    }

    /// Emits an event without an acknowledgement.
    pub fn emit(&self, name: &str, argument: Value) {
        self.send_raw(packet::event(name, &argument, None));
    }

    /// Emits an event with an acknowledgement, and returns its number without waiting.
    pub fn ask(&mut self, name: &str, argument: Value) -> u64 {
        let number = self.next_ack;
        self.next_ack += 1;
        self.send_raw(packet::event(name, &argument, Some(number)));
        number
    }

    /// Emits an event and waits for its acknowledgement; other frames are kept for later.
    pub async fn request(&mut self, name: &str, argument: Value) -> Value {
        let number = self.ask(name, argument);
        self.answer(number).await
    }

    /// Waits for the acknowledgement `number`; other frames are kept for later.
    pub async fn answer(&mut self, number: u64) -> Value {
        let answers = |frame: &Frame| matches!(frame, Frame::Ack(answered, _) if *answered == number);
        if let Some(at) = self.early.iter().position(answers)
            && let Some(Frame::Ack(_, answer)) = self.early.remove(at)
        {
            return answer;
        }
        let mut kept = std::mem::take(&mut self.early);
        loop {
            match self.next().await {
                Some(Frame::Ack(answered, answer)) if answered == number => {
                    self.early = kept;
                    return answer;
                }
                Some(frame) => kept.push_back(frame),
                None => panic!("the connection ended before acknowledgement {number}; before it: {kept:?}"),
            }
        }
    }

    /// Joins a room; panics if it may not.
    pub async fn join(&mut self, room: &str) -> Value {
        let answer = self.request("dialogue:join", json!({ "roomId": room })).await;
        assert_eq!(answer["ok"], true, "{answer}");
        answer
    }

    /// Triggers an event, acknowledged; panics if it may not.
    pub async fn trigger(&mut self, room: &str, event: &str, data: Value) -> Value {
        let answer = self.try_trigger(room, event, data).await;
        assert_eq!(answer["ok"], true, "{answer}");
        answer
    }

    /// Triggers an event, acknowledged, whatever the answer.
    pub async fn try_trigger(&mut self, room: &str, event: &str, data: Value) -> Value {
        self.request("dialogue:trigger", json!({ "roomId": room, "event": event, "data": data })).await
    }

    /// The next frame must be this event; its argument.
    pub async fn expect(&mut self, name: &str) -> Value {
        match self.frame().await {
            Frame::Event(got, argument) if got == name => argument,
            other => panic!("expected `{name}`, got {other:?}"),
        }
    }

    /// The next frame must be a `dialogue:event` of this name; its payload.
    pub async fn expect_event(&mut self, event: &str) -> Value {
        let envelope = self.expect("dialogue:event").await;
        assert_eq!(envelope["event"], event, "{envelope}");
        envelope["data"].clone()
    }

    /// The next frame must be a `dialogue:error` with this code; the whole error.
    pub async fn expect_error(&mut self, code: &str) -> Value {
        let error = self.expect("dialogue:error").await;
        assert_eq!(error["code"], code, "{error}");
        error
    }

    /// Nothing has come: the answer to a question is the next frame.
    pub async fn is_silent(&mut self) {
        let number = self.ask("dialogue:listRooms", Value::Null);
        match self.frame().await {
            Frame::Ack(answered, _) if answered == number => {}
            other => panic!("expected silence, got {other:?}"),
        }
    }

    /// The next frame, whatever it is.
    pub async fn frame(&mut self) -> Frame {
        match self.early.pop_front() {
            Some(frame) => frame,
            None => self.next().await.unwrap_or(Frame::Disconnected),
        }
    }

    /// Waits until the server has ended the connection.
    pub async fn ended(mut self) {
        while self.next().await.is_some() {}
    }

    /// Ends the connection as a well-behaved client.
    pub async fn leave(mut self) {
        self.send_raw("41");
        drop(std::mem::replace(&mut self.outgoing, unbounded_channel().0));
        let _ended = (&mut self.carrier).await;
    }

    /// Vanishes: the connection is cut without a word.
    pub fn vanish(self) {
        self.carrier.abort();
    }

    async fn next(&mut self) -> Option<Frame> {
        let next = tokio::time::timeout(DEADLINE, self.incoming.recv()).await;
        next.unwrap_or_else(|_elapsed| panic!("no frame came within {DEADLINE:?}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}
