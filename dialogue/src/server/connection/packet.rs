//! An outbound packet: text that is encoded once and shared by all recipients.

use engineioxide::Str;
use serde::Serialize;

use crate::server::state::Record;

/// Approximate overhead of a packet beside its text: its entry in a queue, and its reference count.
const PACKET_BYTES: usize = 96;

/// Texts of at least this size are large.
const HEAVY: usize = 16 << 10;

/// The start of the packet of a room event.
const EVENT_HEAD: &str = "2[\"dialogue:event\",";

/// A packet that is encoded once and shared by all recipients.
#[derive(Clone)]
pub(crate) struct Packet {
    /// The text on the wire: `2["event",{..}]`.
    pub(crate) text: Str,
    /// The packet is dropped if it cannot be sent immediately.
    pub(crate) volatile: bool,
    /// The packet is for one client only, so its text is not shared.
    pub(crate) private: bool,
}

impl Packet {
    /// Encodes a frame of the protocol.
    pub(crate) fn event(name: &'static str, body: &impl Serialize) -> Self {
        Self::try_event(name, body).expect("frames of the protocol have string keys only")
    }

    /// Encodes an event with any body.
    ///
    /// # Errors
    ///
    /// If the `Serialize` implementation of the body fails.
    pub(crate) fn try_event<T: Serialize + ?Sized>(name: &str, body: &T) -> Result<Self, serde_json::Error> {
        encode("2", &(name, body))
    }

    /// Encodes an event of a room. `bytes` is the approximate length.
    pub(crate) fn of_room(envelope: &impl Serialize, bytes: usize) -> Self {
        Self::of(encode_event(envelope, bytes))
    }

    /// Encodes an event of a room that is recorded in the history. The text takes as little memory as possible.
    pub(crate) fn to_remember(envelope: &impl Serialize, bytes: usize) -> Self {
        let mut text = encode_event(envelope, bytes);
        text.shrink_to_fit();
        Self::of(text)
    }

    /// The envelope of an event of a room.
    pub(crate) fn envelope(&self) -> &str {
        self.text.strip_prefix(EVENT_HEAD).and_then(|rest| rest.strip_suffix(']')).unwrap_or_default()
    }

    /// Encodes a frame of the protocol whose body is already JSON.
    pub(crate) fn of_json(name: &'static str, body: &str) -> Self {
        Self::raw(format!(r#"2["{name}",{body}]"#))
    }

    /// Marks the packet as private: it is for one client only.
    pub(crate) fn private(self) -> Self {
        Self { private: true, ..self }
    }

    /// Whether the packet takes significant memory while it waits: it is large and private.
    #[inline]
    pub(crate) fn is_heavy(&self) -> bool {
        self.private && self.text.len() > HEAVY
    }

    /// Any text.
    pub(crate) fn raw(text: String) -> Self {
        Self { text: Str::from(text), volatile: false, private: false }
    }

    /// Encodes the acknowledgement of the request `number`.
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
