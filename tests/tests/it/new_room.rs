//! Rooms that are created at run time can do what declared rooms can.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "these are the events and rooms of a test")]

use std::time::Duration;

use dialogue::error::{CreateRoomError, TriggerError};
use dialogue::{Config, Dialogue, Event, EventDef, EventMessage, NewRoom, Rate};
use dialogue_tests::TestServer;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

#[derive(Debug, Serialize, Deserialize, Event)]
pub(crate) struct Wiped {
    by: String,
}

dialogue::rooms! {
    /// Clients may trigger anything but this one event.
    pub Board { events: [*], server_events: [Wiped], default_subscriptions: [*] }
}

#[tokio::test]
async fn untyped_events_for_the_server_only() {
    let server = TestServer::start(&[]).await;
    let board = NewRoom::new("board", "Board")
        .event_def(EventDef::untyped("draw"))
        .server_event_def(EventDef::untyped("wiped").with_description("Everything is gone."))
        .subscribe_to_all();
    server.dialogue.create_room(board).await.unwrap();
    let mut alice = server.connect("alice").await;
    alice.join("board").await;
    let forged = alice.try_trigger("board", "wiped", json!(null)).await;
    assert_eq!(forged["error"]["code"], "EVENT_NOT_ALLOWED", "{forged}");
    alice.trigger("board", "draw", json!({ "x": 1 })).await;
    assert_eq!(alice.expect_event("draw").await, json!({ "x": 1 }));
    server.dialogue.trigger_named("board", "wiped", &json!({ "by": "the server" })).await.unwrap();
    assert_eq!(alice.expect_event("wiped").await, json!({ "by": "the server" }));
    let unknown = server.dialogue.trigger_named("board", "drawn", &json!(null)).await.unwrap_err();
    assert!(matches!(unknown, TriggerError::EventNotAllowed { .. }));
    server.stop().await;
}

#[tokio::test]
async fn where_anything_travels_the_servers_events_stay_its_own() {
    let server = TestServer::start(ROOMS).await;
    let created = NewRoom::new("created", "Created").any_event().server_event::<Wiped>().subscribe_to_all();
    server.dialogue.create_room(created).await.unwrap();
    let mut alice = server.connect("alice").await;
    assert!(!ROOMS[0].allows("wiped") && ROOMS[0].allows("anything"));
    for room in ["board", "created"] {
        alice.join(room).await;
        let forged = alice.try_trigger(room, "wiped", json!({ "by": "alice" })).await;
        assert_eq!(forged["error"]["code"], "EVENT_NOT_ALLOWED", "{room}: {forged}");
        alice.trigger(room, "anything", json!(1)).await;
        alice.expect_event("anything").await;
        server.dialogue.trigger(room, Wiped { by: "the server".into() }).await.unwrap();
        alice.expect_event("wiped").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn default_subscriptions_by_name() {
    let server = TestServer::start(&[]).await;
    let board = NewRoom::new("board", "Board")
        .event_def(EventDef::untyped("draw"))
        .event_def(EventDef::untyped("cursor"))
        .default_subscription_named("draw");
    let room = server.dialogue.create_room(board).await.unwrap();
    assert_eq!(room.default_subscriptions(), ["draw"]);
    let mut alice = server.connect("alice").await;
    alice.join("board").await;
    alice.trigger("board", "cursor", json!(1)).await;
    alice.trigger("board", "draw", json!(2)).await;
    assert_eq!(alice.expect_event("draw").await, json!(2), "the cursor is not in her subscriptions");
    let wrong = NewRoom::new("b", "B").event_def(EventDef::untyped("draw")).default_subscription_named("drawn");
    let error = server.dialogue.create_room(wrong).await.unwrap_err();
    assert_eq!(error, CreateRoomError::UnknownSubscription { room: "b".into(), event: "drawn".into() });
    server.stop().await;
}

#[tokio::test]
async fn volatile_events_are_dropped_for_a_client_that_does_not_read() {
    let config = Config { max_queued_packets: 16, ..Config::default() };
    let server = TestServer::with(Dialogue::builder().config(config)).await;
    let board = NewRoom::new("board", "Board")
        .event_def(EventDef::untyped("cursor").with_volatile())
        .default_subscription_named("cursor");
    server.dialogue.create_room(board).await.unwrap();
    let mut lazy = server.connect_lazily("lazy").await;
    lazy.send(r#"42["dialogue:join",{"roomId":"board"}]"#).await;
    while !lazy.read().await.unwrap().contains("dialogue:joined") {}
    let client = server.dialogue.clients_of("lazy").remove(0);
    let mut sent = 0_u64;
    while client.dropped() == 0 {
        server.dialogue.trigger_named("board", "cursor", &json!({ "x": 1, "y": 1 })).await.unwrap();
        sent += 1;
        assert!(sent < 10_000_000, "the queue is full some time");
    }
    assert!(!client.is_cut_off(), "a volatile event cuts nobody off");
    server.stop().await;
}

#[tokio::test]
async fn history_and_rates_of_untyped_events() {
    let server = TestServer::start(&[]).await;
    let draw = EventDef::untyped("draw").with_history(2).with_rate_limit(Rate::new(3, Duration::from_hours(1)));
    let board = NewRoom::new("board", "Board").event_def(draw).sync_history_on_join(usize::MAX);
    server.dialogue.create_room(board).await.unwrap();
    let mut alice = server.connect("alice").await;
    alice.join("board").await;
    for n in 0..3 {
        alice.trigger("board", "draw", json!(n)).await;
    }
    let refused = alice.try_trigger("board", "draw", json!(3)).await;
    assert_eq!(refused["error"]["code"], "RATE_LIMITED", "{refused}");
    let history = alice.request("dialogue:getHistory", json!({ "roomId": "board", "eventName": "draw" })).await;
    let kept: Vec<_> = history["events"].as_array().unwrap().iter().map(|event| event["data"].clone()).collect();
    assert_eq!(kept, [json!(2), json!(1)]);
    server.stop().await;
}

#[tokio::test]
async fn a_typed_event_may_have_other_settings_in_a_room() {
    let server = TestServer::start(&[]).await;
    let board = NewRoom::new("board", "Board")
        .server_event_def(EventDef::of::<Wiped>().with_history(5))
        .default_subscription_named("wiped");
    let room = server.dialogue.create_room(board).await.unwrap();
    let (heard, mut wipes) = unbounded_channel();
    let _listening =
        server.dialogue.on("board", async move |msg: EventMessage<Wiped>| heard.send(msg.data.by).unwrap());
    assert_eq!(room.trigger(Wiped { by: "the server".into() }).await.unwrap().offset, Some(1), "it is recorded");
    assert_eq!(wipes.recv().await.as_deref(), Some("the server"), "and it has its type");
    server.stop().await;
}

#[tokio::test]
async fn names_that_no_event_may_have_are_refused() {
    let server = TestServer::start(&[]).await;
    for name in ["", "*", "dialogue:join", "a\nb"] {
        let refused = CreateRoomError::EventName { room: "board".into(), event: name.into() };
        let board = NewRoom::new("board", "Board").event_def(EventDef::untyped(name));
        assert_eq!(server.dialogue.create_room(board).await.unwrap_err(), refused);
        let board = NewRoom::new("board", "Board").server_event_def(EventDef::untyped(name));
        assert_eq!(server.dialogue.create_room(board).await.unwrap_err(), refused);
    }
    server.stop().await;
}
