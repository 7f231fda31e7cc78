//! Requests without an acknowledgement, as clients of the base library send them: what they are answered, and what not.

#![allow(missing_docs, unreachable_pub, reason = "these are the events and rooms of a test")]

use std::sync::Arc;

use dialogue::error::TriggerError;
use dialogue::{Client, Config, Dialogue, Event, NewRoom, PendingEvent, Rate, room::TriggerBy};
use dialogue_tests::{Peer, TestServer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 100)]
pub struct Message {
    pub n: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct Notice;

dialogue::rooms! {
    pub Lobby { events: [Message], server_events: [Notice], default_subscriptions: [*], sync_history_on_join: 5 }

    pub Inbox { events: [Message], server_events: [Notice], trigger: anyone, default_subscriptions: [*] }

    pub Match { id: "match:{number:u64}", events: [Message], trigger: anyone, open: on_join, close_when_empty: true }
}

fn lobby(event: &str) -> Value {
    json!({ "roomId": "lobby", "eventName": event })
}

fn message(room: &str, n: usize) -> Value {
    json!({ "roomId": room, "event": "message", "data": { "n": n } })
}

/// A gate before every event of one server.
fn gated(builder: dialogue::DialogueBuilder) -> (dialogue::DialogueBuilder, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let passes = Arc::clone(&gate);
    let builder = builder.before_each(async move |event: PendingEvent| {
        passes.acquire().await.map_err(|_| dialogue::Denied::because("closed"))?.forget();
        Ok(event)
    });
    (builder, gate)
}

#[tokio::test]
async fn what_has_no_effect_is_not_answered() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    let long = "x".repeat(300);
    let requests = |room: &str, event: &str| {
        let of_event = json!({ "roomId": room, "eventName": event });
        [
            ("dialogue:leave", json!({ "roomId": room })),
            ("dialogue:subscribe", of_event.clone()),
            ("dialogue:subscribeAll", json!({ "roomId": room })),
            ("dialogue:unsubscribe", of_event),
        ]
    };
    for (room, event) in [("lobby", "message"), ("nowhere", "message"), (&*long, "message"), ("lobby", &*long)] {
        for (name, argument) in requests(room, event) {
            alice.emit(name, argument.clone());
            alice.is_silent().await;
            let code = alice.request(name, argument).await["error"]["code"].clone();
            let expected = if room.len() > 256 || event.len() > 256 && name != "dialogue:leave" {
                "INVALID_REQUEST"
            } else {
                "NOT_IN_ROOM"
            };
            if name != "dialogue:subscribeAll" || room.len() > 256 {
                assert_eq!(code, expected, "{name}");
            }
        }
    }
    alice.join("lobby").await;
    alice.emit("dialogue:subscribe", lobby("whisper"));
    alice.is_silent().await;
    let unknown = alice.request("dialogue:subscribe", lobby("whisper")).await;
    assert_eq!(unknown["error"]["code"], "EVENT_NOT_ALLOWED");
    alice.emit("dialogue:leave", json!({ "roomId": "lobby" }));
    alice.expect("dialogue:left").await;
    alice.emit("dialogue:leave", json!({ "roomId": "lobby" }));
    alice.is_silent().await;
    server.stop().await;
}

#[tokio::test]
async fn a_seat_that_the_server_took_away_is_left_in_silence() {
    let server = TestServer::start(ROOMS).await;
    let room = NewRoom::new("board", "Board").event::<Message>();
    server.dialogue.create_room(room).await.unwrap();
    let mut alice = server.connect("alice").await;
    alice.join("board").await;
    server.dialogue.delete_room("board").await.unwrap();
    alice.expect("dialogue:roomDeleted").await;
    alice.emit("dialogue:leave", json!({ "roomId": "board" }));
    alice.is_silent().await;

    alice.join("lobby").await;
    server.dialogue.clients()[0].leave(Lobby).await.unwrap();
    alice.expect("dialogue:left").await;
    alice.emit("dialogue:leave", json!({ "roomId": "lobby" }));
    alice.emit("dialogue:join", json!({ "roomId": "lobby" }));
    alice.expect("dialogue:joined").await;
    server.stop().await;
}

