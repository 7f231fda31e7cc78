//! Order and seats: one client's requests, one room's events, one last seat.

use dialogue_tests::rooms::ROOMS;
use dialogue_tests::{Peer, TestServer, Transport};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn exactly_one_wins_the_last_seat() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    let seat = || json!({ "roomId": "seat" });
    for round in 0..1000 {
        let (a, b) = tokio::join!(alice.request("dialogue:join", seat()), bob.request("dialogue:join", seat()));
        let seated = [&a, &b].map(|answer| answer["ok"] == true);
        assert_ne!(seated[0], seated[1], "round {round}: {a} {b}");
        let (winner, loser) = if seated[0] { (&mut alice, &b) } else { (&mut bob, &a) };
        assert_eq!(loser["error"]["code"], "ROOM_FULL");
        assert_eq!(winner.request("dialogue:leave", seat()).await["ok"], true);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_members_hear_the_same_order() {
    const SENDERS: u64 = 4;
    const EACH: u64 = 200;
    let server = TestServer::start(ROOMS).await;
    let mut listeners = Vec::new();
    for n in 0..5 {
        let transport = Transport::ALL[n % 2];
        let mut listener = server.connect_by(transport, &format!("listener-{n}")).await;
        listener.join("general").await;
        listeners.push(listener);
    }
    let senders = (0..SENDERS).map(|sender| send_notes(&server, sender, EACH));
    futures_util::future::join_all(senders).await;
    let mut heard = Vec::new();
    for listener in &mut listeners {
        heard.push(notes(listener, SENDERS * EACH).await);
    }
    assert!(heard.windows(2).all(|pair| pair[0] == pair[1]), "two members heard different orders");
    let offsets: Vec<_> = heard[0].iter().map(|note| note.0).collect();
    assert_eq!(offsets, (1..=SENDERS * EACH).collect::<Vec<_>>(), "offsets have no holes");
    for sender in 0..SENDERS {
        let own: Vec<_> = heard[0].iter().map(|note| note.1).filter(|n| n / 1000 == sender).collect();
        assert!(own.is_sorted(), "one client's requests are handled in its order");
    }
    server.stop().await;
}

async fn send_notes(server: &TestServer, sender: u64, count: u64) {
    let mut peer = server.connect(&format!("sender-{sender}")).await;
    let quiet = json!({ "roomId": "general", "subscriptions": [] });
    assert_eq!(peer.request("dialogue:join", quiet).await["ok"], true);
    // Windows of 50, so that many are on their way at once.
    for window in 0..count / 50 {
        let asked: Vec<_> = (0..50)
            .map(|n| {
                let data = json!({ "n": sender * 1000 + window * 50 + n });
                peer.ask("dialogue:trigger", json!({ "roomId": "general", "event": "note", "data": data }))
            })
            .collect();
        for number in asked {
            assert_eq!(peer.answer(number).await["ok"], true);
        }
    }
    peer.leave().await;
}

async fn notes(listener: &mut Peer, count: u64) -> Vec<(u64, u64)> {
    let mut notes = Vec::new();
    for _ in 0..count {
        let envelope = listener.expect("dialogue:event").await;
        let number = |value: &Value| value.as_u64().expect("a number");
        notes.push((number(&envelope["offset"]), number(&envelope["data"]["n"])));
    }
    notes
}

#[tokio::test]
async fn requests_are_handled_in_the_order_they_were_sent() {
    for transport in Transport::ALL {
        let server = TestServer::start(ROOMS).await;
        let mut peer = server.connect_by(transport, "alice").await;
        peer.emit("dialogue:join", json!({ "roomId": "general" }));
        peer.emit("dialogue:trigger", json!({ "roomId": "general", "event": "ping" }));
        peer.emit("dialogue:leave", json!({ "roomId": "general" }));
        peer.emit("dialogue:trigger", json!({ "roomId": "general", "event": "ping" }));
        peer.expect("dialogue:joined").await;
        peer.expect_event("ping").await;
        peer.expect("dialogue:left").await;
        peer.expect_error("NOT_IN_ROOM").await;
        server.stop().await;
    }
}
