//! Clients that mean harm, or are broken: each gets its error or its end, and nobody else notices.

use std::sync::Arc;
use std::time::Duration;

use dialogue::{Client, Config, Dialogue};
use dialogue_tests::rooms::ROOMS;
use dialogue_tests::{Frame, Peer, TestServer, Transport};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// Everyone else is served as before, and nothing is left of those who have gone.
async fn is_unharmed(server: TestServer) {
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    alice.trigger("general", "ping", Value::Null).await;
    alice.expect_event("ping").await;
    alice.leave().await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn malformed_packets_end_the_connection_or_nothing() {
    let server = TestServer::start(ROOMS).await;
    let packets = [
        "",
        "4",
        "42",
        "42[",
        "42{}",
        "42[]",
        "42[1]",
        "42[\"\"]",
        "43",
        "44",
        "45",
        "49",
        "9",
        "x",
        "4\u{0}",
        "42[\"dialogue:join\",",
        "42[\"dialogue:join\",{\"roomId\":\"general\"",
        "42/other,[\"a\"]",
        "40/other,{}",
        "41/other,",
        "451-[\"dialogue:join\",{\"_placeholder\":true,\"num\":0}]",
        "4599999999999-[\"a\"]",
        "43999[1]",
        "4299999999999999999999[\"dialogue:listRooms\"]",
        "42-1[\"dialogue:listRooms\"]",
        "2probe",
        "5",
        "6",
    ];
    for packet in packets {
        let peer = server.connect("mallory").await;
        peer.send_raw(packet);
        peer.leave().await;
    }
    is_unharmed(server).await;
}

#[tokio::test]
async fn frames_before_connect_are_not_obeyed() {
    for transport in Transport::ALL {
        let server = TestServer::start(ROOMS).await;
        let peer = Peer::open(server.address(), transport);
        peer.send_raw(r#"42["dialogue:join",{"roomId":"general"}]"#);
        peer.ended().await;
        assert_eq!(server.dialogue.find_room("general").map(|room| room.size()), Some(0));
        is_unharmed(server).await;
    }
}

#[tokio::test]
async fn a_large_request_is_refused_and_a_huge_frame_ends_the_connection() {
    for transport in Transport::ALL {
        let config = Config { max_request_bytes: 800_000, ..Config::default() };
        let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
        let mut peer = server.connect_by(transport, "mallory").await;
        peer.join("general").await;
        let text = "x".repeat(900_000);
        let answer = peer.try_trigger("general", "message", json!({ "text": text, "senderId": "m" })).await;
        assert_eq!(answer["error"]["code"], "INVALID_REQUEST");
        peer.emit("dialogue:trigger", json!({ "roomId": "general", "event": "message", "data": text }));
        peer.expect_error("INVALID_REQUEST").await;
        peer.is_silent().await;
        peer.emit("dialogue:trigger", json!({ "data": "x".repeat(3 << 20) }));
        peer.ended().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let server = TestServer::start(ROOMS).await;
    let mut peer = server.connect("mallory").await;
    peer.join("sandbox").await;
    peer.join("general").await;
    let deep = "[".repeat(20_000) + &"]".repeat(20_000);
    let frames = [
        (format!(r#"{{"roomId":"sandbox","event":"any","data":{deep}}}"#), "VALIDATION_FAILED"),
        (format!(r#"{{"roomId":"general","event":"message","data":{deep}}}"#), "VALIDATION_FAILED"),
        (format!(r#"{{"roomId":"general","event":"message","data":{{"text":{deep}}}}}"#), "VALIDATION_FAILED"),
        (format!(r#"{{"roomId":"general","event":"ping","meta":{deep}}}"#), "INVALID_REQUEST"),
    ];
    for (argument, code) in frames {
        peer.send_raw(format!(r#"42["dialogue:trigger",{argument}]"#));
        peer.expect_error(code).await;
    }
    peer.send_raw(format!(r#"42["dialogue:join",{deep}]"#));
    peer.expect_error("INVALID_REQUEST").await;
    peer.leave().await;
    is_unharmed(server).await;
}

#[tokio::test]
async fn names_have_a_limit_and_are_not_repeated() {
    let server = TestServer::start(ROOMS).await;
    let mut peer = server.connect("mallory").await;
    let long = "x".repeat(10_000);
    let requests = [
        ("dialogue:join", json!({ "roomId": long })),
        ("dialogue:join", json!({ "roomId": "general", "subscriptions": [long] })),
        ("dialogue:leave", json!({ "roomId": long })),
        ("dialogue:subscribe", json!({ "roomId": "general", "eventName": long })),
        ("dialogue:trigger", json!({ "roomId": "general", "event": long, "data": {} })),
        ("dialogue:trigger", json!({ "roomId": "general", "event": "ping", "id": long })),
        ("dialogue:createRoom", json!({ "id": long, "name": "x" })),
    ];
    for (name, argument) in requests {
        let answer = peer.request(name, argument).await;
        assert_eq!(answer["error"]["code"], "INVALID_REQUEST", "{name}");
        assert!(answer.to_string().len() < 300, "{name} is answered with {answer}");
    }
    for id in
        ["", "\u{0}", "dialogue:x", "general\n", "__proto__", "../general", "match:-1", "match:18446744073709551616"]
    {
        let answer = peer.request("dialogue:join", json!({ "roomId": id })).await;
        assert_eq!(answer["error"]["code"], "ROOM_NOT_FOUND", "{id:?}");
    }
    peer.leave().await;
    is_unharmed(server).await;
}

#[tokio::test]
async fn a_burst_of_joins_is_answered_one_by_one() {
    const JOINS: usize = 10_000;
    let server = TestServer::start(ROOMS).await;
    let mut peer = server.connect("mallory").await;
    let last = (0..JOINS).map(|n| peer.ask("dialogue:join", json!({ "roomId": format!("match:{n}") }))).last();
    let mut codes = std::collections::BTreeMap::<String, usize>::new();
    for number in 1..=last.expect("there were some") {
        let answer = peer.answer(number).await;
        let code = answer["error"]["code"].as_str().unwrap_or("ok").to_owned();
        *codes.entry(code).or_default() += 1;
    }
    assert_eq!(codes.values().sum::<usize>(), JOINS);
    let max = Config::default().max_rooms_per_client;
    assert!(codes.get("ok").is_some_and(|joined| (1..=max).contains(joined)), "{codes:?}");
    assert!(
        codes.keys().all(|code| ["ok", "OVERLOADED", "RATE_LIMITED", "LIMIT_REACHED"].contains(&code.as_str())),
        "{codes:?}"
    );
    peer.leave().await;
    is_unharmed(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_vanish_leave_nothing_behind() {
    let server = TestServer::start(ROOMS).await;
    for round in 0..200 {
        let peer = server.connect("ghost").await;
        peer.emit("dialogue:join", json!({ "roomId": "general" }));
        peer.emit("dialogue:join", json!({ "roomId": format!("match:{round}") }));
        peer.emit("dialogue:trigger", json!({ "roomId": "general", "event": "ping" }));
        peer.vanish();
    }
    for _ in 0..50 {
        let peer = Peer::open(server.address(), Transport::WebSocket);
        peer.send_raw(r#"40{"userId":"ghost"}"#);
        peer.send_raw(r#"42["dialogue:join",{"roomId":"general"}]"#);
        peer.vanish();
    }
    server.becomes_idle().await;
    assert!(server.dialogue.rooms().iter().all(|room| !room.id().as_str().starts_with("match:")));
    is_unharmed(server).await;
}

#[tokio::test]
async fn a_poller_that_vanishes_is_missed_by_its_heartbeat() {
    let soon = Duration::from_millis(50);
    let config = Config { ping_interval: soon, ping_timeout: soon, ..Config::default() };
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    let mut peer = server.connect_by(Transport::Polling, "ghost").await;
    peer.join("general").await;
    peer.vanish();
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn an_identity_cannot_be_forged_or_absurd() {
    let server = TestServer::start(ROOMS).await;
    let connect = |auth| Peer::connect(server.address(), Transport::WebSocket, auth);
    let [long, too_long] = ["x".repeat(257), "é".repeat(128) + "x"].map(|user| json!({ "userId": user }));
    let none = [json!({}), json!({ "userId": 5 }), json!({ "userId": "" }), json!({ "token": "secret" })];
    let absurd = [json!({ "userId": "system" }), json!({ "userId": null }), json!({ "userId": ["a"] }), long, too_long];
    for auth in none.into_iter().chain(absurd) {
        let peer = connect(auth).await.expect("anyone may come in");
        let clients = server.dialogue.clients();
        assert_eq!(clients[0].user_id().as_str(), clients[0].id().as_str());
        peer.leave().await;
        server.becomes_idle().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_payload_of_the_wrong_shape_reaches_nobody() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    let mut mallory = server.connect("mallory").await;
    alice.join("general").await;
    mallory.join("general").await;
    let payloads = [
        json!(null),
        json!([]),
        json!("text"),
        json!(1),
        json!({}),
        json!({ "text": [] }),
        json!({ "text": "", "senderId": 1 }),
        json!({ "text": "x".repeat(1001), "senderId": "m" }),
    ];
    for payload in payloads {
        let answer = mallory.try_trigger("general", "message", payload).await;
        assert_eq!(answer["error"]["code"], "VALIDATION_FAILED");
        assert!(answer["error"]["issues"].as_array().is_some_and(|issues| !issues.is_empty()), "{answer}");
    }
    alice.is_silent().await;
    let Frame::Ack(..) = ({
        mallory.ask("dialogue:listRooms", Value::Null);
        mallory.frame().await
    }) else {
        panic!("the sender heard something")
    };
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_asks_for_nothing_ends() {
    let config = Config { connect_timeout: Duration::from_millis(50), ..Config::default() };
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    for transport in Transport::ALL {
        Peer::open(server.address(), transport).ended().await;
    }
    let peer = server.connect("mallory").await;
    peer.send_raw("41");
    peer.ended().await;
    is_unharmed(server).await;
}

#[tokio::test]
async fn a_connection_may_become_another_client() {
    let server = TestServer::start(ROOMS).await;
    let mut peer = server.connect("alice").await;
    peer.join("general").await;
    peer.send_raw("40{}");
    peer.is_silent().await;
    peer.send_raw("41");
    peer.send_raw(r#"40{"userId":"bob"}"#);
    assert_eq!(peer.frame().await, Frame::Connected);
    assert_eq!(peer.expect("dialogue:connected").await["userId"], "bob");
    let answer = peer.try_trigger("general", "ping", Value::Null).await;
    assert_eq!(answer["error"]["code"], "NOT_IN_ROOM", "it is another client");
    peer.leave().await;
    is_unharmed(server).await;
}

#[tokio::test]
async fn a_client_that_is_taken_back_before_it_was_there_is_none() {
    let (leaving, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (says, waits) = (Arc::clone(&leaving), Arc::clone(&go_on));
    let builder = Dialogue::builder().rooms(ROOMS).on_disconnected(async move |_: Client| {
        says.add_permits(1);
        waits.acquire().await.expect("it is open").forget();
    });
    let server = TestServer::with(builder).await;
    let mut peer = server.connect("alice").await;
    peer.send_raw("41");
    leaving.acquire().await.expect("it is open").forget();
    // Bob comes and goes while Alice is still leaving, and Carol comes with a request that does not wait.
    peer.send_raw(r#"40{"userId":"bob"}"#);
    peer.send_raw("41");
    peer.send_raw(r#"40{"userId":"carol"}"#);
    peer.send_raw(r#"42["dialogue:join",{"roomId":"general"}]"#);
    // This is answered at once, so what came before it has been read.
    peer.send_raw("40/nowhere,");
    assert!(matches!(peer.frame().await, Frame::ConnectError(_)));
    go_on.add_permits(2);
    assert_eq!(peer.frame().await, Frame::Connected);
    assert_eq!(peer.expect("dialogue:connected").await["userId"], "carol");
    assert_eq!(peer.expect("dialogue:joined").await["roomId"], "general");
    let users: Vec<_> = server.dialogue.clients().iter().map(|client| client.user_id().to_string()).collect();
    assert_eq!(users, ["carol"]);
    peer.leave().await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn what_not_everyone_could_read_is_refused() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    let mut mallory = server.connect("mallory").await;
    for peer in [&mut alice, &mut mallory] {
        peer.join("general").await;
        peer.join("sandbox").await;
    }
    let cases = [
        (r#"{"roomId":"general","event":"ping","meta":{"x":1e999}}"#, "INVALID_REQUEST"),
        (r#"{"roomId":"general","event":"ping","meta":"\ud800"}"#, "INVALID_REQUEST"),
        (r#"{"roomId":"general","event":"ping","meta":5}"#, "INVALID_REQUEST"),
        (r#"{"roomId":"general","event":"ping","meta":[{}]}"#, "INVALID_REQUEST"),
        (r#"{"roomId":"sandbox","event":"any","data":-1e999}"#, "VALIDATION_FAILED"),
        (r#"{"roomId":"sandbox","event":"any","data":{"\udfff":1}}"#, "VALIDATION_FAILED"),
    ];
    for (request, code) in cases {
        mallory.send_raw(format!(r#"42["dialogue:trigger",{request}]"#));
        mallory.expect_error(code).await;
    }
    alice.is_silent().await;
    let deep = "[".repeat(100) + &"]".repeat(100);
    mallory.send_raw(format!(r#"42["dialogue:trigger",{{"roomId":"sandbox","event":"any","data":{deep}}}]"#));
    alice.expect_event("any").await;
    server.stop().await;
}

#[tokio::test]
async fn large_answers_that_nobody_reads_are_bounded() {
    let config = Config {
        max_rooms_per_client: 1000,
        max_opened_rooms_per_user: 1000,
        join_rate: None,
        list_rate: None,
        max_spill_age: Duration::from_millis(200),
        ..Config::default()
    };
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    let mut peer = server.connect("peer").await;
    for number in 0..900 {
        peer.join(&format!("match:{number}")).await;
    }
    let mut lazy = server.connect_lazily("lazy").await;
    let client = loop {
        match server.dialogue.clients_of("lazy").pop() {
            Some(client) => break client,
            None => tokio::task::yield_now().await,
        }
    };
    while lazy.try_send(r#"42["dialogue:listRooms"]"#).await {}
    assert!(client.is_cut_off());
    peer.is_silent().await;
    server.stop().await;
}
