//! What clients may do only so often, and what is done only once.

#![allow(unreachable_pub, reason = "these are the events and rooms of a test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dialogue::{Config, Denied, Dialogue, Event, EventDef, NewRoom, PendingEvent, Rate};
use dialogue_tests::{Peer, TestServer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 50)]
pub struct Message {
    #[validate(length(min = 1))]
    pub text: String,
}

/// Ten at once, and then one an hour: no test has to be fast.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(rate_limit = "10/10h")]
pub struct Ping;

dialogue::rooms! {
    pub Lobby { events: [Message, Ping], default_subscriptions: [*] }

    pub Hall { events: [Message, Ping], default_subscriptions: [*] }

    pub Match { id: "match:{number:u64}", events: [Ping], open: on_join, close_when_empty: true }
}

async fn server_with(config: Config) -> TestServer {
    TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await
}

fn slow(times: u32) -> Rate {
    Rate::new(times, Duration::from_hours(10))
}

async fn ping(peer: &mut Peer, room: &str) -> Value {
    peer.try_trigger(room, "ping", Value::Null).await
}

#[tokio::test]
async fn an_event_has_a_rate_for_each_client() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    for peer in [&mut alice, &mut bob] {
        peer.request("dialogue:join", json!({ "roomId": "lobby", "subscriptions": [] })).await;
        peer.request("dialogue:join", json!({ "roomId": "hall", "subscriptions": [] })).await;
    }
    for n in 0..10 {
        assert_eq!(ping(&mut alice, if n % 2 == 0 { "lobby" } else { "hall" }).await["ok"], true, "over all rooms");
    }
    let error = ping(&mut alice, "lobby").await["error"].clone();
    assert_eq!(error["code"], "RATE_LIMITED");
    let text = error["message"].as_str().unwrap();
    assert!(text.starts_with("the client triggers `ping` too often (limit: 10 in 10 h); try again in"), "{text}");
    let retry_after = error["retryAfter"].as_u64().unwrap();
    assert!((3_500_000..=3_600_001).contains(&retry_after), "{retry_after}");
    assert_eq!(ping(&mut bob, "lobby").await["ok"], true, "each client has its own");
    assert_eq!(alice.trigger("lobby", "message", json!({ "text": "hi" })).await["offset"], 1, "and each event");
    server.dialogue.trigger(Lobby, Ping).await.expect("the server has no limit");

    let draw = EventDef::untyped("draw").with_rate_limit(Rate::new(1, Duration::from_hours(1)));
    server.dialogue.create_room(NewRoom::new("board", "Board").event_def(draw)).await.unwrap();
    alice.join("board").await;
    assert_eq!(alice.try_trigger("board", "draw", json!(1)).await["ok"], true);
    assert_eq!(alice.try_trigger("board", "draw", json!(1)).await["error"]["code"], "RATE_LIMITED");
    server.stop().await;
}

#[tokio::test]
async fn triggers_and_joins_have_a_rate() {
    let config = Config { trigger_rate: Some(slow(3)), join_rate: Some(slow(2)), ..Config::default() };
    let server = server_with(config).await;
    let mut alice = server.connect("alice").await;
    let join = |room: &str| json!({ "roomId": room, "subscriptions": [] });
    alice.request("dialogue:join", join("lobby")).await;
    alice.request("dialogue:join", join("lobby")).await;
    let error = alice.request("dialogue:join", join("hall")).await["error"].clone();
    assert_eq!((&error["code"], error["retryAfter"].is_u64()), (&json!("RATE_LIMITED"), true));
    for _ in 0..3 {
        // Refused or not, it is a trigger.
        alice.try_trigger("lobby", "message", json!({ "text": "" })).await;
    }
    let error = ping(&mut alice, "lobby").await["error"].clone();
    assert_eq!(error["code"], "RATE_LIMITED");
    assert!(
        error["message"].as_str().unwrap().starts_with("the client triggers events too often (limit: 3 in 10 h)"),
        "{error}"
    );
    alice.emit("dialogue:trigger", json!({ "roomId": "lobby", "event": "ping" }));
    alice.expect_error("RATE_LIMITED").await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_for_a_million_rooms_gets_some() {
    let server = server_with(Config { join_rate: None, request_rate: None, ..Config::default() }).await;
    let mut mallory = server.connect("mallory").await;
    let mut codes = std::collections::BTreeMap::<String, usize>::new();
    for number in 0..2000 {
        let answer = mallory.request("dialogue:join", json!({ "roomId": format!("match:{number}") })).await;
        *codes.entry(answer["error"]["code"].as_str().unwrap_or("ok").to_owned()).or_default() += 1;
    }
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), [("LIMIT_REACHED".to_owned(), 1744), ("ok".to_owned(), 256)]);
    mallory.leave().await;
    server.becomes_idle().await;
    assert_eq!(server.dialogue.rooms().len(), 2, "all of them have closed");
    server.stop().await;
}

