//! Clients that come back: every recorded event arrives once and in order, or they are told that it does not.

#![allow(unreachable_pub, reason = "these are the events and rooms of a test")]

use std::sync::Arc;
use std::time::Duration;

use dialogue::{Client, Config, Dialogue, DialogueBuilder, Event, EventMessage, history::Evicted, history::Query};
use dialogue_tests::{Frame, Peer, TestServer, Transport};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 5000)]
pub struct Tick {
    pub n: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 5)]
pub struct Short {
    pub n: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 100)]
pub struct Other {
    pub n: u64,
}

dialogue::rooms! {
    pub Clock { events: [Tick, Other], default_subscriptions: [Tick], sync_history_on_join: 2 }

    pub Brief { events: [Short, Other], default_subscriptions: [*], sync_history_on_join: true }
}

fn builder() -> DialogueBuilder {
    Dialogue::builder().rooms(ROOMS)
}

/// A client that remembers where it was.
#[derive(Debug, Default)]
struct Reader {
    epoch: String,
    offset: u64,
    heard: Vec<u64>,
    transport: usize,
}

impl Reader {
    /// Comes back, and joins where it was.
    async fn come_back(&mut self, server: &TestServer, room: &str) -> (Peer, Value) {
        self.transport += 1;
        let mut peer = server.connect_by(Transport::ALL[self.transport % 2], "reader").await;
        let mut request = json!({ "roomId": room });
        if !self.epoch.is_empty() {
            request["resume"] = json!({ "epoch": self.epoch, "offset": self.offset });
        }
        let answer = peer.request("dialogue:join", request).await;
        assert_eq!(answer["ok"], true, "{answer}");
        answer["epoch"].as_str().unwrap().clone_into(&mut self.epoch);
        (peer, answer)
    }

    /// Hears the next event; false when the connection has ended.
    async fn hear(&mut self, peer: &mut Peer) -> bool {
        let envelope = match peer.frame().await {
            Frame::Event(name, envelope) if name == "dialogue:event" => envelope,
            Frame::Disconnected => return false,
            other => panic!("expected an event, got {other:?}"),
        };
        self.offset = envelope["offset"].as_u64().unwrap();
        self.heard.push(envelope["data"]["n"].as_u64().unwrap());
        true
    }
}

/// Random enough to cut connections at odd moments, and the same in every run.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_over_many_disconnects_under_load() {
    const EVENTS: u64 = 10_000;
    const DISCONNECTS: usize = 200;
    let server = Arc::new(TestServer::with(builder()).await);
    let load = tokio::spawn({
        let server = Arc::clone(&server);
        async move {
            let mut publisher = server.connect("publisher").await;
            publisher.request("dialogue:join", json!({ "roomId": "clock", "subscriptions": [] })).await;
            for n in 1..=EVENTS {
                // Half of them by a client and half by the server, in one order.
                if n % 2 == 0 {
                    publisher.trigger("clock", "tick", json!({ "n": n })).await;
                } else {
                    server.dialogue.trigger(Clock, Tick { n }).await.unwrap();
                }
            }
        }
    });
    let (mut reader, mut dice, mut disconnects) = (Reader::default(), Dice(0x5eed), 0);
    let (mut peer, first) = reader.come_back(&server, "clock").await;
    // What was there before it came is history, and not missed.
    reader.offset = first["offset"].as_u64().unwrap();
    let before = reader.offset;
    if before > 0 {
        peer.expect("dialogue:history").await;
    }
    while reader.offset < EVENTS || disconnects < DISCONNECTS {
        for _ in 0..dice.up_to(90) {
            if reader.offset == EVENTS {
                break;
            }
            assert!(reader.hear(&mut peer).await);
        }
        peer.vanish();
        disconnects += 1;
        let answer;
        (peer, answer) = reader.come_back(&server, "clock").await;
        assert_eq!(answer["resumed"], true, "{answer}");
    }
    load.await.unwrap();
    peer.is_silent().await;
    assert_eq!(reader.heard, (before + 1..=EVENTS).collect::<Vec<_>>(), "each event once, in order");
    assert!(disconnects >= DISCONNECTS);
    Arc::into_inner(server).unwrap().stop().await;
}

