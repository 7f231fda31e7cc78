//! Stores that answer with more than they are asked for: nothing comes twice, and nothing is left out.

use std::sync::Arc;

use dialogue::{Config, Dialogue, DialogueBuilder, EventMessage, history::Evicted, history::Query};
use dialogue_tests::{Peer, TestServer};
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{Like, ROOMS, becomes, config, get, numbers, post, posts};

/// A store as it is written in a hurry: it ignores `before` and epochs, keeps what comes twice, and may fail after it has
/// stored something.
#[derive(Clone, Default)]
struct Hasty {
    kept: Arc<Mutex<Vec<EventMessage>>>,
    fails: Arc<std::sync::atomic::AtomicBool>,
    /// As long as there is one, nobody waits.
    gate: Option<Arc<Semaphore>>,
}

impl Hasty {
    fn builder(&self) -> DialogueBuilder {
        let (keeps, loads) = (self.clone(), self.clone());
        Dialogue::builder()
            .rooms(ROOMS)
            .config(config())
            .on_cleanup(async move |evicted: Evicted| {
                keeps.kept.lock().extend(evicted.events);
                if let Some(gate) = &keeps.gate {
                    gate.acquire().await?.forget();
                }
                let fails = keeps.fails.load(std::sync::atomic::Ordering::SeqCst);
                if fails { Err("the answer of the database got lost".into()) } else { Ok(()) }
            })
            .on_load(async move |load: Query| Ok(loads.load(&load)))
    }

    fn load(&self, load: &Query) -> Vec<EventMessage> {
        let kept = self.kept.lock();
        let of_type = kept.iter().rev().filter(|own| own.room_id == *load.room_id() && own.event == load.event);
        of_type.skip(load.start).take(load.end - load.start).cloned().collect()
    }

    fn len(&self) -> usize {
        self.kept.lock().len()
    }
}

async fn member(server: &TestServer, room: &str) -> Peer {
    let mut peer = server.connect("alice").await;
    peer.join(room).await;
    peer
}

