//! One packet on its way to clients: text, encoded once and shared by everyone who gets it.

use engineioxide::Str;
use serde::Serialize;

use crate::server::state::Record;

/// What a packet takes beside its text, about: its place in a list, and the count of those who share it.
const PACKET_BYTES: usize = 96;

/// From this on a text is large.
const HEAVY: usize = 16 << 10;

/// How an event of a room begins.
const EVENT_HEAD: &str = "2[\"dialogue:event\",";

/// A packet, encoded once and shared by everyone who gets it.
#[derive(Clone)]
pub(crate) struct Packet {
    /// As it stands on the wire: `2["event",{..}]`.
    pub(crate) text: Str,
    /// Rather dropped than kept waiting.
    pub(crate) volatile: bool,
    /// It is for one client only, so its text takes memory of its own.
    pub(crate) private: bool,
}

impl Packet {
    /// A frame of the protocol.
    pub(crate) fn event(name: &'static str, body: &impl Serialize) -> Self {
        Self::try_event(name, body).expect("frames of the protocol have string keys only")
    }

    /// An event with any body.
    ///
    /// # Errors
    ///
    /// Those of the body's own `Serialize`.
    pub(crate) fn try_event<T: Serialize + ?Sized>(name: &str, body: &T) -> Result<Self, serde_json::Error> {
        encode("2", &(name, body))
    }

    /// An event of a room. `bytes` is about how long it will be.
    pub(crate) fn of_room(envelope: &impl Serialize, bytes: usize) -> Self {
        Self::of(encode_event(envelope, bytes))
    }

    /// An event of a room that is to be remembered, in as little memory as it takes.
    pub(crate) fn to_remember(envelope: &impl Serialize, bytes: usize) -> Self {
        let mut text = encode_event(envelope, bytes);
        text.shrink_to_fit();
        Self::of(text)
    }

    /// The envelope of an event of a room.
    pub(crate) fn envelope(&self) -> &str {
        self.text.strip_prefix(EVENT_HEAD).and_then(|rest| rest.strip_suffix(']')).unwrap_or_default()
    }

    /// A frame of the protocol whose body is JSON already.
    pub(crate) fn of_json(name: &'static str, body: &str) -> Self {
        Self::raw(format!(r#"2["{name}",{body}]"#))
    }

    /// The same, for one client only.
    pub(crate) fn private(self) -> Self {
        Self { private: true, ..self }
    }

    /// Whether it takes memory worth counting while it waits: a large text of one client alone.
    #[inline]
    pub(crate) fn is_heavy(&self) -> bool {
        self.private && self.text.len() > HEAVY
    }

    /// Any text.
    pub(crate) fn raw(text: String) -> Self {
        Self { text: Str::from(text), volatile: false, private: false }
    }

    /// The acknowledgement of the request `number`.
    pub(crate) fn ack(number: i64, body: &impl Serialize) -> Self {
        encode(&format!("3{number}"), &(body,)).expect("frames of the protocol have string keys only")
    }

    fn of(text: Vec<u8>) -> Self {
        Self::raw(String::from_utf8(text).expect("JSON is UTF-8"))
    }
}

fn encode(head: &str, list: &impl Serialize) -> Result<Packet, serde_json::Error> {
    let mut text = Vec::with_capacity(256);
    text.extend_from_slice(head.as_bytes());
    serde_json::to_writer(&mut text, list)?;
    Ok(Packet::of(text))
}

fn encode_event(envelope: &impl Serialize, bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes);
    text.extend_from_slice(EVENT_HEAD.as_bytes());
    serde_json::to_writer(&mut text, envelope).expect("frames of the protocol have string keys only");
    text.push(b']');
    text
}

impl Record for Packet {
    fn bytes(&self) -> usize {
        self.text.len() + PACKET_BYTES
    }
}
