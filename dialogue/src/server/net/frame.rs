//! Socket.IO packets, as text: `2["event",{..}]`, `21["event",{..}]` with the number of an acknowledgement,
//! `2/namespace,["event",{..}]`.

/// A packet of a client. The namespace is `/` unless it says otherwise.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) kind: Kind,
    pub(super) namespace: &'a str,
    pub(super) ack: Option<i64>,
    /// The JSON, which has not been looked at.
    pub(super) data: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
}

impl<'a> Frame<'a> {
    /// Parses a packet; `None` when it is malformed, or one that clients do not send here.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let kind = match text.as_bytes().first()? {
            b'0' => Kind::Connect,
            b'1' => Kind::Disconnect,
            b'2' => Kind::Event,
            b'3' => Kind::Ack,
            _ => return None,
        };
        let (namespace, rest) = match &text[1..] {
            rest if rest.starts_with('/') => rest.split_once(',').unwrap_or((rest, "")),
            rest => ("/", rest),
        };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (ack, data) = rest.split_at(digits);
        let ack = if ack.is_empty() { None } else { Some(ack.parse().ok()?) };
        let well_formed = match kind {
            Kind::Event => data.starts_with('['),
            Kind::Ack => data.starts_with('[') && ack.is_some(),
            Kind::Connect => ack.is_none() && (data.is_empty() || data.starts_with('{')),
            Kind::Disconnect => rest.is_empty(),
        };
        well_formed.then_some(Self { kind, namespace, ack, data })
    }
}

/// The refusal of another namespace than `/`.
pub(super) fn connect_error(namespace: &str, message: &str) -> String {
    format!("4{namespace},{}", serde_json::json!({ "message": message }))
}

/// The end of a session, as the server's wish.
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
    fn malformed_packets_are_none() {
        for text in
            ["", "4", "5", "51-[]", "9", "é", "2", "2{}", "2é", "299999999999999999999[]", "3[]", "0[]", "01{}", "1x"]
        {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
