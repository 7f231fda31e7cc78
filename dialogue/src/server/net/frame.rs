//! Socket.IO packets as text: `2["event",{..}]`, `21["event",{..}]` with the number of an acknowledgement, and
//! `2/namespace,["event",{..}]`.

use serde::de::IgnoredAny;

/// A packet from a client. The default namespace is `/`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) kind: Kind,
    pub(super) namespace: &'a str,
    pub(super) ack: Option<i64>,
    /// The number of binary messages that follow the packet and belong to it.
    pub(super) attachments: usize,
    /// The JSON. It has not been validated if the packet is an event without attachments.
    pub(super) data: &'a str,
}

/// Maximum number of binary messages of one packet.
const MAX_ATTACHMENTS: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
}

impl<'a> Frame<'a> {
    /// Parses a packet. Returns `None` if it is malformed, or of a type that clients do not send.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let kind = match text.as_bytes().first()? {
            b'0' => Kind::Connect,
            b'1' => Kind::Disconnect,
            b'2' | b'5' => Kind::Event,
            b'3' | b'6' => Kind::Ack,
            _ => return None,
        };
        let (attachments, rest) = match text.as_bytes()[0] {
            b'5' | b'6' => {
                let (count, rest) = text[1..].split_once('-')?;
                (count.parse().ok().filter(|count| *count <= MAX_ATTACHMENTS)?, rest)
            }
            _ => (0, &text[1..]),
        };
        let (namespace, rest) = match rest {
            rest if rest.starts_with('/') => rest.split_once(',').unwrap_or((rest, "")),
            rest => ("/", rest),
        };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (ack, data) = rest.split_at(digits);
        let ack = if ack.is_empty() { None } else { Some(ack.parse().ok()?) };
        let well_formed = match kind {
            // The client's task parses the JSON of an event. No other code reads the JSON of other packets, so it is
            // validated here.
            Kind::Event => data.starts_with('[') && (attachments == 0 || is_json(data)),
            Kind::Ack => data.starts_with('[') && ack.is_some() && is_json(data),
            Kind::Connect => ack.is_none() && (data.is_empty() || data.starts_with('{') && is_json(data)),
            Kind::Disconnect => rest.is_empty(),
        };
        well_formed.then_some(Self { kind, namespace, ack, attachments, data })
    }
}

/// Whether the text is a single JSON value without trailing text.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// The refusal of a namespace other than `/`.
pub(super) fn connect_error(namespace: &str, message: &str) -> String {
    format!("4{namespace},{}", serde_json::json!({ "message": message }))
}

/// The packet with which the server disconnects a client.
pub(super) const DISCONNECT: &str = "1";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(Kind, &str, Option<i64>, &str)> {
        Frame::parse(text).map(|packet| (packet.kind, packet.namespace, packet.ack, packet.data))
    }

    #[test]
    fn packets_have_a_namespace_and_a_number_or_not() {
        assert_eq!(parsed("0"), Some((Kind::Connect, "/", None, "")));
        assert_eq!(parsed(r#"0{"a":1}"#), Some((Kind::Connect, "/", None, r#"{"a":1}"#)));
        assert_eq!(parsed("0/chat,{}"), Some((Kind::Connect, "/chat", None, "{}")));
        assert_eq!(parsed("1"), Some((Kind::Disconnect, "/", None, "")));
        assert_eq!(parsed("1/chat"), Some((Kind::Disconnect, "/chat", None, "")));
        assert_eq!(parsed(r#"212["é"]"#), Some((Kind::Event, "/", Some(12), r#"["é"]"#)));
        assert_eq!(parsed("31[]"), Some((Kind::Ack, "/", Some(1), "[]")));
    }

    #[test]
    fn a_packet_announces_its_attachments() {
        let attachments = |text| Frame::parse(text).map(|packet| (packet.kind, packet.ack, packet.attachments));
        assert_eq!(attachments(r#"51-["a",{"_placeholder":true,"num":0}]"#), Some((Kind::Event, None, 1)));
        assert_eq!(attachments("564-/chat,7[]"), Some((Kind::Event, Some(7), 64)));
        assert_eq!(attachments("62-7[]"), Some((Kind::Ack, Some(7), 2)));
        assert_eq!(attachments("50-[]"), Some((Kind::Event, None, 0)));
        assert_eq!(attachments("2[]"), Some((Kind::Event, None, 0)));
    }

    #[test]
    fn malformed_packets_are_none() {
        let socket_io = ["", "4", "9", "é", "2", "2{}", "2é", "299999999999999999999[]", "3[]", "0[]", "01{}", "1x"];
        let no_json = ["0{bad", r#"0{"a":1}zzz"#, "31[]zzz", "31[", "51-[]zzz", "51-["];
        let attachments = ["5", "51", "5-[]", "5x-[]", "5-1-[]", "565-[]", "599999999999999999999-[]", "61-[]", "51-"];
        for text in socket_io.into_iter().chain(no_json).chain(attachments) {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
