//! Every hook, over real connections: when it runs, what it may do, and what happens when it is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dialogue::{
    Client, Config, Denied, Dialogue, DialogueBuilder, EventMessage, Handshake, Identity, NewRoom, PendingEvent,
    PublishedEvent, Room, error::TriggerError, hook::RoomProposal,
};
use dialogue_tests::rooms::{Duel, General, Message, Move, Note, Ping, ROOMS, UserJoined};
use dialogue_tests::{TestServer, Transport};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What hooks have seen, in their order.
type Log = UnboundedSender<String>;

fn log() -> (Log, UnboundedReceiver<String>) {
    unbounded_channel()
}

async fn logged(log: &mut UnboundedReceiver<String>, expected: &[&str]) {
    for expected in expected {
        let got = tokio::time::timeout(Duration::from_secs(20), log.recv()).await.expect("a hook ran");
        assert_eq!(got.as_deref(), Some(*expected));
    }
}

fn builder() -> DialogueBuilder {
    Dialogue::builder().rooms(ROOMS)
}

/// A hook that calls back into the server in every way that could wait for a lock of the caller's.
async fn call_back(dialogue: &Dialogue) {
    dialogue.trigger(Duel, Move { x: 1 }).await.unwrap();
    assert_eq!(dialogue.room(General).name(), "General Chat");
    for client in dialogue.clients() {
        client.rooms();
        client.subscriptions(General);
        client.send("from a hook", &json!(1)).unwrap();
    }
    dialogue.rooms_of("nobody").leave_all().await;
    dialogue.create_room(NewRoom::new("made in a hook", "Made").any_event()).await.unwrap();
    dialogue.delete_room("made in a hook").await.unwrap();
}

#[tokio::test]
async fn hooks_run_in_their_order_and_may_call_back() {
    let (log, mut seen) = log();
    let note = |what: &'static str| {
        let log = log.clone();
        move || log.send(what.to_owned()).unwrap()
    };
    let [connect, disconnect, auth, connected] =
        ["on_connect", "on_disconnect", "authenticate", "on_connected"].map(note);
    let [disconnected, before_join, joined, left] =
        ["on_disconnected", "before_join", "on_joined", "on_left"].map(note);
    let [before_each, triggered, after_each] = ["before_each", "on_triggered", "after_each"].map(note);
    let builder = builder()
        .on_connect(async move |handshake: Handshake| {
            call_back(&handshake.dialogue().unwrap()).await;
            connect();
        })
        .authenticate(async move |handshake: Handshake| {
            call_back(&handshake.dialogue().unwrap()).await;
            auth();
            Ok(Identity::new("alice"))
        })
        .on_connected(async move |client: Client| {
            client.join(Duel).await.unwrap();
            client.leave(Duel).await.unwrap();
            call_back(&client.dialogue().unwrap()).await;
            connected();
        })
        .before_join(async move |client: Client, room: Room| {
            assert_eq!((room.id().as_str(), room.size()), ("general", 0));
            call_back(&client.dialogue().unwrap()).await;
            before_join();
            Ok(())
        })
        .on_joined(async move |client: Client, room: Room| {
            if room.id() == "general" {
                assert_eq!(room.participants(), [client]);
                call_back(&room.dialogue()).await;
                joined();
            }
        })
        .before_each(async move |event: PendingEvent| {
            if event.event() == "message" {
                call_back(&event.dialogue()).await;
                before_each();
            }
            Ok(event)
        })
        .on_triggered(async move |room: Room, event: EventMessage| {
            if event.event == "message" {
                call_back(&room.dialogue()).await;
                triggered();
            }
        })
        .after_each(async move |sent: PublishedEvent| {
            if sent.event() == "message" {
                assert_eq!((sent.recipients(), sent.client().is_some()), (1, true));
                call_back(&sent.dialogue()).await;
                after_each();
            }
        })
        .on_left(async move |client: Client, room: Room| {
            if room.id() == "general" {
                assert!(client.rooms().is_empty());
                call_back(&room.dialogue()).await;
                left();
            }
        })
        .on_disconnected(async move |client: Client| {
            assert_eq!(client.rooms(), ["general"], "it is still in its rooms");
            call_back(&client.dialogue().unwrap()).await;
            disconnected();
        })
        .on_disconnect(async move |handshake: Handshake| {
            call_back(&handshake.dialogue().unwrap()).await;
            disconnect();
        });
    let server = TestServer::with(builder).await;
    for transport in Transport::ALL {
        let mut alice = server.connect_by(transport, "whoever").await;
        alice.join("general").await;
        alice.trigger("general", "message", json!({ "text": "hi", "senderId": "a" })).await;
        alice.leave().await;
        let steps = ["on_connect", "authenticate", "on_connected", "before_join", "on_joined", "before_each"];
        logged(&mut seen, &steps).await;
        logged(&mut seen, &["on_triggered", "after_each", "on_disconnected", "on_left", "on_disconnect"]).await;
    }
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn before_join_refuses_with_its_reason() {
    let builder = builder().before_join(async |client: Client, room: Room| match room.id().as_str() {
        "duel" => Err(Denied::because(format!("no duels for {}", client.user_id()))),
        "match:13" => Err(Denied::because("an unlucky number")),
        _ => Ok(()),
    });
    let (log, mut seen) = log();
    let builder = builder.on_room_created(async move |room: Room| log.send(room.id().to_string()).unwrap());
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    let refused = alice.request("dialogue:join", json!({ "roomId": "duel" })).await;
    let expected = json!({ "code": "JOIN_DENIED", "message": "no duels for alice", "roomId": "duel" });
    assert_eq!(refused["error"], expected);
    alice.emit("dialogue:join", json!({ "roomId": "match:13" }));
    alice.expect_error("JOIN_DENIED").await;
    assert!(server.dialogue.find_room("match:13").is_none(), "a room that nobody may join is not opened");
    alice.join("match:14").await;
    logged(&mut seen, &["match:14"]).await;
    server.dialogue.clients()[0].join(Duel).await.expect("the server is not asked");
    server.stop().await;
}

