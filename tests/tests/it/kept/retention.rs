//! How much history is kept, and whose.

use dialogue::{Config, Dialogue, NewRoom};
use dialogue_tests::{Peer, TestServer};
use serde_json::json;

use super::{Post, ROOMS, config, post, posts};

async fn server(config: Config) -> TestServer {
    TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await
}

async fn join(peer: &mut Peer, room: &str) {
    peer.join(room).await;
}

async fn publish(peer: &mut Peer, room: &str, n: u64, padding: usize) {
    let meta = json!({ "padding": "x".repeat(padding) });
    let request = json!({ "roomId": room, "event": "post", "data": { "n": n }, "meta": meta });
    let answer = peer.request("dialogue:trigger", request).await;
    assert_eq!(answer["ok"], true, "{answer}");
}

/// Which of a user's rooms remember something.
async fn remembering(peer: &mut Peer, rooms: impl Iterator<Item = String>) -> Vec<String> {
    let mut remembering = Vec::new();
    for room in rooms {
        if !posts(peer, &room, 0, 10).await.is_empty() {
            remembering.push(room);
        }
    }
    remembering
}

#[tokio::test]
async fn strangers_rooms_push_out_neither_declared_ones_nor_other_users() {
    let config =
        Config { max_history_rooms: 40, max_history_rooms_per_user: 10, max_history_bytes: 200_000, ..config() };
    let server = server(config).await;
    post(&server, "general", 1..=10).await;
    post(&server, "news", 1..=10).await;
    let mut alice = server.connect("alice").await;
    join(&mut alice, "general").await;
    join(&mut alice, "table:alice").await;
    publish(&mut alice, "table:alice", 1, 0).await;
    for stranger in ["mallory", "eve"] {
        let mut stranger_peer = server.connect(stranger).await;
        for n in 0..100 {
            let room = format!("table:{stranger}-{n}");
            join(&mut stranger_peer, &room).await;
            publish(&mut stranger_peer, &room, 1, 1000).await;
        }
        let rooms = (0..100).map(|n| format!("table:{stranger}-{n}"));
        let last: Vec<_> = (90..100).map(|n| format!("table:{stranger}-{n}")).collect();
        assert_eq!(remembering(&mut stranger_peer, rooms).await, last, "the user's own quietest rooms forget");
    }
    let all: Vec<u64> = (1..=10).rev().collect();
    assert_eq!(posts(&mut alice, "general", 0, 20).await, all);
    assert_eq!(posts(&mut alice, "table:alice", 0, 20).await, [1]);
    join(&mut alice, "news").await;
    alice.expect("dialogue:history").await;
    assert_eq!(posts(&mut alice, "news", 0, 20).await, all);
    server.stop().await;
}

#[tokio::test]
async fn when_all_users_together_have_too_much_declared_rooms_keep_theirs() {
    for limits in [
        Config { max_history_rooms: 8, ..config() },
        Config { max_history_bytes: 20_000, max_history_bytes_per_user: 15_000, ..config() },
    ] {
        let server = server(limits).await;
        post(&server, "general", 1..=10).await;
        let mut peers = Vec::new();
        for user in 0..30 {
            let mut peer = server.connect(&format!("user-{user}")).await;
            let room = format!("table:{user}");
            join(&mut peer, &room).await;
            publish(&mut peer, &room, 1, 2000).await;
            assert_eq!(posts(&mut peer, &room, 0, 10).await, [1], "the newest is not the one to go");
            peers.push(peer);
        }
        assert_eq!(posts(&mut peers[0], "table:0", 0, 10).await, [] as [u64; 0], "the quietest has forgotten");
        join(&mut peers[0], "general").await;
        assert_eq!(posts(&mut peers[0], "general", 0, 10).await.len(), 10);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_users_rooms_remember_so_many_bytes() {
    let server = server(Config { max_history_bytes_per_user: 10_000, ..config() }).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    join(&mut bob, "table:bob").await;
    publish(&mut bob, "table:bob", 1, 2000).await;
    for n in 0..20 {
        join(&mut alice, &format!("table:{n}")).await;
        publish(&mut alice, &format!("table:{n}"), 1, 2000).await;
    }
    let kept = remembering(&mut alice, (0..20).map(|n| format!("table:{n}"))).await;
    assert_eq!(kept, (16..20).map(|n| format!("table:{n}")).collect::<Vec<_>>());
    // What bob says in alice's rooms counts for her, and not for him.
    for n in 16..20 {
        join(&mut bob, &format!("table:{n}")).await;
        publish(&mut bob, &format!("table:{n}"), 2, 2000).await;
    }
    assert_eq!(posts(&mut bob, "table:bob", 0, 10).await, [1]);
    server.stop().await;
}

#[tokio::test]
async fn rooms_that_were_created_for_a_user_count_for_that_user() {
    let server = server(Config { max_history_rooms_per_user: 2, ..config() }).await;
    let mut alice = server.connect("alice").await;
    for n in 0..4 {
        for creator in [Some("alice"), None] {
            let id = format!("{}-{n}", creator.unwrap_or("nobody"));
            let room = NewRoom::new(id.clone(), "A room").event::<Post>();
            let room = creator.into_iter().fold(room, NewRoom::created_by);
            server.dialogue.create_room(room).await.unwrap();
            alice.expect("dialogue:roomCreated").await;
            join(&mut alice, &id).await;
            publish(&mut alice, &id, 1, 0).await;
        }
    }
    let rooms = |creator: &'static str, numbers: std::ops::Range<u64>| numbers.map(move |n| format!("{creator}-{n}"));
    assert_eq!(remembering(&mut alice, rooms("alice", 0..4)).await, rooms("alice", 2..4).collect::<Vec<_>>());
    assert_eq!(remembering(&mut alice, rooms("nobody", 0..4)).await.len(), 4, "the server's own have no quota");
    server.stop().await;
}

#[tokio::test]
async fn rooms_that_close_give_their_places_back() {
    let server = server(Config { max_history_rooms: 3, max_history_rooms_per_user: 2, ..config() }).await;
    let mut alice = server.connect("alice").await;
    join(&mut alice, "table:stays").await;
    publish(&mut alice, "table:stays", 7, 0).await;
    for n in 0..50 {
        let room = format!("table:{n}");
        join(&mut alice, &room).await;
        publish(&mut alice, &room, n, 100).await;
        alice.request("dialogue:leave", json!({ "roomId": room })).await;
    }
    assert_eq!(posts(&mut alice, "table:stays", 0, 10).await, [7]);
    alice.leave().await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn declared_rooms_are_bounded_too() {
    let server = server(Config { max_history_bytes: 12_000, ..config() }).await;
    let mut alice = server.connect("alice").await;
    join(&mut alice, "general").await;
    join(&mut alice, "news").await;
    for n in 1..=4 {
        publish(&mut alice, "general", n, 1500).await;
    }
    for n in 1..=5 {
        publish(&mut alice, "news", n, 1500).await;
    }
    assert_eq!(posts(&mut alice, "general", 0, 10).await, [] as [u64; 0], "nothing was recorded there for longest");
    assert_eq!(posts(&mut alice, "news", 0, 10).await, [5, 4, 3, 2, 1]);
    server.stop().await;
}
