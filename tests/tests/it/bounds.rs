//! What one client, user or address cannot use up, and what no name may look like.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "these are the events and rooms of a test")]

use std::time::Duration;

use dialogue::{
    Config, Denied, Dialogue, Event, Handshake, Identity, NewRoom, Rate, error::OpenError, hook::RoomProposal,
};
use dialogue_tests::{Door, Frame, Peer, TestServer, Transport};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 50)]
pub struct Note {
    pub text: String,
}

dialogue::rooms! {
    pub Lobby { events: [Note], default_subscriptions: [*], sync_history_on_join: true }

    pub Quiet { events: [Note], default_subscriptions: [*] }

    pub Project { id: "project:{name:String}", events: [Note], open: on_join, keep: true }

    pub Match { id: "match:{number:u64}", events: [Note], open: on_join, close_when_empty: true }

    pub Stage { id: "stage:{number:u64}", events: [Note] }

    pub Sandbox { events: [*], default_subscriptions: [*] }
}

/// How many rooms of the table are always there.
const DECLARED: usize = 3;

async fn server_with(config: Config) -> TestServer {
    TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await
}

fn slow(times: u32) -> Rate {
    Rate::new(times, Duration::from_hours(10))
}

async fn join(peer: &mut Peer, room: &str) -> Value {
    peer.request("dialogue:join", json!({ "roomId": room })).await["error"].clone()
}

/// Joins, and leaves again at once, as someone who wants the server to keep many rooms.
async fn visit(peer: &mut Peer, room: &str) -> Value {
    let error = join(peer, room).await;
    if error.is_null() {
        peer.request("dialogue:leave", json!({ "roomId": room })).await;
    }
    error
}

/// The error is a limit that time does not lift.
fn is_limit(error: &Value, message: &str) {
    assert_eq!((&error["code"], &error["retryAfter"]), (&json!("LIMIT_REACHED"), &Value::Null), "{error}");
    assert_eq!(error["message"], message);
}

/// The error is a rate.
fn is_rate(error: &Value, start: &str) {
    assert_eq!(error["code"], "RATE_LIMITED", "{error}");
    assert!(error["retryAfter"].is_u64(), "{error}");
    assert!(error["message"].as_str().unwrap().starts_with(start), "{error}");
}

#[tokio::test]
async fn a_user_opens_so_many_rooms_on_all_connections_together() {
    let config = Config { max_opened_rooms_per_user: 3, ..Config::default() };
    let server = server_with(config).await;
    let mut mallory = server.connect("mallory").await;
    for n in 0..2 {
        assert_eq!(visit(&mut mallory, &format!("project:{n}")).await, Value::Null);
    }
    let mut again = server.connect("mallory").await;
    assert_eq!(join(&mut again, "match:1").await, Value::Null);
    let text = "the user has reached the limit of 3 rooms opened by joining; leave one that closes when it is empty";
    for peer in [&mut mallory, &mut again] {
        is_limit(&visit(peer, "project:x").await, text);
    }
    assert_eq!(join(&mut mallory, "project:0").await, Value::Null, "a room that is open may be joined");
    let mut alice = server.connect("alice").await;
    assert_eq!(join(&mut alice, "project:alice").await, Value::Null, "others have their own");
    assert_eq!(join(&mut mallory, "project:alice").await, Value::Null, "which anyone may join");
    again.request("dialogue:leave", json!({ "roomId": "match:1" })).await;
    assert_eq!(join(&mut again, "match:2").await, Value::Null, "a room that closes gives its place back");
    again.leave().await;
    while server.dialogue.clients_of("mallory").len() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(join(&mut mallory, "match:3").await, Value::Null, "also when its last member disconnects");
    server.dialogue.delete_room("project:0").await.unwrap();
    assert_eq!(join(&mut mallory, "project:y").await, Value::Null, "and when the server deletes it");
    server.stop().await;
}