#[tokio::test]
async fn before_each_changes_and_refuses() {
    let builder = builder()
        .before_each(async |mut event: PendingEvent| {
            if event.event() == "message" {
                let mut message: Value = event.data().unwrap();
                if message["text"] == "spam" {
                    return Err(Denied::because("no advertising"));
                }
                let text = message["text"].as_str().unwrap().to_uppercase();
                message["text"] = json!(text);
                event.set_data(&message)?;
                let from = event.client().map(|client| client.user_id().to_string());
                event.set_meta(&json!({ "checked": true, "by": from }))?;
            }
            Ok(event)
        })
        .before_each(async |mut event: PendingEvent| {
            if event.json().contains("BREAK") {
                event.set_data(&json!({ "text": "", "senderId": 5 }))?;
            }
            Ok(event)
        });
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    alice.join("general").await;
    bob.join("general").await;
    let message = |text: &str| json!({ "text": text, "senderId": "a" });
    alice.trigger("general", "message", message("hi")).await;
    let heard = bob.expect("dialogue:event").await;
    assert_eq!((&heard["data"]["text"], &heard["meta"]), (&json!("HI"), &json!({ "checked": true, "by": "alice" })));
    alice.expect_event("message").await;

    let refused = alice.try_trigger("general", "message", message("spam")).await;
    assert_eq!(refused["error"]["code"], "EVENT_REJECTED");
    assert_eq!(refused["error"]["message"], "no advertising");
    let broken = alice.try_trigger("general", "message", message("break")).await;
    assert_eq!(broken["error"]["code"], "VALIDATION_FAILED", "what a hook has changed is checked again");
    bob.is_silent().await;

    let denied = server.dialogue.trigger(General, Message::new("spam")).await.unwrap_err();
    assert!(matches!(denied, TriggerError::Rejected { .. }), "{denied}");
    server.dialogue.trigger(General, Message::new("from the server")).await.unwrap();
    assert_eq!(bob.expect_event("message").await["text"], "FROM THE SERVER");
    server.stop().await;
}