#[tokio::test]
async fn who_was_away_for_too_long_is_told_of_the_gap() {
    let server = TestServer::with(builder()).await;
    let mut reader = Reader::default();
    let (mut peer, _) = reader.come_back(&server, "brief").await;
    server.dialogue.trigger(Brief, Short { n: 1 }).await.unwrap();
    assert!(reader.hear(&mut peer).await);
    peer.leave().await;
    for n in 2..=6 {
        server.dialogue.trigger(Brief, Short { n }).await.unwrap();
    }
    let (mut peer, answer) = reader.come_back(&server, "brief").await;
    assert_eq!((&answer["resumed"], &answer["missed"]), (&json!(true), &json!(5)), "all five are still there");
    for _ in 2..=6 {
        assert!(reader.hear(&mut peer).await);
    }
    assert_eq!(reader.heard, (1..=6).collect::<Vec<_>>());
    peer.leave().await;

    for n in 7..=12 {
        server.dialogue.trigger(Brief, Short { n }).await.unwrap();
    }
    let (mut peer, answer) = reader.come_back(&server, "brief").await;
    assert_eq!((&answer["resumed"], &answer["offset"]), (&json!(false), &json!(12)));
    assert_eq!(answer.get("missed"), None);
    let history = peer.expect("dialogue:history").await;
    assert_eq!(history["events"][4]["data"]["n"], 8, "history as for a new member; 7 is the gap");
    peer.is_silent().await;
    server.stop().await;
}

#[tokio::test]
async fn nonsense_does_not_resume() {
    let server = TestServer::with(builder()).await;
    for n in 1..=3 {
        server.dialogue.trigger(Brief, Short { n }).await.unwrap();
    }
    let mut probe = server.connect("probe").await;
    let epoch = probe.join("brief").await["epoch"].clone();
    let nonsense = [
        json!({ "epoch": epoch, "offset": 4 }),
        json!({ "epoch": epoch, "offset": u64::MAX }),
        json!({ "epoch": "another life", "offset": 1 }),
        json!({ "epoch": "", "offset": 0 }),
    ];
    for resume in nonsense {
        let mut peer = server.connect("mallory").await;
        let answer = peer.request("dialogue:join", json!({ "roomId": "brief", "resume": resume })).await;
        assert_eq!((&answer["ok"], &answer["resumed"]), (&json!(true), &json!(false)), "{resume}");
        assert_eq!(peer.expect("dialogue:history").await["events"].as_array().unwrap().len(), 3);
        peer.leave().await;
    }
    let malformed = [
        json!({ "epoch": epoch }),
        json!({ "epoch": 5, "offset": 1 }),
        json!(true),
        json!({ "epoch": epoch, "offset": -1 }),
    ];
    for resume in malformed {
        let answer = probe.request("dialogue:join", json!({ "roomId": "clock", "resume": resume })).await;
        assert_eq!(answer["error"]["code"], "INVALID_REQUEST", "{resume}");
    }
    server.stop().await;
}

