//! The texts of Engine.IO and Socket.IO, recognised by their first bytes and without decoding JSON.

use super::marker::Marker;

/// The text with which a server asks for a sign of life is `2`; this is the answer.
pub(crate) const PONG: &[u8] = b"3";

const DELIVERY: &[u8] = br#"42["dialogue:event","#;

/// What a text of the server is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// Engine.IO is ready: the namespace can be asked for.
    Open,
    /// Asks for [`PONG`].
    Ping,
    /// A room's event.
    Delivery(Option<Marker>),
    /// Any other event, by its name.
    Event(&'a [u8]),
    /// The answer to a request that asked for one.
    Acknowledgement(&'a [u8]),
    /// The namespace was refused.
    Refused,
    /// Nothing that matters here.
    Other,
}

impl<'a> Packet<'a> {
    pub(crate) fn parse(text: &'a [u8]) -> Self {
        if text.starts_with(DELIVERY) {
            return Self::Delivery(Marker::find(text));
        }
        match text {
            [b'0', ..] => Self::Open,
            [b'2'] => Self::Ping,
            [b'4', b'2', b'[', b'"', rest @ ..] => {
                let end = memchr::memchr(b'"', rest).unwrap_or(rest.len());
                Self::Event(&rest[..end])
            }
            [b'4', b'3', rest @ ..] => Self::Acknowledgement(rest),
            [b'4', b'4', ..] => Self::Refused,
            _ => Self::Other,
        }
    }
}

/// The HTTP request that opens the WebSocket.
pub(crate) fn upgrade_request() -> Vec<u8> {
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n\
      Host: 127.0.0.1\r\n\
      Connection: Upgrade\r\n\
      Upgrade: websocket\r\n\
      Sec-WebSocket-Version: 13\r\n\
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
      \r\n"
        .to_vec()
}

/// Asks for the default namespace as user `u{number}`.
pub(crate) fn connect(number: usize) -> String {
    format!(r#"40{{"userId":"u{number}"}}"#)
}

pub(crate) fn join(room: &str) -> String {
    format!(r#"42["dialogue:join",{{"roomId":"{room}"}}]"#)
}

/// Subscribes to an event of a room, with acknowledgement.
pub(crate) fn subscribe(room: &str, event: &str) -> String {
    format!(r#"421["dialogue:subscribe",{{"roomId":"{room}","eventName":"{event}"}}]"#)
}

/// A trigger's text up to where the message's own text begins, and from where that ends.
pub(crate) fn trigger(room: &str, event: &str, number: usize) -> (String, String) {
    let head = format!(r#"42["dialogue:trigger",{{"roomId":"{room}","event":"{event}","data":{{"text":""#);
    let tail = format!(r#"","senderId":"u{number}"}}}}]"#);
    (head, tail)
}

#[cfg(test)]
mod tests {
    use super::Packet;

    #[test]
    fn packets_are_told_apart() {
        for (text, expected) in [
            (r#"0{"sid":"x"}"#, Packet::Open),
            ("2", Packet::Ping),
            (r#"40{"sid":"x"}"#, Packet::Other),
            (r#"42["dialogue:joined",{}]"#, Packet::Event(b"dialogue:joined")),
            (r#"431[{"ok":true}]"#, Packet::Acknowledgement(br#"1[{"ok":true}]"#)),
            (r#"44{"message":"no"}"#, Packet::Refused),
            (r#"42["dialogue:event",{}]"#, Packet::Delivery(None)),
        ] {
            assert_eq!(Packet::parse(text.as_bytes()), expected, "{text}");
        }
    }
}