/// All posts, read in pages of `size` by index.
async fn by_index(peer: &mut Peer, room: &str, size: usize) -> Vec<u64> {
    let mut all = Vec::new();
    loop {
        let page = posts(peer, room, all.len(), all.len() + size).await;
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// All posts, read in pages of `size` by cursor.
async fn by_cursor(peer: &mut Peer, room: &str, size: usize) -> Vec<u64> {
    let (mut all, mut before) = (Vec::new(), 1_000_000);
    loop {
        let request = json!({ "roomId": room, "eventName": "post", "start": 0, "end": size, "before": before });
        let answer = peer.request("dialogue:getHistory", request).await;
        let events = answer["events"].as_array().unwrap();
        let Some(last) = events.last() else { return all };
        before = last["offset"].as_u64().unwrap();
        all.extend(numbers(&answer["events"]));
    }
}

#[tokio::test]
async fn a_store_that_ignores_before_repeats_nothing() {
    let gate = Arc::new(Semaphore::new(0));
    let store = Hasty { gate: Some(Arc::clone(&gate)), ..Hasty::default() };
    let server = TestServer::with(store.builder()).await;
    let mut alice = member(&server, "general").await;
    post(&server, "general", 1..=60).await;
    // The hook has stored them and not returned yet: memory has them too.
    becomes("the store has 50", || store.len() == 50).await;
    let all: Vec<u64> = (1..=60).rev().collect();
    for size in [60, 7, 100] {
        assert_eq!(by_index(&mut alice, "general", size).await, all, "pages of {size}");
        assert_eq!(by_cursor(&mut alice, "general", size).await, all, "pages of {size}");
    }
    gate.add_permits(1000);
    post(&server, "general", 61..=75).await;
    becomes("the store has 65", || store.len() == 65).await;
    let all: Vec<u64> = (1..=75).rev().collect();
    for size in [75, 7, 100] {
        assert_eq!(by_index(&mut alice, "general", size).await, all, "pages of {size}");
        assert_eq!(by_cursor(&mut alice, "general", size).await, all, "pages of {size}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_store_that_has_part_of_what_memory_has_shifts_nothing() {
    let gate = Arc::new(Semaphore::new(1));
    let store = Hasty { gate: Some(Arc::clone(&gate)), ..Hasty::default() };
    let server = TestServer::with(store.builder()).await;
    let mut alice = member(&server, "general").await;
    post(&server, "general", 1..=40).await;
    becomes("30 are taken over", || gate.available_permits() == 0 && store.len() == 30).await;
    // These are stored, and still in memory.
    post(&server, "general", 41..=70).await;
    becomes("the store has 60", || store.len() == 60).await;
    let all: Vec<u64> = (1..=70).rev().collect();
    for size in [70, 9] {
        assert_eq!(by_index(&mut alice, "general", size).await, all, "pages of {size}");
        assert_eq!(by_cursor(&mut alice, "general", size).await, all, "pages of {size}");
    }
    assert_eq!(posts(&mut alice, "general", 45, 50).await, [25, 24, 23, 22, 21]);
    gate.add_permits(1000);
    server.stop().await;
}

#[tokio::test]
async fn who_joins_is_sent_the_newest_of_memory_and_store_in_one_order() {
    let store = Hasty::default();
    let builder = || store.builder().config(Config { max_history_rooms: 1, ..config() });
    let server = TestServer::with(builder()).await;
    for room in ["table:a", "table:b"] {
        server.dialogue.open(room).await.unwrap();
    }
    for n in 1..=4 {
        server.dialogue.trigger("table:a", Like { n: 100 + n }).await.unwrap();
        post(&server, "table:a", n..=n).await;
    }
    post(&server, "table:b", 1..=1).await;
    becomes("the store has what the first room has forgotten", || store.len() == 8).await;
    server.dialogue.trigger("table:a", Like { n: 105 }).await.unwrap();
    let mut alice = server.connect("alice").await;
    alice.join("table:a").await;
    let history = alice.expect("dialogue:history").await;
    assert_eq!(numbers(&history["events"]), [105, 4, 104, 3, 103, 2, 102, 1], "by offset, not by type or time");
    server.stop().await;
    assert_eq!(store.len(), 10);

    // A new epoch: what the store has is older, and its offsets mean nothing.
    let server = TestServer::with(builder()).await;
    let mut alice = server.connect("alice").await;
    alice.join("table:a").await;
    let events = alice.expect("dialogue:history").await["events"].clone();
    let mut sorted = numbers(&events);
    sorted.sort_unstable();
    assert_eq!(sorted, [1, 2, 3, 4, 102, 103, 104, 105]);
    assert!(events.as_array().unwrap().iter().all(|event| event.get("offset").is_none()), "{events}");
    post(&server, "table:a", 5..=30).await;
    becomes("the store has the 16 oldest of them", || store.len() == 10 + 16).await;
    let all: Vec<u64> = (1..=30).rev().collect();
    assert_eq!(by_index(&mut alice, "table:a", 8).await, all);
    server.stop().await;
}

#[tokio::test]
async fn who_resumes_is_sent_each_event_once() {
    let store = Hasty::default();
    store.fails.store(true, std::sync::atomic::Ordering::SeqCst);
    let server = TestServer::with(store.builder()).await;
    let mut alice = server.connect("alice").await;
    let all = json!({ "roomId": "general", "subscriptions": ["*"] });
    let epoch = alice.request("dialogue:join", all).await["epoch"].clone();
    alice.leave().await;
    post(&server, "general", 1..=40).await;
    // Stored, and said not to be: they come again.
    becomes("the store has some of them twice", || store.len() >= 60).await;
    store.fails.store(false, std::sync::atomic::Ordering::SeqCst);
    let before = store.len();
    becomes("the store has taken them over", || store.len() > before).await;
    let taken = async |peer: &mut Peer| posts(peer, "general", 0, 100).await;
    let mut alice = server.connect("alice").await;
    let resume = json!({ "epoch": epoch, "offset": 5 });
    let request = json!({ "roomId": "general", "subscriptions": ["*"], "resume": resume });
    let answer = alice.request("dialogue:join", request).await;
    assert_eq!((&answer["resumed"], &answer["missed"]), (&json!(true), &json!(35)), "{answer}");
    for n in 6..=40 {
        assert_eq!(alice.expect_event("post").await["n"], n);
    }
    assert_eq!(taken(&mut alice).await, (1..=40).rev().collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn a_store_that_answers_in_the_wrong_order_is_put_right() {
    let builder = Dialogue::builder().rooms(ROOMS).config(config()).on_load(async |load: Query| {
        let event = |n: u64| {
            let mut event = EventMessage::new("post", "general", json!({ "n": n }), "bob", now());
            event.offset = Some(n);
            event
        };
        Ok([3, 5, 5, 4, 2, 9, 1].map(event).into_iter().skip(load.start).take(load.end - load.start).collect())
    });
    let server = TestServer::with(builder).await;
    let mut alice = member(&server, "general").await;
    post(&server, "general", 1..=16).await;
    let request = json!({ "roomId": "general", "eventName": "post", "start": 0, "end": 20 });
    let expected: Vec<u64> = (7..=16).rev().chain([5, 4, 3, 2, 1]).collect();
    assert_eq!(get(&mut alice, request).await, expected);
    server.stop().await;
}

fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}
