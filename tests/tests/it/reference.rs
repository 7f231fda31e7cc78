//! The frames of the base library's own client, in the order in which it sends them: each `wire/reference/*.json` was recorded
//! against the base library's server, and is replayed here over every transport.
//!
//! A step is what a client sends, as one Socket.IO packet, or the next frame that it gets: an event with the fields that
//! the base library sends, `"0"` for the answer to CONNECT or `"1"` for DISCONNECT. A client that sends CONNECT does so on a
//! new connection, and what it had is cut. Nothing else may come in between, and nothing at the end. `differs` says where the
//! answer is meant to be another one.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "these are the events and rooms of a test")]

use std::collections::BTreeMap;

use dialogue::{Client, Denied, Dialogue, Event, Room};
use dialogue_tests::{Frame, Peer, TestServer, Transport};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(history = 100)]
pub struct Message {
    #[validate(length(min = 1, max = 1000))]
    pub text: String,
    pub sender_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
pub struct Typing {
    pub is_typing: bool,
}

dialogue::rooms! {
    pub Chat {
        events: [Message, Typing],
        default_subscriptions: [Message, Typing],
        sync_history_on_join: true,
        trigger: anyone,
    }
    pub Quiet { events: [Message, Typing] }
    pub Vip { events: [Message] }
    pub Seated { events: [Message], default_subscriptions: [Message], sync_history_on_join: 5 }
    pub Open { events: [*], default_subscriptions: [*] }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Auth {
    seated: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(default)]
    who: String,
    /// A packet without the `4` of Engine.IO; `b..` is a binary message.
    sends: Option<String>,
    gets: Option<Value>,
    /// Waits until the server has done what this client has asked for.
    #[serde(default)]
    settled: bool,
    /// What the application does: `say <room> <how many messages>`, or `kick <user>`.
    server: Option<String>,
    #[serde(rename = "differs")]
    _differs: Option<String>,
}

async fn start() -> TestServer {
    let builder = Dialogue::builder()
        .rooms(ROOMS)
        .before_join(async |_: Client, room: Room| match room.id().as_str() {
            "vip" => Err(Denied::because("VIPs only")),
            _ => Ok(()),
        })
        .on_connected(async |client: Client| {
            if client.handshake().auth::<Auth>().is_ok_and(|auth| auth.seated) {
                client.join(Seated).await.unwrap();
            }
        });
    TestServer::with(builder).await
}

async fn application(server: &TestServer, order: &str) {
    match *order.split(' ').collect::<Vec<_>>() {
        ["say", room, count] => {
            for n in 0..count.parse().unwrap() {
                let message = json!({ "text": format!("m{n}"), "senderId": "s" });
                let n: usize = n;
                server.dialogue.trigger_named(room, "message", &message).await.unwrap_or_else(|_| panic!("m{n}"));
            }
        }
        ["kick", user] => server.dialogue.clients_of(user).iter().for_each(Client::disconnect),
        _ => panic!("nobody knows how to {order}"),
    }
}

/// Whether every expected field is there; more may be.
fn is_like(got: &Value, expected: &Value) -> bool {
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) => {
            expected.iter().all(|(name, expected)| got.get(name).is_some_and(|got| is_like(got, expected)))
        }
        (Value::Array(got), Value::Array(expected)) => {
            got.len() == expected.len() && got.iter().zip(expected).all(|(got, expected)| is_like(got, expected))
        }
        _ => got == expected,
    }
}

async fn gets(peer: &mut Peer, expected: &Value, place: &str) {
    let frame = peer.frame().await;
    let is_expected = match &frame {
        Frame::Connected => expected == "0",
        Frame::Disconnected => expected == "1",
        Frame::Event(name, argument) => {
            expected[0] == **name && is_like(argument, expected.get(1).unwrap_or(&Value::Null))
        }
        _ => false,
    };
    assert!(is_expected, "{place}: expected {expected}, got {frame:?}");
}

async fn replay(name: &str, script: &str) {
    let steps: Vec<Step> = serde_json::from_str(script).expect("the script is well-formed");
    for transport in Transport::ALL {
        let server = start().await;
        let mut peers = BTreeMap::<String, Peer>::new();
        for (number, step) in steps.iter().enumerate() {
            let place = format!("{name} by {transport:?}, step {}", number + 1);
            if let Some(order) = &step.server {
                application(&server, order).await;
                continue;
            }
            if step.sends.as_ref().is_some_and(|packet| packet.starts_with('0'))
                && let Some(before) = peers.insert(step.who.clone(), Peer::open(server.address(), transport))
            {
                before.vanish();
            }
            let peer = peers.get_mut(&step.who).unwrap_or_else(|| panic!("{place}: {} is there", step.who));
            match &step.sends {
                Some(bytes) if bytes.starts_with('b') => peer.send_raw(bytes),
                Some(packet) => peer.send_raw(format!("4{packet}")),
                None => {}
            }
            if let Some(expected) = &step.gets {
                gets(peer, expected, &place).await;
            }
            if step.settled {
                peer.is_silent().await;
            }
        }
        for peer in peers.values_mut() {
            peer.is_silent().await;
        }
        server.stop().await;
    }
}

macro_rules! conversations {
    ($($name:ident)*) => { $(
        #[tokio::test]
        async fn $name() {
            replay(stringify!($name), include_str!(concat!("../../wire/reference/", stringify!($name), ".json"))).await;
        }
    )* };
}

conversations! {
    connect_again reconnect_leave_join reconnect_leave_join_in_on_connect leave_while_offline leave_join join_denied
    join_unknown_room trigger_invalid get_history history_on_join history_after_a_seat kicked subscribe join_trigger_leave
    trigger_only triggers_while_offline reconnect_without_join binary_attachment
}