#[tokio::test]
async fn a_limit_of_subscriptions_is_told() {
    let config = Config { max_subscriptions_per_room: 1, ..Config::default() };
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    let mut alice = server.connect("alice").await;
    alice.join("lobby").await;
    alice.emit("dialogue:subscribe", lobby("message"));
    alice.expect_error("LIMIT_REACHED").await;
    server.stop().await;
}

/// The numbers of the events that a classic request for history is answered with.
async fn numbers(peer: &mut Peer, start: Value, end: Value) -> Vec<u64> {
    let request = json!({ "roomId": "lobby", "eventName": "message", "start": start, "end": end });
    peer.emit("dialogue:getHistory", request);
    let answer = peer.expect("dialogue:historyResponse").await;
    assert_eq!((&answer["roomId"], &answer["eventName"]), (&json!("lobby"), &json!("message")));
    answer["events"].as_array().unwrap().iter().map(|event| event["data"]["n"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn any_range_of_history_is_answered() {
    let config = Config { max_history_page: 10, history_rate: None, ..Config::default() };
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    for n in 1..=20 {
        server.dialogue.trigger(Lobby, Message { n }).await.unwrap();
    }
    let mut alice = server.connect("alice").await;
    alice.emit("dialogue:join", json!({ "roomId": "lobby" }));
    alice.expect("dialogue:joined").await;
    alice.expect("dialogue:history").await;
    let newest: Vec<u64> = (11..=20).rev().collect();
    for (start, end, expected) in [
        (json!(0), json!(3), &newest[..3]),
        (json!(60), json!(50), &[]),
        (json!(3), json!(3), &[]),
        (json!(-5), json!(2), &newest[..2]),
        (json!(1.9), json!(3.2), &newest[1..3]),
        (json!("1"), json!("3"), &newest[1..3]),
        (json!(0), json!(5000), &newest[..]),
        (json!(0), json!(1e300), &newest[..]),
        (Value::Null, Value::Null, &newest[..]),
        (json!("all"), json!({}), &newest[..]),
        (json!([]), json!(true), &newest[..]),
    ] {
        assert_eq!(numbers(&mut alice, start.clone(), end.clone()).await, expected, "{start} to {end}");
    }
    // With an acknowledgement the client hears of its mistake.
    for (start, end) in [(json!(60), json!(50)), (json!(0), json!(11)), (json!(-1), json!(2)), (json!("1"), json!(3))] {
        let request = json!({ "roomId": "lobby", "eventName": "message", "start": start, "end": end });
        assert_eq!(alice.request("dialogue:getHistory", request).await["error"]["code"], "INVALID_REQUEST");
    }
    let room = server.dialogue.room(Lobby);
    assert!(room.history::<Message>(0..11).await.is_err(), "the server's own mistake is told");
    server.stop().await;
}

#[tokio::test]
async fn a_refused_request_for_history_is_answered_with_no_events() {
    let config = Config { history_rate: Some(Rate::new(2, std::time::Duration::from_hours(10))), ..Config::default() };
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    let mut alice = server.connect("alice").await;
    let mut is_refused = async |room: &str, event: &str, code: &str| {
        if room == "lobby" && event != "message" {
            alice.request("dialogue:join", json!({ "roomId": "lobby" })).await;
        }
        alice.emit("dialogue:getHistory", json!({ "roomId": room, "eventName": event, "start": 2 }));
        alice.expect_error(code).await;
        let answer = alice.expect("dialogue:historyResponse").await;
        let expected = json!({ "roomId": room, "eventName": event, "events": [], "start": 2, "end": 2 });
        assert_eq!(answer, expected);
    };
    is_refused("lobby", "message", "NOT_IN_ROOM").await;
    is_refused("nowhere", "message", "ROOM_NOT_FOUND").await;
    is_refused("lobby", "whisper", "EVENT_NOT_ALLOWED").await;
    is_refused("lobby", "", "EVENT_NOT_ALLOWED").await;
    is_refused("lobby", "whisper", "RATE_LIMITED").await;
    is_refused(&"x".repeat(300), "message", "INVALID_REQUEST").await;
    server.stop().await;
}

#[tokio::test]
async fn history_comes_with_the_clients_own_first_join_too() {
    let builder = Dialogue::builder().rooms(ROOMS).on_connected(async |client: Client| {
        client.join(Lobby).await.unwrap();
    });
    let server = TestServer::with(builder).await;
    for n in 1..=7 {
        server.dialogue.trigger(Lobby, Message { n }).await.unwrap();
    }
    let newest = |frame: &Value| frame["events"][0]["data"]["n"].clone();
    let join = json!({ "roomId": "lobby" });
    let mut alice = server.connect("alice").await;
    alice.expect("dialogue:joined").await;
    assert_eq!(newest(&alice.expect("dialogue:history").await), 7, "the server's join");
    server.dialogue.trigger(Lobby, Message { n: 8 }).await.unwrap();
    alice.expect("dialogue:event").await;
    alice.emit("dialogue:join", join.clone());
    let epoch = alice.expect("dialogue:joined").await["epoch"].clone();
    assert_eq!(newest(&alice.expect("dialogue:history").await), 8, "its own");
    alice.emit("dialogue:join", join.clone());
    alice.expect("dialogue:joined").await;
    server.dialogue.clients()[0].join(Lobby).await.unwrap();
    alice.expect("dialogue:joined").await;
    alice.is_silent().await;

    // What it has missed goes before, and is instead of history.
    let mut back = server.connect("alice").await;
    back.expect("dialogue:joined").await;
    back.expect("dialogue:history").await;
    let resume = json!({ "roomId": "lobby", "resume": { "epoch": epoch, "offset": 7 } });
    back.emit("dialogue:join", resume.clone());
    assert_eq!(back.expect("dialogue:joined").await["missed"], 1);
    back.expect("dialogue:event").await;
    back.emit("dialogue:join", join);
    back.expect("dialogue:joined").await;
    back.is_silent().await;

    // If it cannot be had, history follows as for a new member.
    let mut lost = server.connect("alice").await;
    lost.expect("dialogue:joined").await;
    lost.expect("dialogue:history").await;
    lost.emit("dialogue:join", json!({ "roomId": "lobby", "resume": { "epoch": "another", "offset": 7 } }));
    assert_eq!(lost.expect("dialogue:joined").await["resumed"], false);
    assert_eq!(newest(&lost.expect("dialogue:history").await), 8);
    server.stop().await;
}

#[tokio::test]
async fn a_loop_of_triggers_is_heard_in_full() {
    let (builder, gate) = gated(Dialogue::builder().rooms(ROOMS));
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    alice.join("lobby").await;
    for n in 0..300 {
        alice.emit("dialogue:trigger", message("lobby", n));
    }
    gate.add_permits(300);
    for n in 0..300 {
        assert_eq!(alice.expect_event("message").await["n"], n);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_full_queue_still_takes_what_gives_something_back() {
    let config = Config { max_request_queue_bytes: 2000, ..Config::default() };
    let (builder, gate) = gated(Dialogue::builder().rooms(ROOMS).config(config));
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    alice.join("lobby").await;
    for n in 0..100 {
        alice.emit("dialogue:trigger", message("lobby", n));
    }
    alice.expect_error("OVERLOADED").await;
    alice.emit("dialogue:unsubscribe", lobby("*"));
    alice.emit("dialogue:leave", json!({ "roomId": "lobby" }));
    let refused = alice.ask("dialogue:join", json!({ "roomId": "inbox" }));
    assert_eq!(alice.answer(refused).await["error"]["code"], "OVERLOADED");
    gate.add_permits(100);
    while let dialogue_tests::Frame::Event(name, _) = alice.frame().await {
        match name.as_str() {
            "dialogue:left" => break,
            "dialogue:error" | "dialogue:event" => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(server.dialogue.room(Lobby).size(), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_flood_of_what_is_always_taken_ends_the_connection() {
    let (builder, gate) = gated(Dialogue::builder().rooms(ROOMS));
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    alice.join("lobby").await;
    alice.emit("dialogue:trigger", message("lobby", 0));
    for _ in 0..20_000 {
        alice.emit("dialogue:leave", json!({ "roomId": "hall" }));
    }
    alice.ended().await;
    gate.add_permits(1);
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn anyone_may_trigger_where_the_room_says_so() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    bob.join("inbox").await;
    alice.emit("dialogue:trigger", message("inbox", 1));
    assert_eq!(bob.expect_event("message").await["n"], 1);
    alice.is_silent().await;
    assert_eq!(alice.try_trigger("inbox", "message", json!({ "n": 2 })).await["offset"], 2);
    bob.expect_event("message").await;

    let invalid = alice.try_trigger("inbox", "message", json!({ "n": "x" })).await;
    assert_eq!(invalid["error"]["code"], "VALIDATION_FAILED");
    for event in ["notice", "whisper"] {
        let refused = alice.try_trigger("inbox", event, Value::Null).await;
        assert_eq!(refused["error"]["code"], "EVENT_NOT_ALLOWED", "{event}");
    }
    assert_eq!(alice.try_trigger("lobby", "message", json!({ "n": 3 })).await["error"]["code"], "NOT_IN_ROOM");
    let history = json!({ "roomId": "inbox", "eventName": "message" });
    assert_eq!(alice.request("dialogue:getHistory", history).await["error"]["code"], "NOT_IN_ROOM", "triggers only");
    let with_id = json!({ "roomId": "inbox", "event": "message", "data": { "n": 4 }, "id": "m" });
    let first = alice.request("dialogue:trigger", with_id.clone()).await;
    assert_eq!(alice.request("dialogue:trigger", with_id).await, first);
    bob.expect_event("message").await;
    bob.is_silent().await;

    // A trigger opens no room of a family.
    assert_eq!(alice.try_trigger("match:1", "message", json!({ "n": 1 })).await["error"]["code"], "ROOM_NOT_FOUND");
    assert!(server.dialogue.find_room("match:1").is_none());
    bob.join("match:1").await;
    assert_eq!(alice.try_trigger("match:1", "message", json!({ "n": 1 })).await["ok"], true);
    bob.request("dialogue:leave", json!({ "roomId": "match:1" })).await;
    assert_eq!(alice.try_trigger("match:1", "message", json!({ "n": 1 })).await["error"]["code"], "ROOM_NOT_FOUND");

    let made = NewRoom::new("made", "Made").event::<Message>().trigger(TriggerBy::Anyone);
    server.dialogue.create_room(made).await.unwrap();
    alice.expect("dialogue:roomCreated").await;
    assert_eq!(alice.try_trigger("made", "message", json!({ "n": 1 })).await["ok"], true);
    server.stop().await;
}

#[tokio::test]
async fn a_message_without_an_id_is_published_each_time() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    alice.join("lobby").await;
    for n in 1..=2 {
        let request = json!({ "roomId": "lobby", "event": "message", "data": { "n": n }, "id": "" });
        alice.emit("dialogue:trigger", request);
        let envelope = alice.expect("dialogue:event").await;
        assert_eq!((&envelope["data"]["n"], envelope.get("id")), (&json!(n), None));
    }
    server.stop().await;
}

#[tokio::test]
async fn the_server_is_told_that_a_room_does_not_carry_an_event() {
    let server = TestServer::start(ROOMS).await;
    let error = server.dialogue.trigger_named("lobby", "whisper", &1).await.unwrap_err();
    assert!(matches!(error, TriggerError::EventNotAllowed { .. }));
    assert_eq!(error.to_string(), "the room `lobby` does not carry the event `whisper`");
    let mut alice = server.connect("alice").await;
    alice.join("lobby").await;
    let refused = alice.try_trigger("lobby", "notice", Value::Null).await;
    assert_eq!(refused["error"]["message"], "clients may not trigger `notice` in the room `lobby`");
    server.stop().await;
}