#[tokio::test]
async fn what_is_sent_twice_is_published_once() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    for peer in [&mut alice, &mut bob] {
        peer.join("lobby").await;
        peer.join("hall").await;
    }
    let message =
        |room: &str, id: &str| json!({ "roomId": room, "event": "message", "data": { "text": "hi" }, "id": id });
    let first = alice.request("dialogue:trigger", message("lobby", "m-1")).await;
    assert_eq!((&first["ok"], &first["offset"]), (&json!(true), &json!(1)));
    assert_eq!(alice.request("dialogue:trigger", message("lobby", "m-1")).await, first, "the same answer");
    alice.emit("dialogue:trigger", message("lobby", "m-1"));
    // The same user on another connection, as after a reconnect whose first connection had got no answer.
    let mut again = server.connect("alice").await;
    again.request("dialogue:join", json!({ "roomId": "lobby", "subscriptions": [] })).await;
    assert_eq!(again.request("dialogue:trigger", message("lobby", "m-1")).await, first);
    assert_eq!(bob.expect_event("message").await["text"], "hi");
    bob.is_silent().await;

    assert_eq!(bob.request("dialogue:trigger", message("lobby", "m-1")).await["offset"], 2, "another user's");
    assert_eq!(alice.request("dialogue:trigger", message("hall", "m-1")).await["offset"], 1, "another room's");
    assert_eq!(alice.request("dialogue:trigger", message("lobby", "m-2")).await["offset"], 3, "another message");
    let not_in = again.request("dialogue:trigger", message("hall", "m-1")).await;
    assert_eq!(not_in["error"]["code"], "NOT_IN_ROOM", "an id opens no doors");
    server.stop().await;
}

#[tokio::test]
async fn a_message_that_was_refused_may_be_sent_again() {
    let tries = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&tries);
    let builder = Dialogue::builder().rooms(ROOMS).before_each(async move |event: PendingEvent| {
        match counts.fetch_add(1, Ordering::Relaxed) {
            0 => Err(Denied::because("not now")),
            _ => Ok(event),
        }
    });
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    alice.join("lobby").await;
    let request = json!({ "roomId": "lobby", "event": "message", "data": { "text": "hi" }, "id": "m" });
    assert_eq!(alice.request("dialogue:trigger", request.clone()).await["error"]["code"], "EVENT_REJECTED");
    let second = alice.request("dialogue:trigger", request.clone()).await;
    assert_eq!(second["offset"], 1);
    assert_eq!(alice.request("dialogue:trigger", request).await, second);
    assert_eq!(tries.load(Ordering::Relaxed), 2);
    server.stop().await;
}

#[tokio::test]
async fn two_connections_that_send_the_same_at_once_publish_it_once() {
    let go_on = Arc::new(tokio::sync::Semaphore::new(0));
    let asked = Arc::new(AtomicUsize::new(0));
    let (waits, counts) = (Arc::clone(&go_on), Arc::clone(&asked));
    let builder = Dialogue::builder().rooms(ROOMS).before_each(async move |event: PendingEvent| {
        counts.fetch_add(1, Ordering::Relaxed);
        waits.acquire().await.map_err(|_| Denied::because("closed"))?.forget();
        Ok(event)
    });
    let server = TestServer::with(builder).await;
    let mut first = server.connect("alice").await;
    let mut second = server.connect("alice").await;
    let quiet = json!({ "roomId": "lobby", "subscriptions": [] });
    let request = json!({ "roomId": "lobby", "event": "message", "data": { "text": "hi" }, "id": "m" });
    let mut asks = Vec::new();
    for peer in [&mut first, &mut second] {
        peer.request("dialogue:join", quiet.clone()).await;
        asks.push(peer.ask("dialogue:trigger", request.clone()));
    }
    while asked.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    go_on.add_permits(5);
    let answers = [first.answer(asks[0]).await, second.answer(asks[1]).await];
    assert_eq!(answers[0], answers[1]);
    assert_eq!((&answers[0]["offset"], asked.load(Ordering::Relaxed)), (&json!(1), 1));
    server.stop().await;
}

#[tokio::test]
async fn so_many_ids_are_remembered() {
    let server = server_with(Config { max_message_ids_per_user: 2, ..Config::default() }).await;
    let mut alice = server.connect("alice").await;
    alice.request("dialogue:join", json!({ "roomId": "lobby", "subscriptions": [] })).await;
    let mut send = async |id: &str| {
        let request = json!({ "roomId": "lobby", "event": "message", "data": { "text": "hi" }, "id": id });
        alice.request("dialogue:trigger", request).await["offset"].as_u64()
    };
    for (id, offset) in [("a", 1), ("b", 2), ("a", 1), ("c", 3), ("b", 2), ("a", 4)] {
        assert_eq!(send(id).await, Some(offset), "{id}");
    }
    server.stop().await;
}