#[tokio::test]
async fn only_what_one_is_subscribed_to_is_missed() {
    let server = TestServer::with(builder()).await;
    let mut peer = server.connect("alice").await;
    let epoch = peer.join("clock").await["epoch"].clone();
    peer.leave().await;
    for n in 1..=3 {
        server.dialogue.trigger(Clock, Tick { n }).await.unwrap();
        server.dialogue.trigger(Clock, Other { n: 10 + n }).await.unwrap();
    }
    let resume = json!({ "epoch": epoch, "offset": 1 });
    let mut by_default = server.connect("alice").await;
    let answer = by_default.request("dialogue:join", json!({ "roomId": "clock", "resume": resume })).await;
    assert_eq!((&answer["resumed"], &answer["missed"]), (&json!(true), &json!(2)));
    for n in [2, 3] {
        assert_eq!(by_default.expect_event("tick").await["n"], n);
    }
    by_default.is_silent().await;

    let mut chosen = server.connect("alice").await;
    let request = json!({ "roomId": "clock", "resume": resume, "subscriptions": ["other"] });
    assert_eq!(chosen.request("dialogue:join", request).await["resumed"], true);
    for n in [11, 12, 13] {
        assert_eq!(chosen.expect_event("other").await["n"], n);
    }
    chosen.is_silent().await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_the_server_has_seated_may_still_resume_once() {
    let server = TestServer::with(builder().on_connected(async |client: Client| {
        client.join(Clock).await.unwrap();
        client.dialogue().unwrap().trigger(Clock, Tick { n: 4 }).await.unwrap();
    }))
    .await;
    for n in 1..=3 {
        server.dialogue.trigger(Clock, Tick { n }).await.unwrap();
    }
    let mut peer = server.connect("alice").await;
    let joined = peer.expect("dialogue:joined").await;
    assert_eq!((&joined["resumed"], &joined["offset"]), (&json!(false), &json!(3)));
    peer.expect("dialogue:history").await;
    assert_eq!(peer.expect_event("tick").await["n"], 4, "live since the server's join");
    let resume = json!({ "epoch": joined["epoch"], "offset": 1 });
    let request = json!({ "roomId": "clock", "resume": resume, "subscriptions": ["tick", "other"] });
    let answer = peer.request("dialogue:join", request.clone()).await;
    assert_eq!((&answer["resumed"], &answer["subscriptions"]), (&json!(true), &json!(["other", "tick"])));
    assert_eq!(answer["missed"], 2, "and not what it has heard live");
    for n in [2, 3] {
        assert_eq!(peer.expect_event("tick").await["n"], n, "what came before the server's join, and nothing twice");
    }
    let again = peer.request("dialogue:join", request).await;
    assert_eq!(again["resumed"], false, "there is nothing to catch up with any more");
    peer.is_silent().await;
    server.stop().await;
}

/// Where evicted events go.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<Vec<EventMessage>>>);

impl Store {
    fn load(&self, load: &Query) -> Vec<EventMessage> {
        let kept = self.0.lock();
        let older = kept.iter().rev().filter(|own| own.event == load.event && own.offset < load.before);
        older.skip(load.start).take(load.end - load.start).cloned().collect()
    }

    /// Waits until so many events have come.
    async fn holds(&self, events: usize) {
        let come = async {
            while self.0.lock().len() < events {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), come).await.unwrap();
    }
}

#[tokio::test]
async fn memory_and_store_together_have_no_hole() {
    let store = Store::default();
    let (keeps, loads) = (store.clone(), store.clone());
    let builder = builder()
        .on_cleanup(async move |evicted: Evicted| {
            keeps.0.lock().extend(evicted.events);
            Ok(())
        })
        .on_load(async move |load: Query| Ok(loads.load(&load)));
    let server = TestServer::with(builder).await;
    let mut reader = Reader::default();
    let (peer, _) = reader.come_back(&server, "brief").await;
    peer.leave().await;
    for n in 1..=40 {
        server.dialogue.trigger(Brief, Short { n }).await.unwrap();
        server.dialogue.trigger(Brief, Other { n: 100 + n }).await.unwrap();
    }
    store.holds(35).await;
    let (mut peer, answer) = reader.come_back(&server, "brief").await;
    assert_eq!(answer["resumed"], true, "the store has what memory has not");
    for _ in 0..80 {
        assert!(reader.hear(&mut peer).await);
    }
    assert_eq!(reader.heard, (1..=40).flat_map(|n| [n, 100 + n]).collect::<Vec<_>>());
    peer.is_silent().await;
    store.0.lock().retain(|event| event.offset != Some(11));
    let mut late = Reader { epoch: reader.epoch.clone(), offset: 9, ..Reader::default() };
    let (_peer, answer) = late.come_back(&server, "brief").await;
    assert_eq!(answer["resumed"], true, "a store is trusted to have what it was given");
    server.stop().await;
}

#[tokio::test]
async fn who_is_cut_off_for_not_reading_resumes_without_loss() {
    const EVENTS: u64 = 4000;
    let config = Config { max_queued_packets: 16, max_spill_bytes: 64 << 10, ..Config::default() };
    let server = TestServer::with(builder().config(config)).await;
    let mut lazy = server.connect_lazily("reader").await;
    lazy.send(r#"42["dialogue:join",{"roomId":"clock"}]"#).await;
    while !lazy.read().await.unwrap().contains("dialogue:joined") {}
    let padding = "x".repeat(2000);
    for n in 1..=EVENTS {
        server.dialogue.trigger(Clock, Tick { n }).meta(&padding).await.unwrap();
    }
    let mut reader = Reader::default();
    while let Some(text) = lazy.read().await {
        let Some(event) = text.strip_prefix(r#"42["dialogue:event","#) else { continue };
        let envelope: Value = serde_json::from_str(event.strip_suffix(']').unwrap()).unwrap();
        reader.offset = envelope["offset"].as_u64().unwrap();
        reader.heard.push(envelope["data"]["n"].as_u64().unwrap());
    }
    assert!(reader.offset < EVENTS, "it was cut off");
    reader.epoch = server.connect("probe").await.join("clock").await["epoch"].as_str().unwrap().to_owned();
    // What it has missed is more than its queues may hold at once, so it may be cut off again: it gets on each time.
    while reader.offset < EVENTS {
        let before = reader.offset;
        let (mut peer, answer) = reader.come_back(&server, "clock").await;
        assert_eq!(answer["resumed"], true);
        while reader.offset < EVENTS && reader.hear(&mut peer).await {}
        assert!(reader.offset > before);
    }
    assert_eq!(reader.heard, (1..=EVENTS).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn who_goes_while_it_waits_for_its_replay_leaves_nothing_behind() {
    let config = Config { max_queued_packets: 16, ..Config::default() };
    let server = TestServer::with(builder().config(config)).await;
    let padding = "x".repeat(2000);
    for n in 1..=4000 {
        server.dialogue.trigger(Clock, Tick { n }).meta(&padding).await.unwrap();
    }
    let mut probe = server.connect("probe").await;
    let epoch =
        probe.request("dialogue:join", json!({ "roomId": "clock", "subscriptions": [] })).await["epoch"].clone();
    let mut lazy = server.connect_lazily("lazy").await;
    let resume = json!(["dialogue:join", { "roomId": "clock", "resume": { "epoch": epoch, "offset": 0 } }]);
    lazy.send(&format!("42{resume}")).await;
    while !lazy.read().await.unwrap().contains("dialogue:joined") {}
    // The second one waits for the first one's replay, which nobody reads.
    lazy.send(&format!("42{resume}")).await;
    drop(lazy);
    probe.leave().await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn what_was_lost_on_the_way_to_the_store_is_a_gap() {
    let store = Store::default();
    let (keeps, loads) = (store.clone(), store.clone());
    let open = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_open = Arc::clone(&open);
    let builder = builder()
        .config(Config { max_evicted_events: 3, ..Config::default() })
        .on_cleanup(async move |evicted: Evicted| {
            if !is_open.load(std::sync::atomic::Ordering::Relaxed) {
                return Err("the database is down".into());
            }
            keeps.0.lock().extend(evicted.events);
            Ok(())
        })
        .on_load(async move |load: Query| Ok(loads.load(&load)));
    let server = TestServer::with(builder).await;
    let mut reader = Reader::default();
    let (peer, _) = reader.come_back(&server, "brief").await;
    peer.leave().await;
    for n in 1..=20 {
        server.dialogue.trigger(Brief, Short { n }).await.unwrap();
    }
    assert_eq!(server.dialogue.lost_history(), 12);
    open.store(true, std::sync::atomic::Ordering::Relaxed);
    store.holds(3).await;
    let (peer, answer) = reader.come_back(&server, "brief").await;
    assert_eq!(answer["resumed"], false, "12 of them are nowhere");
    peer.leave().await;
    reader.offset = 12;
    let (mut peer, answer) = reader.come_back(&server, "brief").await;
    assert_eq!(answer["resumed"], true, "from there on they are in the store and in memory");
    for n in 13..=20 {
        assert!(reader.hear(&mut peer).await);
        assert_eq!(reader.heard.last(), Some(&n));
    }
    server.stop().await;
}

#[tokio::test]
async fn who_has_missed_more_than_is_sent_is_told_of_the_gap() {
    let server = TestServer::with(builder().config(Config { max_resume_bytes: 2000, ..Config::default() })).await;
    let mut reader = Reader::default();
    let (peer, _) = reader.come_back(&server, "clock").await;
    peer.leave().await;
    for n in 1..=20 {
        server.dialogue.trigger(Clock, Tick { n }).await.unwrap();
    }
    let (peer, answer) = reader.come_back(&server, "clock").await;
    assert_eq!(answer["resumed"], false);
    peer.leave().await;
    reader.offset = 15;
    let (_peer, answer) = reader.come_back(&server, "clock").await;
    assert_eq!(answer["resumed"], true);
    server.stop().await;
}
