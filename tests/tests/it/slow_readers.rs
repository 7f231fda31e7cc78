//! Clients that do not read: they slow nobody down, and are cut off at the bounds; those who read lose nothing.

use dialogue::{Config, Dialogue};
use dialogue_tests::rooms::{General, Message, Note, ROOMS, Typing};
use dialogue_tests::{Frame, Lazy, TestServer};
use serde_json::json;

/// A member of `general` who reads only when told to.
async fn lazy_member(server: &TestServer) -> Lazy {
    let mut lazy = server.connect_lazily("lazy").await;
    lazy.send(r#"42["dialogue:join",{"roomId":"general","subscriptions":["*"]}]"#).await;
    while !lazy.read().await.unwrap().contains("dialogue:joined") {}
    lazy
}

fn small_queues() -> Config {
    Config { max_queued_packets: 16, max_spill_bytes: 1 << 20, ..Config::default() }
}

#[tokio::test]
async fn a_client_that_stops_reading_is_cut_off_and_others_are_not() {
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(small_queues())).await;
    let mut lazy = lazy_member(&server).await;
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    let text_of_1000 = "x".repeat(1000);
    let mut sent = 0;
    // Until the operating system's buffers, the queue and the spill queue are full.
    while server.dialogue.clients_of("lazy").iter().any(|client| !client.is_cut_off()) {
        server.dialogue.trigger(General, Message::new(&text_of_1000)).await.unwrap();
        alice.expect_event("message").await;
        sent += 1;
        assert!(sent < 100_000, "a client that never reads is cut off");
    }
    // It hears its end as soon as it reads again, after everything that was in the first queue.
    let mut got = 0;
    while let Some(text) = lazy.read().await {
        got += usize::from(text.contains("dialogue:event"));
    }
    assert!(got < sent, "what was in the spill queue is gone with the connection");
    alice.is_silent().await;
    alice.leave().await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn what_spills_over_arrives_in_order() {
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(small_queues())).await;
    let mut lazy = lazy_member(&server).await;
    let padding = "x".repeat(900);
    for n in 0..500 {
        server.dialogue.trigger(General, Message::new(format!("{n} {padding}"))).await.unwrap();
    }
    for n in 0..500 {
        let expected = format!(r#""text":"{n} "#);
        loop {
            let text = lazy.read().await.unwrap();
            if text.contains("dialogue:event") {
                assert!(text.contains(&expected), "{n}");
                break;
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn volatile_events_are_dropped_and_counted() {
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(small_queues())).await;
    let _lazy = lazy_member(&server).await;
    let client = server.dialogue.clients_of("lazy").remove(0);
    let mut sent = 0_u64;
    while client.dropped() == 0 {
        server.dialogue.trigger(General, Typing { is_typing: true }).await.unwrap();
        sent += 1;
        assert!(sent < 10_000_000, "the queue is full some time");
    }
    assert!(!client.is_cut_off(), "a volatile event cuts nobody off");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_lose_nothing_in_bursts() {
    for (publishers, window) in [(10, 50), (1, 200)] {
        let server = TestServer::start(ROOMS).await;
        let mut readers = Vec::new();
        for n in 0..20 {
            let mut reader = server.connect(&format!("reader-{n}")).await;
            reader.join("general").await;
            readers.push(reader);
        }
        let bursts = (0..publishers).map(|n| burst(&server, n, window));
        futures_util::future::join_all(bursts).await;
        for reader in &mut readers {
            for _ in 0..publishers * window {
                reader.expect_event("message").await;
            }
            reader.is_silent().await;
        }
        server.stop().await;
    }
}

async fn burst(server: &TestServer, publisher: usize, window: usize) {
    let mut peer = server.connect(&format!("publisher-{publisher}")).await;
    let quiet = json!({ "roomId": "general", "subscriptions": [] });
    assert_eq!(peer.request("dialogue:join", quiet).await["ok"], true);
    let data = json!({ "text": "hi", "senderId": "p" });
    let trigger = json!({ "roomId": "general", "event": "message", "data": data });
    let asked: Vec<_> = (0..window).map(|_| peer.ask("dialogue:trigger", trigger.clone())).collect();
    for number in asked {
        let answer = peer.answer(number).await;
        match answer["error"]["code"].as_str() {
            None => assert_eq!(answer["ok"], true),
            // More than the server queues for one client: said so, and sent again.
            Some("OVERLOADED") => assert_eq!(peer.request("dialogue:trigger", trigger.clone()).await["ok"], true),
            Some(other) => panic!("{other}"),
        }
    }
    let Frame::Ack(..) = ({
        peer.ask("dialogue:listRooms", serde_json::Value::Null);
        peer.frame().await
    }) else {
        panic!("a publisher that does not listen hears nothing")
    };
    peer.leave().await;
}

#[tokio::test]
async fn who_reads_what_it_asked_for_is_not_cut_off() {
    const REQUESTS: usize = 20;
    let server = TestServer::start(ROOMS).await;
    let padding = "x".repeat(9000);
    for n in 0..25 {
        server.dialogue.trigger(General, Note { n }).meta(&padding).await.unwrap();
    }
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    // More than may wait for her, asked for without waiting for any of it.
    let request = json!({ "roomId": "general", "eventName": "note" });
    let asked: Vec<_> = (0..REQUESTS).map(|_| alice.ask("dialogue:getHistory", request.clone())).collect();
    let mut bytes = 0;
    for number in asked {
        let answer = alice.answer(number).await;
        assert_eq!(answer["events"].as_array().map(Vec::len), Some(25));
        bytes += answer.to_string().len();
    }
    assert!(bytes > Config::default().max_spill_bytes);
    server.stop().await;
}

#[tokio::test]
async fn a_loop_of_triggers_gives_readers_their_turn() {
    const EVENTS: usize = 20_000;
    let server = TestServer::start(ROOMS).await;
    let mut reader = server.connect("reader").await;
    reader.join("general").await;
    for n in 0..EVENTS {
        server.dialogue.trigger(General, Message::new(n.to_string())).await.unwrap();
    }
    for n in 0..EVENTS {
        assert_eq!(reader.expect_event("message").await["text"], n.to_string());
    }
    server.stop().await;
}
