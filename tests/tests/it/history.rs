//! What rooms remember, who is sent it, who takes it over, and where it comes from when memory has forgotten.

#![allow(unreachable_pub, reason = "these are the events and rooms of a test")]

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dialogue::{
    Client, Config, Dialogue, DialogueBuilder, Event, EventDef, EventMessage, NewRoom, error::HistoryError,
    history::Evicted, history::Query,
};
use dialogue_tests::{Peer, TestServer, Transport};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 10)]
pub struct Post {
    pub n: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 4)]
pub struct Like {
    pub n: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct Passing {
    pub n: u64,
}

dialogue::rooms! {
    pub Blog { events: [Post, Like, Passing], default_subscriptions: [Passing], sync_history_on_join: 3 }

    pub Plain { events: [Post, Like], default_subscriptions: [*] }

    pub Diary {
        id: "diary:{name:String}",
        events: [Post],
        default_subscriptions: [Post],
        sync_history_on_join: true,
        open: on_join,
        close_when_empty: true,
    }
}

fn builder() -> DialogueBuilder {
    // No test of what is remembered is about how often one may ask for it.
    Dialogue::builder().rooms(ROOMS).config(Config { history_rate: None, ..Config::default() })
}

async fn post(server: &TestServer, room: &str, numbers: std::ops::RangeInclusive<u64>) {
    for n in numbers {
        server.dialogue.trigger(room, Post { n }).await.unwrap();
    }
}

/// The numbers in a list of envelopes.
fn numbers(events: &Value) -> Vec<u64> {
    events.as_array().unwrap().iter().map(|event| event["data"]["n"].as_u64().unwrap()).collect()
}

async fn get(peer: &mut Peer, request: Value) -> Value {
    peer.request("dialogue:getHistory", request).await
}

/// The numbers of the posts in a range.
async fn posts(peer: &mut Peer, room: &str, range: Range<u64>) -> Vec<u64> {
    let request = json!({ "roomId": room, "eventName": "post", "start": range.start, "end": range.end });
    let answer = get(peer, request).await;
    assert_eq!(answer["ok"], true, "{answer}");
    assert_eq!((&answer["start"], &answer["end"]), (&json!(range.start), &json!(range.end)));
    numbers(&answer["events"])
}

#[tokio::test]
async fn who_joins_is_sent_the_newest_of_each_type() {
    let server = TestServer::with(builder().on_connected(async |client: Client| {
        if client.user_id() == "seated" {
            client.join(Blog).await.unwrap();
        }
    }))
    .await;
    for n in 1..=6 {
        server.dialogue.trigger(Blog, Post { n }).await.unwrap();
        server.dialogue.trigger(Blog, Like { n: 100 + n }).await.unwrap();
        server.dialogue.trigger(Blog, Passing { n }).await.unwrap();
    }
    for transport in Transport::ALL {
        let mut alice = server.connect_by(transport, "alice").await;
        alice.emit("dialogue:join", json!({ "roomId": "blog" }));
        let joined = alice.expect("dialogue:joined").await;
        assert_eq!((&joined["offset"], &joined["resumed"]), (&json!(12), &json!(false)));
        let history = alice.expect("dialogue:history").await;
        assert_eq!(history["roomId"], "blog");
        assert_eq!(numbers(&history["events"]), [106, 6, 105, 5, 104, 4]);
        assert_eq!(history["events"][0]["offset"], 12);
        alice.join("blog").await;
        alice.is_silent().await;

        let mut seated = server.connect_by(transport, "seated").await;
        assert_eq!(seated.expect("dialogue:joined").await["roomId"], "blog");
        assert_eq!(numbers(&seated.expect("dialogue:history").await["events"]), [106, 6, 105, 5, 104, 4]);
        seated.is_silent().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn families_and_created_rooms_have_a_past_too() {
    let server = TestServer::with(builder()).await;
    let mut alice = server.connect("alice").await;
    alice.join("diary:alice").await;
    alice.is_silent().await;
    post(&server, "diary:alice", 1..=12).await;
    let mut bob = server.connect("bob").await;
    bob.join("diary:alice").await;
    let all: Vec<u64> = (3..=12).rev().collect();
    assert_eq!(numbers(&bob.expect("dialogue:history").await["events"]), all, "`true` is all that is kept");

    let draw = EventDef::untyped("draw").with_history(5);
    let board = NewRoom::new("board", "Board").event_def(draw).event::<Post>().sync_history_on_join(2);
    server.dialogue.create_room(board).await.unwrap();
    bob.expect("dialogue:roomCreated").await;
    bob.join("board").await;
    for n in 1..=7 {
        bob.trigger("board", "draw", json!({ "n": n })).await;
    }
    let mut carol = server.connect("carol").await;
    carol.join("board").await;
    assert_eq!(numbers(&carol.expect("dialogue:history").await["events"]), [7, 6]);
    let request = json!({ "roomId": "board", "eventName": "draw" });
    assert_eq!(numbers(&get(&mut carol, request).await["events"]), [7, 6, 5, 4, 3]);
    server.stop().await;
}

#[tokio::test]
async fn history_is_read_by_index_and_by_cursor() {
    let server = TestServer::with(builder()).await;
    let mut alice = server.connect("alice").await;
    alice.request("dialogue:join", json!({ "roomId": "plain", "subscriptions": [] })).await;
    for n in 1..=12 {
        server.dialogue.trigger(Plain, Post { n }).await.unwrap();
        server.dialogue.trigger(Plain, Like { n }).await.unwrap();
    }
    assert_eq!(posts(&mut alice, "plain", 0..3).await, [12, 11, 10]);
    assert_eq!(posts(&mut alice, "plain", 8..20).await, [4, 3]);
    assert_eq!(posts(&mut alice, "plain", 10..20).await, [] as [u64; 0]);
    assert_eq!(posts(&mut alice, "plain", 5..5).await, [] as [u64; 0]);
    // Post number n has the offset 2n - 1.
    let cursor =
        |before: u64| json!({ "roomId": "plain", "eventName": "post", "before": before, "start": 0, "end": 3 });
    assert_eq!(numbers(&get(&mut alice, cursor(1000)).await["events"]), [12, 11, 10]);
    assert_eq!(numbers(&get(&mut alice, cursor(19)).await["events"]), [9, 8, 7]);
    server.dialogue.trigger(Plain, Post { n: 13 }).await.unwrap();
    assert_eq!(numbers(&get(&mut alice, cursor(13)).await["events"]), [6, 5, 4]);
    assert_eq!(numbers(&get(&mut alice, cursor(9)).await["events"]), [4]);

    alice.emit("dialogue:getHistory", json!({ "roomId": "plain", "eventName": "post" }));
    let classic = alice.expect("dialogue:historyResponse").await;
    assert_eq!((&classic["start"], &classic["end"], &classic["eventName"]), (&json!(0), &json!(50), &json!("post")));
    assert_eq!(numbers(&classic["events"]), (4..=13).rev().collect::<Vec<_>>());

    let room = server.dialogue.room(Plain);
    let newest = room.history::<Post>(0..2).await.unwrap();
    assert_eq!(
        newest.iter().map(|post| (post.data.n, post.offset)).collect::<Vec<_>>(),
        [(13, Some(25)), (12, Some(23))]
    );
    let older = room.history_before::<Post>(23, 2).await.unwrap();
    assert_eq!(older.iter().map(|post| post.data.n).collect::<Vec<_>>(), [11, 10]);
    server.stop().await;
}

#[tokio::test]
async fn absurd_ranges_are_refused() {
    let server = TestServer::with(builder()).await;
    let mut alice = server.connect("alice").await;
    alice.join("plain").await;
    let ask = |more: Value| {
        let mut request = json!({ "roomId": "plain", "eventName": "post" });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let absurd = [
        json!({ "start": -1, "end": 5 }),
        json!({ "start": 5, "end": 2 }),
        json!({ "start": 0, "end": 1001 }),
        json!({ "start": 0, "end": u64::MAX }),
        json!({ "start": 1.5 }),
        json!({ "start": "0" }),
        json!({ "end": 1e300 }),
        json!({ "before": -1 }),
        json!({ "before": 5, "start": 9, "end": 3 }),
        json!({ "before": 5, "start": 0, "end": 100_000 }),
    ];
    for request in absurd {
        let answer = get(&mut alice, ask(request.clone())).await;
        assert_eq!(answer["error"]["code"], "INVALID_REQUEST", "{request}: {answer}");
    }
    let far = get(&mut alice, ask(json!({ "start": u64::MAX, "end": u64::MAX }))).await;
    assert_eq!(far["events"], json!([]), "{far}");
    let far = get(&mut alice, ask(json!({ "start": u64::MAX - 10 }))).await;
    assert_eq!(far["events"], json!([]), "{far}");

    let elsewhere = [
        (json!({ "roomId": "blog", "eventName": "post" }), "NOT_IN_ROOM"),
        (json!({ "roomId": "nowhere", "eventName": "post" }), "ROOM_NOT_FOUND"),
        (json!({ "roomId": "plain", "eventName": "passing" }), "EVENT_NOT_ALLOWED"),
        (json!({ "roomId": "plain", "eventName": "*" }), "EVENT_NOT_ALLOWED"),
        (json!({ "roomId": "plain" }), "INVALID_REQUEST"),
    ];
    for (request, code) in elsewhere {
        assert_eq!(get(&mut alice, request.clone()).await["error"]["code"], code, "{request}");
    }
    let error = server.dialogue.room(Plain).history::<Post>(0..5000).await.unwrap_err();
    assert!(matches!(error, HistoryError::Range { max: 1000 }), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn one_may_ask_for_history_so_often() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    alice.join("plain").await;
    let request = json!({ "roomId": "plain", "eventName": "post" });
    for _ in 0..20 {
        assert_eq!(get(&mut alice, request.clone()).await["ok"], true);
    }
    let error = get(&mut alice, request).await["error"].clone();
    assert_eq!(error["code"], "RATE_LIMITED");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("the client requests history too often (limit: 20 in 1 min); try again in")
    );
    assert!((1..=3001).contains(&error["retryAfter"].as_u64().unwrap()), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn a_large_past_is_sent_in_parts_that_fit() {
    let config = Config { max_history_page_bytes: 1000, history_rate: None, ..Config::default() };
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    let mut alice = server.connect("alice").await;
    alice.join("diary:a").await;
    for n in 1..=10 {
        server.dialogue.trigger("diary:a", Post { n }).meta("x".repeat(200)).await.unwrap();
        alice.expect_event("post").await;
    }
    let mut bob = server.connect("bob").await;
    bob.join("diary:a").await;
    let first = numbers(&bob.expect("dialogue:history").await["events"]);
    assert_eq!(first, [10, 9], "the newest that fit");
    let mut seen = Vec::new();
    while seen.len() < 10 {
        let some = posts(&mut bob, "diary:a", seen.len() as u64..10).await;
        assert!(!some.is_empty(), "each answer has at least one");
        seen.extend(some);
    }
    assert_eq!(seen, (1..=10).rev().collect::<Vec<_>>());
    server.stop().await;
}

/// A store as an application would have one: it keeps what it is handed, once, and answers in pages.
#[derive(Clone, Default)]
struct Store {
    kept: Arc<Mutex<Vec<(String, EventMessage)>>>,
    loads: Arc<AtomicUsize>,
    failures: Arc<AtomicUsize>,
}

impl Store {
    fn keep(&self, evicted: Evicted) -> Result<(), std::io::Error> {
        if self.failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            return Err(std::io::Error::other("the disk is full"));
        }
        let mut kept = self.kept.lock();
        for event in evicted.events {
            let is_known = |(epoch, own): &(String, EventMessage)| {
                *epoch == evicted.epoch && own.room_id == event.room_id && own.offset == event.offset
            };
            if !kept.iter().any(is_known) {
                kept.push((evicted.epoch.clone(), event));
            }
        }
        Ok(())
    }

    fn load(&self, load: &Query) -> Vec<EventMessage> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        let kept = self.kept.lock();
        let newest_first = kept.iter().rev();
        let of_type = newest_first.filter(|(_, own)| own.room_id == *load.room_id() && own.event == load.event);
        let older = of_type.filter(|(epoch, own)| *epoch != load.epoch || own.offset < load.before);
        let page = older.skip(load.start).take(load.end - load.start);
        page.map(|(epoch, own)| {
            let mut event = own.clone();
            event.offset = event.offset.filter(|_| *epoch == load.epoch);
            event
        })
        .collect()
    }

    fn builder(&self) -> DialogueBuilder {
        let (keeps, loads) = (self.clone(), self.clone());
        builder()
            .on_cleanup(async move |evicted: Evicted| Ok(keeps.keep(evicted)?))
            .on_load(async move |load: Query| Ok(loads.load(&load)))
    }

    fn numbers(&self, event: &str) -> Vec<u64> {
        let kept = self.kept.lock();
        let of_type = kept.iter().filter(|(_, own)| own.event == event);
        of_type.map(|(_, own)| own.data["n"].as_u64().unwrap()).collect()
    }

    async fn has(&self, event: &str, expected: Range<u64>) {
        let expected: Vec<u64> = expected.collect();
        let has = async {
            while self.numbers(event) != expected {
                tokio::task::yield_now().await;
            }
        };
        let limit = Duration::from_secs(20);
        let in_time = tokio::time::timeout(limit, has).await.is_ok();
        assert!(in_time, "the store has {:?}, not {expected:?}", self.numbers(event));
    }
}

#[tokio::test]
async fn what_is_forgotten_is_handed_over_in_order_and_read_from_there() {
    let store = Store::default();
    let server = TestServer::with(store.builder()).await;
    let mut alice = server.connect("alice").await;
    alice.request("dialogue:join", json!({ "roomId": "plain", "subscriptions": [] })).await;
    for n in 1..=50 {
        server.dialogue.trigger(Plain, Post { n }).from("alice").await.unwrap();
        server.dialogue.trigger(Plain, Like { n }).await.unwrap();
    }
    store.has("post", 1..41).await;
    store.has("like", 1..47).await;
    assert_eq!(posts(&mut alice, "plain", 0..10).await, (41..=50).rev().collect::<Vec<_>>());
    assert_eq!(store.loads.load(Ordering::Relaxed), 0, "what is in memory is not loaded");
    assert_eq!(posts(&mut alice, "plain", 5..15).await, (36..=45).rev().collect::<Vec<_>>());
    assert_eq!(posts(&mut alice, "plain", 20..25).await, (26..=30).rev().collect::<Vec<_>>());
    assert_eq!(posts(&mut alice, "plain", 45..60).await, (1..=5).rev().collect::<Vec<_>>());
    let cursor =
        |before: u64| json!({ "roomId": "plain", "eventName": "post", "before": before, "start": 0, "end": 3 });
    assert_eq!(numbers(&get(&mut alice, cursor(2 * 42 - 1)).await["events"]), [41, 40, 39]);
    assert_eq!(numbers(&get(&mut alice, cursor(2 * 20 - 1)).await["events"]), [19, 18, 17]);
    let older = server.dialogue.room(Plain).history::<Post>(39..41).await.unwrap();
    assert_eq!(
        older.iter().map(|post| (post.data.n, post.from.as_str())).collect::<Vec<_>>(),
        [(11, "alice"), (10, "alice")]
    );
    server.stop().await;
    assert_eq!(store.numbers("post"), (1..=50).collect::<Vec<_>>(), "the stop hands the rest over");
    assert_eq!(store.numbers("like"), (1..=50).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_new_server_reads_what_the_old_one_kept() {
    let store = Store::default();
    let server = TestServer::with(store.builder()).await;
    post(&server, "plain", 1..=5).await;
    server.stop().await;

    let server = TestServer::with(store.builder()).await;
    let mut alice = server.connect("alice").await;
    alice.request("dialogue:join", json!({ "roomId": "plain", "subscriptions": [] })).await;
    assert_eq!(posts(&mut alice, "plain", 0..3).await, [5, 4, 3]);
    post(&server, "plain", 6..=7).await;
    assert_eq!(posts(&mut alice, "plain", 0..10).await, [7, 6, 5, 4, 3, 2, 1]);
    let request = json!({ "roomId": "plain", "eventName": "post", "before": 2, "start": 0, "end": 3 });
    let older = get(&mut alice, request).await["events"].clone();
    assert_eq!(numbers(&older), [6, 5, 4]);
    assert_eq!((&older[0]["offset"], older[1].get("offset")), (&json!(1), None));
    server.stop().await;
}

#[tokio::test]
async fn who_joins_after_a_restart_is_sent_what_the_store_has() {
    let store = Store::default();
    let server = TestServer::with(store.builder()).await;
    post(&server, "blog", 1..=5).await;
    server.dialogue.trigger(Blog, Like { n: 100 }).await.unwrap();
    post(&server, "blog", 6..=6).await;
    server.stop().await;

    let server = TestServer::with(store.builder()).await;
    let join = async |user: &str| {
        let mut peer = server.connect(user).await;
        peer.join("blog").await;
        numbers(&peer.expect("dialogue:history").await["events"])
    };
    let mut first = join("alice").await;
    first.sort_unstable();
    assert_eq!(first, [4, 5, 6, 100], "events of one millisecond come in any order");
    assert_eq!(store.loads.load(Ordering::Relaxed), 2);
    post(&server, "blog", 7..=8).await;
    let second = join("bob").await;
    assert_eq!(second[..2], [8, 7], "what is newer comes first");
    assert_eq!(store.loads.load(Ordering::Relaxed), 3, "there are no more likes to ask for");
    post(&server, "blog", 9..=9).await;
    assert_eq!(join("carol").await, [9, 8, 7], "memory has enough");
    assert_eq!(store.loads.load(Ordering::Relaxed), 3);
    server.stop().await;
}

#[tokio::test]
async fn a_store_that_fails_for_a_while_gets_everything_once_and_in_order() {
    let store = Store::default();
    store.failures.store(3, Ordering::Relaxed);
    let server = TestServer::with(store.builder()).await;
    let mut alice = server.connect("alice").await;
    alice.request("dialogue:join", json!({ "roomId": "plain", "subscriptions": [] })).await;
    post(&server, "plain", 1..=30).await;
    assert_eq!(posts(&mut alice, "plain", 0..30).await, (1..=30).rev().collect::<Vec<_>>(), "it can be read meanwhile");
    store.has("post", 1..21).await;
    assert_eq!(server.dialogue.lost_history(), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_stop_hands_over_whatever_clients_and_hooks_do_meanwhile() {
    let store = Store::default();
    let config = Config { stop_timeout: Duration::from_secs(1), max_queued_packets: 16, ..Config::default() };
    let builder = store.builder().config(config).on_disconnected(async |client: Client| {
        if client.user_id() == "slow" {
            std::future::pending::<()>().await;
        }
    });
    let server = TestServer::with(builder).await;
    let _slow = server.connect("slow").await;
    let mut lazy = server.connect_lazily("lazy").await;
    lazy.send(r#"42["dialogue:join",{"roomId":"plain"}]"#).await;
    while !lazy.read().await.unwrap().contains("dialogue:joined") {}
    let padding = "x".repeat(50_000);
    for n in 1..=200 {
        server.dialogue.trigger(Plain, Post { n }).meta(&padding).await.unwrap();
    }
    let dialogue = server.dialogue.clone();
    server.stop().await;
    assert_eq!(dialogue.lost_history(), 0);
    assert_eq!(store.numbers("post"), (1..=200).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_cannot_be_handed_over_is_bounded_and_counted() {
    let config = Config {
        max_evicted_events: 5,
        stop_timeout: Duration::from_millis(300),
        hook_timeout: Duration::from_millis(50),
        history_rate: None,
        ..Config::default()
    };
    let builder = Dialogue::builder().rooms(ROOMS).config(config).on_cleanup(async |evicted: Evicted| {
        match evicted.events.len() % 3 {
            0 => Err("the disk is full".into()),
            1 => panic!("a bug in on_cleanup"),
            _ => std::future::pending().await,
        }
    });
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    alice.request("dialogue:join", json!({ "roomId": "plain", "subscriptions": [] })).await;
    post(&server, "plain", 1..=100).await;
    assert_eq!(server.dialogue.lost_history(), 85, "10 are remembered, 5 wait");
    assert_eq!(posts(&mut alice, "plain", 0..100).await, (86..=100).rev().collect::<Vec<_>>());
    let dialogue = server.dialogue.clone();
    server.stop().await;
    assert_eq!(dialogue.lost_history(), 100, "nothing is lost in silence");
}

#[tokio::test]
async fn a_load_that_fails_or_answers_too_much_harms_nobody() {
    let (asked, mut loads) = unbounded_channel();
    let config = Config { hook_timeout: Duration::from_millis(50), history_rate: None, ..Config::default() };
    let builder = Dialogue::builder().rooms(ROOMS).config(config).on_load(async move |load: Query| {
        asked.send((load.start, load.end, load.before)).unwrap();
        match load.start {
            0 => Ok((0..5000).map(|n| EventMessage::new("other", "elsewhere", json!({ "n": n }), "x", 1)).collect()),
            1 => Err("no connection to the database at 10.0.0.1".into()),
            2 => panic!("a bug in on_load"),
            _ => std::future::pending().await,
        }
    });
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    alice.request("dialogue:join", json!({ "roomId": "plain", "subscriptions": [] })).await;
    let ask = |start: u64| json!({ "roomId": "plain", "eventName": "post", "start": start, "end": start + 3 });
    let answer = get(&mut alice, ask(0)).await;
    assert_eq!(numbers(&answer["events"]), [0, 1, 2], "no more than were asked for");
    let event = &answer["events"][0];
    assert_eq!((&event["roomId"], &event["event"]), (&json!("plain"), &json!("post")));
    for start in 1..=3 {
        let answer = get(&mut alice, ask(start)).await;
        assert_eq!(answer["error"]["code"], "INTERNAL");
        assert!(!answer.to_string().contains("10.0.0.1"), "details go to the log");
    }
    for start in 0..=3 {
        assert_eq!(loads.recv().await, Some((start, start + 3, None)));
    }
    assert!(matches!(server.dialogue.room(Plain).history::<Post>(1..2).await, Err(HistoryError::Internal)));
    server.stop().await;
}

#[tokio::test]
async fn so_many_rooms_remember_and_the_quietest_forgets() {
    let store = Store::default();
    let config = Config { max_history_rooms: 2, history_rate: None, ..Config::default() };
    let server = TestServer::with(store.builder().config(config)).await;
    let mut alice = server.connect("alice").await;
    for room in ["diary:a", "diary:b", "diary:c"] {
        alice.join(room).await;
        post(&server, room, 1..=3).await;
        for n in 1..=3 {
            assert_eq!(alice.expect_event("post").await["n"], n);
        }
    }
    let kept = async {
        while store.kept.lock().len() < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), kept).await.unwrap();
    assert_eq!(store.kept.lock().len(), 3);
    for room in ["diary:a", "diary:b", "diary:c"] {
        assert_eq!(posts(&mut alice, room, 0..10).await, [3, 2, 1], "memory or store");
    }
    alice.leave().await;
    server.becomes_idle().await;
    let kept = async {
        while store.kept.lock().len() < 9 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), kept).await.expect("rooms that close hand over what they remember");
    server.stop().await;
}

#[tokio::test]
async fn so_many_bytes_are_remembered() {
    let config = Config { max_history_bytes: 3000, history_rate: None, ..Config::default() };
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    let mut alice = server.connect("alice").await;
    alice.request("dialogue:join", json!({ "roomId": "plain", "subscriptions": [] })).await;
    let large = "x".repeat(1000);
    for n in 1..=5 {
        server.dialogue.trigger(Plain, Post { n }).meta(&large).await.unwrap();
    }
    let kept = posts(&mut alice, "plain", 0..10).await;
    assert!(kept.len() < 5 && kept.iter().all(|n| *n > 2), "{kept:?}");
    server.stop().await;
}