#[tokio::test]
async fn an_address_opens_so_many_rooms_for_all_users_together() {
    let config = Config { max_opened_rooms_per_address: 2, ..Config::default() };
    let server = server_with(config).await;
    for name in ["a", "b"] {
        let mut peer = server.connect(name).await;
        assert_eq!(visit(&mut peer, &format!("project:{name}")).await, Value::Null);
    }
    let text = "the address has reached the limit of 2 rooms opened by joining; leave one that closes when it is empty";
    is_limit(&visit(&mut server.connect("c").await, "project:c").await, text);
    server.dialogue.open(Project { name: "server".into() }).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_stranger_leaves_rooms_for_others_and_for_the_server() {
    let config = Config { max_rooms: DECLARED + 20, ..Config::default() };
    let server = server_with(config).await;
    let opened = async |user: &str| {
        let mut peer = server.connect(user).await;
        let mut opened = 0;
        for n in 0..30 {
            opened += usize::from(visit(&mut peer, &format!("project:{user}-{n}")).await.is_null());
        }
        opened
    };
    assert_eq!([opened("mallory").await, opened("alice").await, opened("bob").await], [9, 9, 0]);
    for number in 0..2 {
        server.dialogue.open(Stage { number }).await.expect("the server has places of its own");
    }
    let full = server.dialogue.open(Stage { number: 2 }).await.unwrap_err();
    assert_eq!(full, OpenError::ServerFull { max: DECLARED + 20 });
    server.stop().await;
}

#[tokio::test]
async fn rooms_that_the_server_opens_for_a_client_are_not_the_clients() {
    let config = Config { max_opened_rooms_per_user: 1, ..Config::default() };
    let server = server_with(config).await;
    let mut alice = server.connect("alice").await;
    let [client] = &server.dialogue.clients_of("alice")[..] else { panic!("one connection") };
    for number in 0..3 {
        client.join(Match { number }).await.unwrap();
    }
    let joined = alice.request("dialogue:join", json!({ "roomId": "project:mine" })).await;
    assert_eq!(joined["ok"], true, "{joined}");
    server.stop().await;
}

#[tokio::test]
async fn limits_that_time_does_not_lift_have_their_own_code() {
    let config = Config { max_rooms_per_client: 2, max_subscriptions_per_room: 1, ..Config::default() };
    let server = server_with(config).await;
    let mut alice = server.connect("alice").await;
    alice.join("sandbox").await;
    alice.join("quiet").await;
    is_limit(&join(&mut alice, "match:1").await, "the client has reached the limit of 2 joined rooms; leave one first");
    let too_many = alice.request("dialogue:subscribe", json!({ "roomId": "sandbox", "eventName": "x" })).await;
    is_limit(
        &too_many["error"],
        "a client may have at most 1 subscriptions in a room; unsubscribe from one, or subscribe to all events with `*`",
    );
    let too_many = json!({ "roomId": "sandbox", "subscriptions": ["x", "y"] });
    let too_many = alice.request("dialogue:join", too_many).await;
    is_limit(
        &too_many["error"],
        "a client may have at most 1 subscriptions in a room; subscribe to fewer events, or to all of them with `*`",
    );
    server.stop().await;
}

#[tokio::test]
async fn requests_have_a_rate_but_leaving_and_unsubscribing_are_never_refused() {
    let server = server_with(Config { request_rate: Some(slow(6)), ..Config::default() }).await;
    let mut alice = server.connect("alice").await;
    alice.join("quiet").await;
    let note = json!({ "roomId": "quiet", "eventName": "note" });
    for name in ["dialogue:subscribe", "dialogue:getHistory", "dialogue:listRooms"] {
        assert_eq!(alice.request(name, note.clone()).await["ok"], true, "{name}");
    }
    assert_eq!(alice.request("dialogue:what", json!({})).await["error"]["code"], "INVALID_REQUEST");
    assert_eq!(alice.request("dialogue:join", json!(5)).await["error"]["code"], "INVALID_REQUEST");
    let names =
        ["subscribe", "subscribeAll", "listRooms", "getHistory", "join", "createRoom", "deleteRoom", "renew", "what"];
    for name in names {
        let argument = json!({ "roomId": "quiet", "eventName": "note", "id": "x", "name": "x", "token": "x" });
        let answer = alice.request(&format!("dialogue:{name}"), argument).await;
        is_rate(&answer["error"], "the client sends requests too often (limit: 6 in 10 h)");
    }
    alice.trigger("quiet", "note", json!({ "text": "triggers have rates of their own" })).await;
    alice.expect_event("note").await;
    assert_eq!(alice.request("dialogue:unsubscribe", note).await["ok"], true);
    assert_eq!(alice.request("dialogue:leave", json!({ "roomId": "quiet" })).await["ok"], true);
    server.stop().await;
}

#[tokio::test]
async fn by_default_a_client_may_join_all_its_rooms_again_but_not_without_end() {
    // Without the rate of requests, which would come first.
    let server = server_with(Config { request_rate: None, ..Config::default() }).await;
    let mut alice = server.connect("alice").await;
    let mut refused = 0;
    for round in 0..30 {
        let room = |n: usize| json!({ "roomId": format!("match:{n}") });
        let asked: Vec<_> = (0..100).map(|n| alice.ask("dialogue:join", room(n))).collect();
        for number in asked {
            let error = alice.answer(number).await["error"].clone();
            if !error.is_null() {
                assert!(round >= 10, "round {round}: {error}");
                is_rate(&error, "the client joins rooms too often (limit: 1024 in 10 s)");
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
    server.stop().await;
}

#[tokio::test]
async fn the_list_of_rooms_and_renewals_have_rates() {
    let config = Config { list_rate: Some(slow(2)), renew_rate: Some(slow(2)), ..Config::default() };
    let builder = Dialogue::builder().rooms(ROOMS).config(config).authenticate(async |handshake: Handshake| {
        handshake.token().map(Identity::new).ok_or(Denied::because("no token"))
    });
    let server = TestServer::with(builder).await;
    let mut alice = server.connect_as(Transport::WebSocket, json!({ "token": "alice" })).await;
    for _ in 0..2 {
        assert_eq!(alice.request("dialogue:listRooms", Value::Null).await["ok"], true);
        assert_eq!(alice.request("dialogue:renew", json!({ "token": "alice" })).await["ok"], true);
    }
    let listed = alice.request("dialogue:listRooms", Value::Null).await;
    is_rate(&listed["error"], "the client lists rooms too often (limit: 2 in 10 h)");
    let renewed = alice.request("dialogue:renew", json!({ "token": "alice" })).await;
    is_rate(&renewed["error"], "the client renews its session too often (limit: 2 in 10 h)");
    server.stop().await;
}

fn creating(config: Config) -> dialogue::DialogueBuilder {
    let create = async |proposal: RoomProposal| Ok(proposal.config().any_event());
    Dialogue::builder().rooms(ROOMS).config(config).before_create(create)
}

async fn create(peer: &mut Peer, id: &str) -> Value {
    peer.request("dialogue:createRoom", json!({ "id": id, "name": "Talk" })).await["error"].clone()
}

#[tokio::test]
async fn a_user_creates_so_many_rooms_on_all_connections_together() {
    let config = Config { create_rate: Some(slow(2)), create_rate_per_address: Some(slow(4)), ..Config::default() };
    let server = TestServer::with(creating(config)).await;
    for n in 0..2 {
        let mut mallory = server.connect("mallory").await;
        assert_eq!(create(&mut mallory, &format!("m{n}")).await, Value::Null);
        mallory.leave().await;
    }
    let mut mallory = server.connect("mallory").await;
    for _ in 0..5 {
        let text = "the user or its address creates or deletes rooms too often (limit: 2 in 10 h)";
        is_rate(&create(&mut mallory, "m").await, text);
    }
    let deleted = mallory.request("dialogue:deleteRoom", json!({ "roomId": "m0" })).await;
    is_rate(&deleted["error"], "the user or its address creates or deletes rooms too often (limit: 2 in 10 h)");
    for user in ["alice", "bob"] {
        let mut peer = server.connect(user).await;
        assert_eq!(create(&mut peer, user).await, Value::Null, "refusals took nothing from the address");
    }
    let mut carol = server.connect("carol").await;
    is_rate(
        &create(&mut carol, "carol").await,
        "the user or its address creates or deletes rooms too often (limit: 4 in 10 h)",
    );
    server.stop().await;
}

/// A room with 10 events of 1 KiB, of which 2 KiB are one request for history.
async fn with_history(times: u32) -> TestServer {
    let config = Config { history_rate: Some(slow(times)), max_history_page_bytes: 2048, ..Config::default() };
    let server = server_with(config).await;
    for _ in 0..10 {
        server.dialogue.trigger(Lobby, Note { text: "x".repeat(900) }).await.unwrap();
    }
    server
}

#[tokio::test]
async fn joining_again_and_again_is_asking_for_history() {
    let server = with_history(3).await;
    let mut mallory = server.connect("mallory").await;
    let mut sent = 0;
    let refusal = loop {
        let error = visit(&mut mallory, "lobby").await;
        if !error.is_null() {
            break error;
        }
        sent += mallory.expect("dialogue:history").await.to_string().len();
    };
    is_rate(&refusal, "the client reads history too often by joining rooms again (limit: 3 in 10 h)");
    // The first join is free, and the last one may begin before the rate is used up.
    assert!((2048..=5 * 2048).contains(&sent), "{sent}");
    let history = json!({ "roomId": "lobby", "eventName": "note" });
    assert_eq!(mallory.request("dialogue:getHistory", history).await["error"]["code"], "NOT_IN_ROOM");
    assert_eq!(visit(&mut mallory, "quiet").await, Value::Null, "what sends no history may be joined");
    assert_eq!(visit(&mut mallory, "quiet").await, Value::Null);

    // On the same connection it is the same client, as far as this goes.
    mallory.send_raw("41");
    mallory.send_raw(r#"40{"userId":"mallory"}"#);
    while !matches!(mallory.frame().await, Frame::Event(name, _) if name == "dialogue:connected") {}
    is_rate(
        &join(&mut mallory, "lobby").await,
        "the client reads history too often by joining rooms again (limit: 3 in 10 h)",
    );
    let mut alice = server.connect("alice").await;
    assert_eq!(join(&mut alice, "lobby").await, Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn resuming_again_and_again_is_asking_for_history() {
    let server = with_history(3).await;
    let mut mallory = server.connect("mallory").await;
    let epoch = mallory.join("lobby").await["epoch"].clone();
    let mut resumes = 0;
    let refusal = loop {
        mallory.request("dialogue:leave", json!({ "roomId": "lobby" })).await;
        let resume = json!({ "roomId": "lobby", "resume": { "epoch": epoch, "offset": 0 } });
        let answer = mallory.request("dialogue:join", resume).await;
        if answer["ok"] == false {
            break answer["error"].clone();
        }
        assert_eq!(answer["missed"], 10);
        resumes += 1;
    };
    is_rate(&refusal, "the client reads history too often by joining rooms again (limit: 3 in 10 h)");
    assert_eq!(resumes, 1, "10 KiB are more than three requests");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_reconnects_gets_all_its_rooms_and_what_it_has_missed() {
    let server = with_history(1).await;
    let mut epochs = Vec::new();
    let mut first = server.connect("alice").await;
    for n in 0..255 {
        epochs.push((format!("project:{n}"), first.join(&format!("project:{n}")).await["epoch"].clone()));
        server.dialogue.trigger(Project { name: n.to_string() }, Note { text: "hi".into() }).await.unwrap();
    }
    first.vanish();
    let mut second = server.connect("alice").await;
    second.join("lobby").await;
    for (room, epoch) in epochs {
        let resume = json!({ "roomId": room, "subscriptions": ["*"], "resume": { "epoch": epoch, "offset": 0 } });
        let answer = second.request("dialogue:join", resume).await;
        assert_eq!((&answer["resumed"], &answer["missed"]), (&json!(true), &json!(1)), "{answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn ids_and_names_have_no_characters_that_nobody_sees() {
    let unlimited = Config { create_rate: None, create_rate_per_address: None, ..Config::default() };
    let server = TestServer::with(creating(unlimited)).await;
    let mut alice = server.connect("alice").await;
    alice.join("sandbox").await;
    for c in
        ["\n", "\u{7f}", "\u{9b}", "\u{ad}", "\u{200b}", "\u{200d}", "\u{202e}", "\u{2066}", "\u{feff}", "\u{e0041}"]
    {
        let name = format!("sand{c}box");
        let requests = [
            ("createRoom", json!({ "id": name, "name": "Talk" })),
            ("createRoom", json!({ "id": "talk", "name": name })),
            ("createRoom", json!({ "id": "talk", "name": "Talk", "description": name })),
            ("trigger", json!({ "roomId": "sandbox", "event": name, "data": 1 })),
            ("trigger", json!({ "roomId": "sandbox", "event": "x", "data": 1, "id": name })),
            ("subscribe", json!({ "roomId": "sandbox", "eventName": name })),
            ("join", json!({ "roomId": "sandbox", "subscriptions": [name] })),
        ];
        for (request, argument) in requests {
            let error = alice.request(&format!("dialogue:{request}"), argument).await["error"].clone();
            assert_eq!(error["code"], "INVALID_REQUEST", "{c:?} {request}: {error}");
            assert!(error["message"].as_str().unwrap().contains("control or invisible characters"), "{error}");
        }
        for room in [name.clone(), format!("project:{name}")] {
            assert_eq!(join(&mut alice, &room).await["code"], "ROOM_NOT_FOUND", "{room:?}");
        }
        let new = NewRoom::new(name.as_str(), "Talk").any_event();
        let refused = server.dialogue.create_room(new).await.unwrap_err();
        assert!(refused.to_string().contains("control or invisible characters"), "{refused}");
        let mut peer = Peer::open(server.address(), Transport::WebSocket);
        peer.send_raw(format!("40{}", json!({ "userId": name })));
        while !matches!(peer.frame().await, Frame::Event(greeting, who) if greeting == "dialogue:connected" && who["userId"] == who["clientId"])
        {
        }
    }
    alice.trigger("sandbox", "schön 日本", json!(1)).await;
    server.stop().await;
}

#[tokio::test]
async fn a_handshake_keeps_what_it_was_sent_and_no_more_than_it_may() {
    let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let builder = Dialogue::builder()
        .rooms(ROOMS)
        .config(Config { max_handshake_bytes: 1000, ..Config::default() })
        .on_connected(async move |client| {
            let handshake = client.handshake();
            let headers = handshake.headers();
            let of_map = headers.get("x-team").and_then(|team| team.to_str().ok().map(str::to_owned));
            let direct = handshake.header("X-Team").map(str::to_owned);
            sender.send((of_map, direct, handshake.query("room"), handshake.uri().path().to_owned())).unwrap();
        });
    let server = TestServer::with(builder).await;
    for transport in Transport::ALL {
        let door = Door::of(server.address()).query("room=a%20b").header("x-team", "blue");
        let mut peer = Peer::knock(transport, door);
        peer.send_raw("40{}");
        let blue = || Some("blue".to_owned());
        let expected = (blue(), blue(), Some("a b".to_owned()), "/socket.io/".to_owned());
        assert_eq!(seen.recv().await, Some(expected), "{transport:?}");
        peer.frame().await;

        let large = Door::of(server.address()).header("x-large", "x".repeat(1000));
        let mut refused = Peer::knock(transport, large);
        assert_eq!(refused.frame().await, Frame::Disconnected, "{transport:?}");
    }
    server.stop().await;
}
