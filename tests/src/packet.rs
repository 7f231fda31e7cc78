//! Socket.IO packets as text: `42["event",{..}]` and the like.

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

/// What comes in from the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// The answer to CONNECT.
    Connected,
    /// The refusal of CONNECT: `{ message, data }`.
    ConnectError(Value),
    /// An event: name and argument.
    Event(String, Value),
    /// The acknowledgement of a request, by its number.
    Ack(u64, Value),
    /// The server ended the session.
    Disconnected,
}

/// An engine.io packet.
pub(crate) enum Engine {
    Open(Value),
    Ping,
    Message(Frame),
    Other,
}

pub(crate) fn parse(text: &str) -> anyhow::Result<Engine> {
    let rest = text.get(1..).context("empty packet")?;
    Ok(match text.as_bytes()[0] {
        b'0' => Engine::Open(serde_json::from_str(rest)?),
        b'2' => Engine::Ping,
        b'4' => Engine::Message(message(rest)?),
        _ => Engine::Other,
    })
}

fn message(text: &str) -> anyhow::Result<Frame> {
    let rest = text.get(1..).context("empty message")?;
    Ok(match text.as_bytes()[0] {
        b'0' => Frame::Connected,
        b'1' => Frame::Disconnected,
        b'2' => {
            let Value::Array(parts) = serde_json::from_str(rest)? else { bail!("not an event: {rest}") };
            ensure!(parts.len() <= 2, "an event has at most one argument: {rest}");
            let mut parts = parts.into_iter();
            let name = parts.next().and_then(|name| name.as_str().map(ToOwned::to_owned)).context("no name")?;
            Frame::Event(name, parts.next().unwrap_or(Value::Null))
        }
        b'3' => {
            let start = rest.find('[').context("no argument")?;
            let Value::Array(mut parts) = serde_json::from_str(&rest[start..])? else { bail!("not a list") };
            ensure!(parts.len() == 1, "an acknowledgement has one argument: {rest}");
            Frame::Ack(rest[..start].parse()?, parts.remove(0))
        }
        b'4' => {
            // Of another namespace, if one stands before it.
            let start = rest.find('{').context("no error")?;
            Frame::ConnectError(serde_json::from_str(&rest[start..])?)
        }
        other => bail!("unexpected packet type {}", char::from(other)),
    })
}

/// CONNECT with `auth`.
pub(crate) fn connect(auth: &Value) -> String {
    format!("40{auth}")
}

/// An event, perhaps with the number of an acknowledgement.
pub(crate) fn event(name: &str, argument: &Value, ack: Option<u64>) -> String {
    let ack = ack.map(|number| number.to_string()).unwrap_or_default();
    let parts = if argument.is_null() { json!([name]) } else { json!([name, argument]) };
    format!("42{ack}{parts}")
}
