//! Handing evicted events over: in batches, not too many at once, and all of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dialogue::{Config, Dialogue, DialogueBuilder, history::Evicted};
use dialogue_tests::TestServer;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::{Like, ROOMS, becomes, config, post};

/// Numbers by room and type.
type Kept = BTreeMap<(String, String), Vec<u64>>;

/// A store that counts.
#[derive(Clone)]
struct Store {
    /// How many events each call had.
    calls: Arc<Mutex<Vec<usize>>>,
    /// The numbers of each room and type, as they came.
    kept: Arc<Mutex<Kept>>,
    at_once: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
    /// A call takes one of these, and gives it back.
    gate: Arc<Semaphore>,
}

impl Store {
    fn new() -> Self {
        Self {
            calls: Arc::default(),
            kept: Arc::default(),
            at_once: Arc::default(),
            most_at_once: Arc::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        }
    }

    async fn keep(&self, evicted: Evicted) {
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        let _gate = self.gate.acquire().await.unwrap();
        // So that others get their turn if they may.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        self.calls.lock().push(evicted.events.len());
        let key = (evicted.room_id().to_string(), evicted.event.clone());
        let numbers = evicted.events.iter().map(|event| event.data["n"].as_u64().unwrap());
        self.kept.lock().entry(key).or_default().extend(numbers);
        self.at_once.fetch_sub(1, Ordering::SeqCst);
    }

    fn builder(&self, config: Config) -> DialogueBuilder {
        let keeps = self.clone();
        Dialogue::builder().rooms(ROOMS).config(config).on_cleanup(async move |evicted: Evicted| {
            keeps.keep(evicted).await;
            Ok(())
        })
    }

    fn numbers(&self, room: &str, event: &str) -> Vec<u64> {
        self.kept.lock().get(&(room.to_owned(), event.to_owned())).cloned().unwrap_or_default()
    }
}

#[tokio::test]
async fn a_thousand_evictions_are_about_ten_calls() {
    let store = Store::new();
    let server = TestServer::with(store.builder(config())).await;
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    for n in 1..=1010 {
        alice.trigger("general", "post", serde_json::json!({ "n": n })).await;
    }
    becomes("all are handed over", || store.numbers("general", "post").len() >= 1000).await;
    assert_eq!(store.numbers("general", "post"), (1..=1000).collect::<Vec<_>>());
    let calls = store.calls.lock().clone();
    assert!(calls.iter().all(|events| *events <= 100), "{calls:?}");
    // On a slow machine, time is up before a batch is full.
    assert!(calls.len() <= 60, "{} calls: {calls:?}", calls.len());
    server.stop().await;
}

#[tokio::test]
async fn a_batch_that_is_not_full_is_handed_over_after_a_while() {
    let store = Store::new();
    let server = TestServer::with(store.builder(config())).await;
    post(&server, "general", 1..=13).await;
    for n in 1..=6 {
        server.dialogue.trigger("general", Like { n }).await.unwrap();
    }
    assert_eq!(store.calls.lock().len(), 0, "they wait for others");
    becomes("both are handed over", || store.calls.lock().len() >= 2).await;
    assert_eq!(*store.calls.lock(), [3, 2]);
    assert_eq!(store.numbers("general", "post"), [1, 2, 3]);
    assert_eq!(store.numbers("general", "like"), [1, 2]);
    server.stop().await;
}

#[tokio::test]
async fn a_stop_hands_over_everything_and_not_too_much_at_once() {
    let store = Store::new();
    let limits = Config { max_history_rooms: 1000, max_cleanups_at_once: 4, max_rooms_per_client: 500, ..config() };
    let server = TestServer::with(store.builder(limits)).await;
    let rooms: Vec<_> = (0..500).map(|n| format!("table:{n}")).collect();
    for room in &rooms {
        server.dialogue.open(room.as_str()).await.unwrap();
        post(&server, room, 1..=2).await;
        server.dialogue.trigger(room.as_str(), Like { n: 3 }).await.unwrap();
    }
    let dialogue = server.dialogue.clone();
    server.stop().await;
    assert_eq!(dialogue.lost_history(), 0);
    for room in &rooms {
        assert_eq!((store.numbers(room, "post"), store.numbers(room, "like")), (vec![1, 2], vec![3]), "{room}");
    }
    let most = store.most_at_once.load(Ordering::SeqCst);
    assert!((2..=4).contains(&most), "{most} at once");
    assert_eq!(store.calls.lock().len(), 1000);
}

#[tokio::test]
async fn rooms_that_evict_together_call_so_many_at_once() {
    let store = Store::new();
    let limits = Config { max_history_rooms: 1, max_cleanups_at_once: 3, ..config() };
    let server = TestServer::with(store.builder(limits)).await;
    for n in 0..100 {
        let room = format!("table:{n}");
        server.dialogue.open(room.as_str()).await.unwrap();
        post(&server, &room, 1..=3).await;
    }
    becomes("99 rooms have forgotten", || store.kept.lock().len() == 99).await;
    let most = store.most_at_once.load(Ordering::SeqCst);
    assert!((2..=3).contains(&most), "{most} at once");
    server.stop().await;
}

#[tokio::test]
async fn events_that_wait_for_a_slow_store_make_larger_batches() {
    let store = Store::new();
    store.gate.forget_permits(Semaphore::MAX_PERMITS);
    let server = TestServer::with(store.builder(Config { max_cleanups_at_once: 1, ..config() })).await;
    post(&server, "general", 1..=11).await;
    becomes("the first call has begun", || store.at_once.load(Ordering::SeqCst) == 1).await;
    for round in 0..10 {
        post(&server, "general", 12 + 10 * round..=21 + 10 * round).await;
        post(&server, "news", 1 + 10 * round..=10 + 10 * round).await;
    }
    store.gate.add_permits(1);
    becomes("all are handed over", || {
        store.numbers("general", "post").len() == 101 && store.numbers("news", "post").len() == 90
    })
    .await;
    let mut calls = store.calls.lock().clone();
    calls.sort_unstable();
    assert_eq!(calls, [1, 90, 100]);
    server.stop().await;
}

#[tokio::test]
async fn nothing_waits_for_others_when_events_would_be_lost_soon() {
    let store = Store::new();
    let limits = Config { max_evicted_events: 4, hook_timeout: Duration::from_secs(5), ..config() };
    let server = TestServer::with(store.builder(limits)).await;
    for n in 1..=200 {
        post(&server, "general", n..=n).await;
        becomes("it does not come to that", || store.numbers("general", "post").len() as u64 + 13 >= n).await;
    }
    assert_eq!(server.dialogue.lost_history(), 0);
    server.stop().await;
}

#[tokio::test]
async fn strangers_do_not_use_up_what_may_wait() {
    let store = Store::new();
    store.gate.forget_permits(Semaphore::MAX_PERMITS);
    let limits = Config { max_evicted_events: 40, ..config() };
    let server = TestServer::with(store.builder(limits)).await;
    server.dialogue.open("table:mallory").await.unwrap();
    post(&server, "table:mallory", 1..=100).await;
    assert_eq!(server.dialogue.lost_history(), 60, "30 wait, 10 are remembered");
    post(&server, "general", 1..=15).await;
    assert_eq!(server.dialogue.lost_history(), 60);
    store.gate.add_permits(10);
    becomes("all are handed over", || store.numbers("general", "post") == [1, 2, 3, 4, 5]).await;
    server.stop().await;
}
