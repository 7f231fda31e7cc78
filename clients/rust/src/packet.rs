//! Encodes and decodes packets of Engine.IO 4 and Socket.IO 5: `0{..}`, `2`, `42["event",{..}]`, `430[{..}]`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::ConnectError;

/// The error of text that is not a packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl From<serde_json::Error> for Malformed {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// An Engine.IO packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Engine<'a> {
    Open(Heartbeat),
    Close,
    Ping(&'a str),
    Message(&'a str),
    Nothing,
}

/// The time after which a server without a heartbeat counts as lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heartbeat(pub(crate) Duration);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Open {
    ping_interval: u64,
    ping_timeout: u64,
}

/// The upper bound of that time, whatever the server announces.
const LONGEST_SILENCE: Duration = Duration::from_hours(1);

/// Decodes an Engine.IO packet.
pub(crate) fn engine(text: &str) -> Result<Engine<'_>, Malformed> {
    let (kind, rest) = text.split_at_checked(1).ok_or(Malformed)?;
    Ok(match kind {
        "0" => {
            let open: Open = serde_json::from_str(rest)?;
            let silence = Duration::from_millis(open.ping_interval.saturating_add(open.ping_timeout));
            Engine::Open(Heartbeat(silence.min(LONGEST_SILENCE)))
        }
        "1" => Engine::Close,
        "2" => Engine::Ping(rest),
        "4" => Engine::Message(rest),
        "6" => Engine::Nothing,
        _ => return Err(Malformed),
    })
}

/// A Socket.IO packet in the default namespace.
pub(crate) enum Packet<'a> {
    Connected,
    Refused(ConnectError),
    Disconnect,
    Event { name: String, argument: &'a str },
    Ack { number: u64, answer: Box<RawValue> },
}

/// Decodes a Socket.IO packet.
pub(crate) fn packet(text: &str) -> Result<Packet<'_>, Malformed> {
    let (kind, rest) = text.split_at_checked(1).ok_or(Malformed)?;
    Ok(match kind {
        "0" => Packet::Connected,
        "1" if rest.is_empty() => Packet::Disconnect,
        "2" => {
            let [name, argument] = arguments(rest.trim_start_matches(|c: char| c.is_ascii_digit()))?;
            Packet::Event { name: serde_json::from_str(name.ok_or(Malformed)?)?, argument: argument.unwrap_or("null") }
        }
        "3" => {
            let start = rest.find('[').ok_or(Malformed)?;
            let [answer, _] = arguments(&rest[start..])?;
            let number = rest[..start].parse().map_err(|_| Malformed)?;
            Packet::Ack { number, answer: RawValue::from_string(answer.ok_or(Malformed)?.to_owned())? }
        }
        "4" => Packet::Refused(serde_json::from_str(rest)?),
        _ => return Err(Malformed),
    })
}

/// Returns the first two elements of a list. Further elements are ignored.
fn arguments(json: &str) -> Result<[Option<&str>; 2], Malformed> {
    let list: Vec<&RawValue> = serde_json::from_str(json)?;
    Ok([0, 1].map(|index| list.get(index).map(|element| element.get())))
}

/// Encodes a CONNECT packet with authentication data.
pub(crate) fn connect(auth: &str) -> String {
    format!("40{auth}")
}

/// Encodes an event, with the number of its acknowledgement if one is requested.
pub(crate) fn event(name: &str, argument: Option<&str>, ack: Option<u64>) -> String {
    let ack = ack.map(|number| number.to_string()).unwrap_or_default();
    match argument {
        Some(argument) => format!(r#"42{ack}["{name}",{argument}]"#),
        None => format!(r#"42{ack}["{name}"]"#),
    }
}

/// The DISCONNECT packet.
pub(crate) const DISCONNECT: &str = "41";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_opens_asks_and_carries() {
        let open = r#"0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}"#;
        assert_eq!(engine(open), Ok(Engine::Open(Heartbeat(Duration::from_secs(45)))));
        assert_eq!(engine("2probe"), Ok(Engine::Ping("probe")));
        assert_eq!(engine("40{}"), Ok(Engine::Message("0{}")));
        let forever = format!(r#"0{{"pingInterval":{},"pingTimeout":1}}"#, u64::MAX);
        assert_eq!(engine(&forever), Ok(Engine::Open(Heartbeat(LONGEST_SILENCE))));
        for bad in ["", "9", "0", "0[]", "é", "0{\"pingInterval\":-1}"] {
            assert_eq!(engine(bad), Err(Malformed), "{bad}");
        }
    }

    #[test]
    fn events_and_answers_are_read() {
        let Ok(Packet::Event { name, argument }) = packet(r#"2["dialogue:left",{"roomId":"a"},1]"#) else {
            panic!("an event")
        };
        assert_eq!((name.as_str(), argument), ("dialogue:left", r#"{"roomId":"a"}"#));
        let Ok(Packet::Event { argument, .. }) = packet(r#"27["hello"]"#) else { panic!("an event") };
        assert_eq!(argument, "null");
        let Ok(Packet::Ack { number: 12, answer }) = packet(r#"312[{"ok":true}]"#) else { panic!("an answer") };
        assert_eq!(answer.get(), r#"{"ok":true}"#);
    }

    #[test]
    fn what_is_no_packet_is_malformed() {
        let bad = [
            "",
            "2",
            "2[]",
            "2[1]",
            r#"2{"a":1}"#,
            "2[\"a\",",
            "3[{}]",
            "31[]",
            "31",
            "3x[1]",
            "399999999999999999999[1]",
            "1x",
            "4",
            "4{}",
            "51-[\"a\"]",
            "7",
            "é",
        ];
        for text in bad {
            assert!(packet(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_sent_is_a_packet() {
        assert_eq!(event("dialogue:listRooms", None, Some(3)), r#"423["dialogue:listRooms"]"#);
        assert_eq!(event("dialogue:leave", Some("{}"), None), r#"42["dialogue:leave",{}]"#);
        assert_eq!(connect(r#"{"userId":"alice"}"#), r#"40{"userId":"alice"}"#);
    }
}
