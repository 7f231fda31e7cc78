//! The server's own side: triggers, handlers, handles, hooks.

use std::sync::Arc;

use dialogue::{
    Client, Dialogue, EventMessage, Room,
    error::{JoinError, OpenError, SendError, SubscribeError, TriggerError},
};
use dialogue_tests::rooms::{
    Announcements, Duel, General, Match, Message, Move, Note, ROOMS, Table, Typing, UserJoined,
};
use dialogue_tests::{Frame, Peer, TestServer, Transport};
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

#[tokio::test]
async fn the_server_triggers_what_it_likes() {
    let server = TestServer::start(ROOMS).await;
    let dialogue = &server.dialogue;
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    alice.join("announcements").await;

    let receipt = dialogue.trigger(General, UserJoined { username: "bob".into() }).from("bob").await.unwrap();
    assert_eq!((receipt.recipients, receipt.offset), (1, None));
    let envelope = alice.expect("dialogue:event").await;
    assert_eq!((&envelope["from"], &envelope["data"]), (&json!("bob"), &json!({ "username": "bob" })));
    assert_eq!(envelope["timestamp"], receipt.timestamp);

    dialogue.trigger(Announcements, Message::new("hello")).meta(json!({ "trace": 7 })).await.unwrap();
    let envelope = alice.expect("dialogue:event").await;
    assert_eq!((&envelope["from"], &envelope["meta"]), (&json!("system"), &json!({ "trace": 7 })));

    let receipt = dialogue.trigger("general", Note { n: 1 }).await.unwrap();
    assert_eq!(receipt.offset, Some(1));
    alice.expect_event("note").await;

    let invalid = dialogue.trigger(General, Message::new("")).await.unwrap_err();
    assert!(matches!(invalid, TriggerError::Invalid { .. }), "{invalid}");
    let unknown = dialogue.trigger("general", Move { x: 1 }).await.unwrap_err();
    assert_eq!(unknown, TriggerError::EventNotAllowed { room: "general".into(), event: "move".into() });
    assert_eq!(
        dialogue.trigger("nowhere", Move { x: 1 }).await.unwrap_err(),
        TriggerError::RoomNotFound("nowhere".into())
    );
    alice.is_silent().await;
    server.stop().await;
}

#[tokio::test]
async fn handlers_hear_events_in_order_and_may_call_back() {
    let server = TestServer::start(ROOMS).await;
    let (heard, mut notes) = unbounded_channel();
    let dialogue = server.dialogue.clone();
    let subscription = server.dialogue.on(General, async move |note: EventMessage<Note>| {
        assert_ne!(note.data.n, 3, "a handler may panic");
        heard.send((note.data.n, note.from.clone())).unwrap();
        dialogue.trigger(General, Message::new(format!("note {}", note.data.n))).await.unwrap();
    });
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    for n in 1..=5 {
        server.dialogue.trigger(General, Note { n }).from("alice").await.unwrap();
    }
    for n in [1, 2, 4, 5] {
        assert_eq!(notes.recv().await.unwrap(), (n, "alice".into()));
    }
    let mut events = Vec::new();
    for _ in 0..9 {
        events.push(alice.expect("dialogue:event").await["event"].as_str().unwrap().to_owned());
    }
    assert_eq!(events.iter().filter(|event| *event == "message").count(), 4);
    subscription.unsubscribe();
    server.dialogue.trigger(General, Note { n: 6 }).await.unwrap();
    alice.expect_event("note").await;
    server.stop().await;
    assert_eq!(notes.recv().await, None, "the handler is gone");
}