#[tokio::test]
async fn a_typed_hook_is_for_one_event_of_one_room() {
    let server = TestServer::start(ROOMS).await;
    let dialogue = &server.dialogue;
    let polite = dialogue.before(General, async |mut msg: EventMessage<Message>| {
        if msg.data.text.contains("rude") {
            return Err(Denied::because("be kind"));
        }
        msg.data.text.push_str(", please");
        msg.meta = Some(json!({ "polite": msg.from }));
        Ok(msg)
    });
    let closed = dialogue.before_each(Duel, async |event: PendingEvent| {
        Err::<PendingEvent, _>(Denied::because(format!("no {} today", event.event())))
    });
    let mut alice = server.connect("alice").await;
    for room in ["general", "duel"] {
        alice.join(room).await;
    }
    alice.trigger("general", "message", json!({ "text": "tea", "senderId": "a" })).await;
    let heard = alice.expect("dialogue:event").await;
    assert_eq!(heard["data"], json!({ "text": "tea, please", "senderId": "a" }));
    assert_eq!(heard["meta"], json!({ "polite": "alice" }));
    let rude = alice.try_trigger("general", "message", json!({ "text": "rude", "senderId": "a" })).await;
    assert_eq!((&rude["error"]["code"], &rude["error"]["message"]), (&json!("EVENT_REJECTED"), &json!("be kind")));
    alice.trigger("general", "ping", Value::Null).await;
    alice.expect_event("ping").await;
    let closed_to = alice.try_trigger("duel", "move", json!({ "x": 1 })).await;
    assert_eq!(closed_to["error"]["message"], "no move today");
    let long = "x".repeat(995);
    let too_long = alice.try_trigger("general", "message", json!({ "text": long, "senderId": "a" })).await;
    assert_eq!(too_long["error"]["code"], "VALIDATION_FAILED", "what the hook made of it breaks a rule");

    polite.unsubscribe();
    closed.unsubscribe();
    alice.trigger("duel", "move", json!({ "x": 1 })).await;
    alice.expect_event("move").await;
    alice.trigger("general", "message", json!({ "text": "rude", "senderId": "a" })).await;
    alice.expect_event("message").await;
    server.stop().await;
}

#[tokio::test]
async fn after_each_knows_how_many_heard_it() {
    let (log, mut seen) = log();
    let builder = builder().after_each(async move |sent: PublishedEvent| {
        let text = sent.data::<Value>().unwrap()["text"].clone();
        log.send(format!("{} {} {} {text}", sent.room_id(), sent.event(), sent.recipients())).unwrap();
        assert_eq!(sent.message().timestamp, sent.timestamp());
    });
    let server = TestServer::with(builder).await;
    let mut peers = Vec::new();
    for n in 0..3 {
        let mut peer = server.connect(&format!("peer-{n}")).await;
        peer.join("general").await;
        peers.push(peer);
    }
    peers[0].trigger("general", "message", json!({ "text": "hi", "senderId": "a" })).await;
    logged(&mut seen, &["general message 3 \"hi\""]).await;
    server.stop().await;
}

