//! The frames of the protocol, as they are: each `wire/*.json` is a conversation, replayed over every transport.
//!
//! A step is `{ "alice": "sends", "frame": [name, argument], "ack": n }` or `{ "alice": "gets", "frame": .. }`; what the
//! server makes up stands as `"<any>"`.

use std::collections::{BTreeSet, HashMap};

use dialogue_tests::rooms::ROOMS;
use dialogue_tests::{Frame, Peer, TestServer, Transport};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Step {
    who: String,
    #[serde(default)]
    sends: Option<Vec<Value>>,
    #[serde(default)]
    gets: Option<Vec<Value>>,
    #[serde(default)]
    ack: bool,
    #[serde(default)]
    answer: Option<Value>,
    #[serde(default)]
    silent: bool,
}

#[derive(Default)]
struct Conversation {
    peers: HashMap<String, (Peer, Option<u64>)>,
}

impl Conversation {
    async fn peer(&mut self, server: &TestServer, transport: Transport, who: &str) -> &mut (Peer, Option<u64>) {
        if !self.peers.contains_key(who) {
            let peer = server.connect_by(transport, who).await;
            self.peers.insert(who.to_owned(), (peer, None));
        }
        self.peers.get_mut(who).expect("just inserted")
    }

    async fn step(&mut self, server: &TestServer, transport: Transport, step: Step, place: &str) {
        let (peer, asked) = self.peer(server, transport, &step.who).await;
        if let Some(frame) = step.sends {
            let (name, argument) = (frame[0].as_str().expect("a name"), frame.get(1).cloned().unwrap_or(Value::Null));
            if step.ack {
                *asked = Some(peer.ask(name, argument));
            } else {
                peer.emit(name, argument);
            }
        }
        if let Some(expected) = step.gets {
            match peer.frame().await {
                Frame::Event(name, argument) => assert_like(&json!([name, argument]), &json!(expected), place),
                other => panic!("{place}: expected {expected:?}, got {other:?}"),
            }
        }
        if let Some(expected) = step.answer {
            let number = asked.take().expect("something was asked");
            match peer.frame().await {
                Frame::Ack(answered, answer) if answered == number => assert_like(&answer, &expected, place),
                other => panic!("{place}: expected the answer {expected}, got {other:?}"),
            }
        }
        if step.silent {
            peer.is_silent().await;
        }
    }
}

/// Equal, but for what the server makes up.
fn assert_like(got: &Value, expected: &Value, place: &str) {
    match (got, expected) {
        (_, Value::String(any)) if any == "<any>" => {}
        (Value::Object(got_fields), Value::Object(fields)) => {
            let names = |fields: &serde_json::Map<String, Value>| fields.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(names(got_fields), names(fields), "{place}: the fields of {got}");
            fields.iter().for_each(|(name, expected)| assert_like(&got_fields[name], expected, place));
        }
        (Value::Array(got_items), Value::Array(items)) if got_items.len() == items.len() => {
            got_items.iter().zip(items).for_each(|(got, expected)| assert_like(got, expected, place));
        }
        _ => assert_eq!(got, expected, "{place}"),
    }
}

async fn replay(name: &str, script: &str) {
    for transport in Transport::ALL {
        let server = TestServer::start(ROOMS).await;
        let steps: Vec<Step> = serde_json::from_str(script).expect("the script is well-formed");
        let mut conversation = Conversation::default();
        for (number, step) in steps.into_iter().enumerate() {
            conversation.step(&server, transport, step, &format!("{name} by {transport:?}, step {}", number + 1)).await;
        }
        for (peer, _) in conversation.peers.into_values() {
            peer.leave().await;
        }
        server.becomes_idle().await;
        server.stop().await;
    }
}

macro_rules! conversations {
    ($($name:ident)*) => { $(
        #[tokio::test]
        async fn $name() {
            replay(stringify!($name), include_str!(concat!("../../wire/", stringify!($name), ".json"))).await;
        }
    )* };
}

conversations!(join leave subscribe trigger history list_rooms refusals rooms_by_clients families);