#[tokio::test]
async fn hooks_seat_clients_and_see_them_go() {
    let (seen, mut gone) = unbounded_channel();
    let builder = Dialogue::builder()
        .rooms(ROOMS)
        .on_connected(async |client: Client| {
            client.join(General).await.unwrap();
            client.subscribe::<Typing>(General).unwrap();
            client.send("welcome", &json!({ "to": client.user_id() })).unwrap();
        })
        .on_disconnected(async move |client: Client| {
            let dialogue = client.dialogue().unwrap();
            let still_in = dialogue.is_in_room(client.user_id(), General);
            dialogue.trigger(General, UserJoined { username: "nobody".into() }).await.unwrap();
            seen.send((client.user_id().clone(), client.rooms(), still_in)).unwrap();
        });
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    for peer in [&mut alice, &mut bob] {
        peer.expect("dialogue:joined").await;
        peer.expect("welcome").await;
    }
    bob.leave().await;
    assert_eq!(gone.recv().await, Some(("bob".into(), vec!["general".into()], true)));
    alice.expect_event("user:joined").await;
    alice.leave().await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn clients_and_rooms_can_be_asked() {
    let server = TestServer::start(ROOMS).await;
    let dialogue = &server.dialogue;
    let mut alice = server.connect("alice").await;
    let mut tab = server.connect("alice").await;
    alice.join("duel").await;
    tab.join("duel").await;
    let room = dialogue.find_room(Duel).unwrap();
    assert_eq!((room.size(), room.is_full(), room.max_size()), (2, true, Some(2)));
    assert_eq!((room.id().as_str(), room.name(), room.description()), ("duel", "Duel", None));
    assert_eq!(room.default_subscriptions(), ["*"]);
    assert_eq!(room.events().iter().map(|event| event.name().to_owned()).collect::<Vec<_>>(), ["move"]);
    assert_eq!(dialogue.clients_of("alice").len(), 2);
    assert_eq!(room.participants().len(), 2);
    assert!(dialogue.is_in_room("alice", "duel"));
    assert!(!dialogue.is_in_room("bob", "duel"));
    assert!(dialogue.find_room("nowhere").is_none());

    let client = dialogue.clients().into_iter().next().unwrap();
    assert_eq!(client.rooms(), ["duel"]);
    assert_eq!(client.subscriptions(Duel), ["*"]);
    assert_eq!(client.subscriptions(General), Vec::<String>::new());
    assert!(matches!(client.subscribe::<Typing>(General), Err(SubscribeError::NotInRoom(_))));
    assert_eq!(client.join("nowhere").await, Err(JoinError::RoomNotFound("nowhere".into())));
    client.join(General).await.unwrap();
    client.subscribe_all(General).unwrap();
    client.unsubscribe::<Message>(General).unwrap();
    assert_eq!(client.subscriptions(General), ["*", "note", "ping", "user:joined"]);
    client.leave(General).await.unwrap();
    assert!(client.leave(General).await.is_err());
    let reserved = client.send("dialogue:joined", &json!({})).unwrap_err();
    assert!(matches!(reserved, SendError::ReservedName(_)), "{reserved}");
    client.disconnect();
    alice.expect("dialogue:joined").await;
    alice.expect("dialogue:left").await;
    assert_eq!(alice.frame().await, Frame::Disconnected);
    server.stop().await;
}

#[tokio::test]
async fn families_open_and_close() {
    let server = TestServer::start(ROOMS).await;
    let dialogue = &server.dialogue;
    let table = dialogue.open(Table { name: "green".into() }).await.unwrap();
    assert_eq!((table.id().as_str(), table.name()), ("table:green", "Table green"));
    let missing = dialogue.open("stool:green").await.err();
    assert_eq!(missing, Some(OpenError::NoSuchFamily("stool:green".into())));
    assert!(dialogue.find_room(Match { number: 7 }).is_none());

    let mut alice = server.connect("alice").await;
    alice.join("table:green").await;
    alice.join("match:7").await;
    let receipt = dialogue.trigger(Match { number: 7 }, Move { x: 1 }).await.unwrap();
    assert_eq!(receipt.recipients, 1);
    alice.expect_event("move").await;
    alice.leave().await;
    server.becomes_idle().await;
    assert!(dialogue.find_room(Match { number: 7 }).is_none(), "it closes when it is empty");
    assert!(dialogue.find_room("table:green").is_some(), "it stays");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_room_that_closes_and_opens_at_once_loses_nobody() {
    let server = Arc::new(TestServer::start(ROOMS).await);
    let visitors = (0..4).map(|n| {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let mut peer = server.connect(&format!("visitor-{n}")).await;
            for _ in 0..250 {
                peer.join("match:1").await;
                peer.trigger("match:1", "move", json!({ "x": n })).await;
                let left = peer.request("dialogue:leave", json!({ "roomId": "match:1" })).await;
                assert_eq!(left["ok"], true, "{left}");
            }
            peer.leave().await;
        })
    });
    for visitor in futures_util::future::join_all(visitors).await {
        visitor.unwrap();
    }
    server.becomes_idle().await;
    assert!(server.dialogue.find_room("match:1").is_none());
}

#[tokio::test]
async fn a_stop_tells_everyone_and_takes_nobody_new() {
    for transport in Transport::ALL {
        stop_with_a_member(transport).await;
    }
}

async fn stop_with_a_member(transport: Transport) {
    let server = TestServer::start(ROOMS).await;
    let (address, dialogue) = (server.address(), server.dialogue.clone());
    let (seen, mut handled) = unbounded_channel();
    dialogue.on(General, async move |note: EventMessage<Note>| {
        seen.send(note.data.n).expect("the test listens");
    });
    let mut alice = server.connect_by(transport, "alice").await;
    alice.join("general").await;
    alice.trigger("general", "note", json!({ "n": 1 })).await;
    alice.expect_event("note").await;
    server.stop().await;
    alice.ended().await;
    assert_eq!(handled.recv().await, Some(1), "handlers come to the end of their queues");
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
    assert!(dialogue.is_idle());
    assert!(dialogue.start("127.0.0.1:0").await.is_err(), "a stopped server does not start again");
}

#[tokio::test]
async fn a_router_serves_without_the_handle() {
    let router = Dialogue::builder().rooms(ROOMS).build().unwrap().router();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async { axum::serve(listener, router).await });
    let mut alice = Peer::connect(address, Transport::WebSocket, json!({ "userId": "alice" })).await.unwrap();
    alice.join("general").await;
    serving.abort();
}

#[tokio::test]
async fn joining_and_leaving_are_heard_of_however_they_come() {
    let (seen, mut heard) = unbounded_channel();
    let left = seen.clone();
    let builder = Dialogue::builder()
        .rooms(ROOMS)
        .on_joined(async move |client: Client, room: Room| {
            assert!(client.rooms().contains(room.id()));
            seen.send(("joined", client.user_id().clone(), room.id().clone())).unwrap();
        })
        .on_left(async move |client: Client, room: Room| {
            assert!(!client.rooms().contains(room.id()));
            left.send(("left", client.user_id().clone(), room.id().clone())).unwrap();
        });
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    alice.join("duel").await;
    alice.join("duel").await;
    alice.request("dialogue:leave", json!({ "roomId": "duel" })).await;
    let client = server.dialogue.clients().remove(0);
    client.join(General).await.unwrap();
    client.leave(General).await.unwrap();
    alice.join("seat").await;
    alice.leave().await;
    server.becomes_idle().await;
    let steps = [
        ("joined", "duel"),
        ("left", "duel"),
        ("joined", "general"),
        ("left", "general"),
        ("joined", "seat"),
        ("left", "seat"),
    ];
    for (what, room) in steps {
        assert_eq!(heard.recv().await, Some((what, "alice".into(), room.into())));
    }
    server.stop().await;
}