#[tokio::test]
async fn hooks_that_panic_or_hang_are_cut_short() {
    let config = Config { hook_timeout: Duration::from_millis(50), ..Config::default() };
    let builder = builder()
        .config(config)
        .on_connect(async |_| panic!("a bug in on_connect"))
        .on_connected(async |_| std::future::pending::<()>().await)
        .on_disconnected(async |_| panic!("a bug in on_disconnected"))
        .before_join(async |_, room: Room| match room.id().as_str() {
            "duel" => panic!("a bug in before_join"),
            "seat" => std::future::pending().await,
            _ => Ok(()),
        })
        .on_joined(async |_, _| panic!("a bug in on_joined"))
        .on_left(async |_, _| std::future::pending::<()>().await)
        .before_each(async |mut event: PendingEvent| match event.event() {
            "move" => panic!("a bug in before_each"),
            "note" => std::future::pending().await,
            "user:joined" => {
                // A map whose keys are no texts cannot be JSON.
                event.set_data(&std::collections::BTreeMap::from([([1, 2], 3)])).unwrap();
                Ok(event)
            }
            _ => Ok(event),
        })
        .on_triggered(async |_, _| panic!("a bug in on_triggered"))
        .after_each(async |_| std::future::pending::<()>().await)
        .before_create(async |wish: RoomProposal| match wish.id.as_str() {
            "hang" => std::future::pending().await,
            _ => panic!("a bug in before_create"),
        });
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    alice.join("sandbox").await;
    for room in ["duel", "seat"] {
        let answer = alice.request("dialogue:join", json!({ "roomId": room })).await;
        assert_eq!(answer["error"]["code"], "INTERNAL", "{answer}");
        assert!(!answer.to_string().contains("bug"), "details go to the log");
    }
    for (event, data) in [("move", json!({ "x": 1 })), ("note", json!({ "n": 1 }))] {
        let answer = alice.try_trigger("sandbox", event, data).await;
        assert_eq!(answer["error"]["code"], "INTERNAL", "{answer}");
    }
    for id in ["hang", "panic"] {
        let answer = alice.request("dialogue:createRoom", json!({ "id": id, "name": "x" })).await;
        assert_eq!(answer["error"]["code"], "INTERNAL", "{answer}");
    }
    let fault = server.dialogue.trigger(General, UserJoined { username: "x".into() }).await.unwrap_err();
    assert_eq!(fault, TriggerError::Internal { event: "user:joined".into() });
    alice.trigger("general", "ping", Value::Null).await;
    alice.expect_event("ping").await;
    alice.leave().await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn a_hook_may_answer_after_its_client_has_gone() {
    let go_on = Arc::new(tokio::sync::Notify::new());
    let (log, mut seen) = log();
    let waits = Arc::clone(&go_on);
    let finished = log.clone();
    let builder = builder()
        .before_join(async move |_, _| {
            log.send("asked".into()).unwrap();
            waits.notified().await;
            Ok(())
        })
        .on_disconnected(async move |client: Client| {
            assert_eq!(client.rooms(), ["general"], "what it asked for before is done");
            finished.send("gone".into()).unwrap();
        });
    let server = TestServer::with(builder).await;
    let alice = server.connect("alice").await;
    alice.emit("dialogue:join", json!({ "roomId": "general" }));
    logged(&mut seen, &["asked"]).await;
    alice.vanish();
    go_on.notify_one();
    logged(&mut seen, &["gone"]).await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn events_come_as_a_stream() {
    let server = TestServer::start(ROOMS).await;
    let mut notes = server.dialogue.events::<Note>(General);
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    for n in 1..=3 {
        alice.trigger("general", "note", json!({ "n": n })).await;
        alice.trigger("general", "ping", Value::Null).await;
    }
    for n in 1..=3 {
        let note = notes.next().await.unwrap();
        assert_eq!((note.data.n, note.from.as_str(), note.offset), (n, "alice", Some(n)));
    }
    drop(notes);
    let pings = server.dialogue.events::<Ping>("general");
    let ended = tokio::spawn(async move { pings.collect::<Vec<_>>().await.len() });
    alice.trigger("general", "ping", Value::Null).await;
    server.stop().await;
    assert_eq!(ended.await.unwrap(), 1, "the stream ends with the server");
}

#[tokio::test]
async fn a_hook_that_is_registered_while_events_flow_sees_the_next_one() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    let asked = Arc::new(AtomicBool::new(false));
    let hook = Arc::clone(&asked);
    alice.trigger("general", "ping", Value::Null).await;
    server.dialogue.before(General, async move |msg: EventMessage<Ping>| {
        hook.store(true, Ordering::Relaxed);
        Ok(msg)
    });
    assert!(!asked.load(Ordering::Relaxed));
    alice.trigger("general", "ping", Value::Null).await;
    assert!(asked.load(Ordering::Relaxed));
    server.stop().await;
}
