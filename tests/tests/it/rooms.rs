//! Rooms at run time: created, opened, closed and deleted, by the server and by clients, and who is told.

use std::sync::Arc;

use dialogue::{
    Client, Config, Denied, Dialogue, DialogueBuilder, EventDef, NewRoom, Room, UserId,
    error::{CreateRoomError, DeleteRoomError, JoinError, TriggerError},
    hook::RoomProposal,
};
use dialogue_tests::rooms::{Duel, General, Match, Message, Move, Note, ROOMS, Table};
use dialogue_tests::{Peer, TestServer};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A builder whose hooks tell of rooms that come and go, and of who leaves them.
fn telling() -> (DialogueBuilder, UnboundedReceiver<String>) {
    let (log, heard) = unbounded_channel();
    let [created, deleted, left] = [log.clone(), log.clone(), log];
    let builder = Dialogue::builder()
        .rooms(ROOMS)
        .on_room_created(async move |room: Room| created.send(format!("created {}", room.id())).unwrap())
        .on_room_deleted(async move |room: Room| {
            assert_eq!(room.size(), 0);
            deleted.send(format!("deleted {}", room.id())).unwrap();
        })
        .on_left(async move |client: Client, room: Room| {
            left.send(format!("{} left {}", client.user_id(), room.id())).unwrap();
        });
    (builder, heard)
}

/// Clients may create rooms that begin with `talk:`.
fn with_talks(builder: DialogueBuilder) -> DialogueBuilder {
    builder.before_create(async |wish: RoomProposal| {
        if !wish.id.as_str().starts_with("talk:") {
            return Err(Denied::because("the id of a room begins with `talk:`"));
        }
        let seats = wish.max_size.unwrap_or(10).min(10);
        Ok(wish.config().event::<Message>().default_subscription::<Message>().max_size(seats))
    })
}

/// The announcement of a room, without the epoch, which it has too.
async fn created(peer: &mut Peer) -> Value {
    let mut created = peer.expect("dialogue:roomCreated").await;
    let epoch = created.as_object_mut().and_then(|fields| fields.remove("epoch"));
    assert!(epoch.is_some_and(|epoch| epoch.is_string()));
    created
}

async fn heard(heard: &mut UnboundedReceiver<String>, expected: &[&str]) {
    for expected in expected {
        assert_eq!(heard.recv().await.as_deref(), Some(*expected));
    }
}

#[tokio::test]
async fn the_server_creates_and_deletes_rooms() {
    let (builder, mut log) = telling();
    let server = TestServer::with(builder).await;
    let dialogue = &server.dialogue;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    let project = NewRoom::new("project-123", "Project")
        .description("All about it.")
        .event::<Message>()
        .server_event::<Note>()
        .default_subscription::<Message>()
        .max_size(50)
        .created_by("alice");
    let room = dialogue.create_room(project.clone()).await.unwrap();
    assert_eq!((room.name(), room.description(), room.max_size()), ("Project", Some("All about it."), Some(50)));
    assert_eq!(room.created_by_id().map(UserId::as_str), Some("alice"));
    assert_eq!(room.default_subscriptions(), ["message"]);
    let info = json!({ "id": "project-123", "name": "Project", "description": "All about it.", "size": 0, "maxSize": 50, "createdById": "alice" });
    for peer in [&mut alice, &mut bob] {
        assert_eq!(created(peer).await, info, "everyone is told");
    }
    bob.join("project-123").await;
    bob.trigger("project-123", "message", json!({ "text": "hi", "senderId": "b" })).await;
    bob.expect_event("message").await;
    let forged = bob.try_trigger("project-123", "note", json!({ "n": 1 })).await;
    assert_eq!(forged["error"]["code"], "EVENT_NOT_ALLOWED");
    assert_eq!(dialogue.trigger("project-123", Note { n: 1 }).await.unwrap().offset, Some(1));
    let unknown = dialogue.trigger("project-123", Move { x: 1 }).await.unwrap_err();
    assert!(matches!(unknown, TriggerError::EventNotAllowed { .. }));
    assert_eq!(dialogue.create_room(project).await.unwrap_err(), CreateRoomError::Exists("project-123".into()));

    dialogue.delete_room("project-123").await.unwrap();
    for peer in [&mut alice, &mut bob] {
        assert_eq!(peer.expect("dialogue:roomDeleted").await["roomId"], "project-123");
    }
    let gone = bob.try_trigger("project-123", "message", json!({ "text": "hi", "senderId": "b" })).await;
    assert_eq!(gone["error"]["code"], "ROOM_NOT_FOUND");
    assert_eq!(room.trigger(Message::new("hi")).await.unwrap_err(), TriggerError::RoomNotFound("project-123".into()));
    assert_eq!(dialogue.delete_room("project-123").await, Err(DeleteRoomError::RoomNotFound("project-123".into())));
    assert_eq!(dialogue.delete_room(General).await, Err(DeleteRoomError::Declared("general".into())));
    heard(&mut log, &["created project-123", "bob left project-123", "deleted project-123"]).await;
    alice.is_silent().await;
    server.stop().await;
}

#[tokio::test]
async fn a_room_that_could_not_work_is_not_created() {
    let server = TestServer::start(ROOMS).await;
    let room = |id: &str| NewRoom::new(id, "Room").event::<Move>();
    let long = "x".repeat(257);
    let cases = [
        (room(""), CreateRoomError::Id { max: 256 }),
        (room("*"), CreateRoomError::Id { max: 256 }),
        (room("a\nb"), CreateRoomError::Id { max: 256 }),
        (room("dialogue:x"), CreateRoomError::Id { max: 256 }),
        (room(&long), CreateRoomError::Id { max: 256 }),
        (room("general"), CreateRoomError::Exists("general".into())),
        (room("match:7"), CreateRoomError::OfFamily("match:7".into())),
        (NewRoom::new("a", " ").event::<Move>(), CreateRoomError::Name { max: 256 }),
        (room("a").description("x".repeat(1025)), CreateRoomError::Name { max: 256 }),
        (room("a").max_size(0), CreateRoomError::NoSeats),
        (NewRoom::new("a", "A"), CreateRoomError::NoEvents("a".into())),
        (
            room("a").event_def(EventDef::untyped("move")),
            CreateRoomError::DuplicateEvent { room: "a".into(), event: "move".into() },
        ),
        (
            room("a").default_subscription::<Note>(),
            CreateRoomError::UnknownSubscription { room: "a".into(), event: "note".into() },
        ),
    ];
    for (config, error) in cases {
        assert_eq!(server.dialogue.create_room(config).await.unwrap_err(), error);
    }
    server.stop().await;
}

#[tokio::test]
async fn families_are_opened_by_the_server_or_by_joining() {
    let (builder, mut log) = telling();
    let server = TestServer::with(builder).await;
    let dialogue = &server.dialogue;
    let mut alice = server.connect("alice").await;
    let table = dialogue.open(Table { name: "green".into() }).await.unwrap();
    assert_eq!(alice.expect("dialogue:roomCreated").await["name"], "Table green");
    dialogue.open(Table { name: "green".into() }).await.expect("it is found when it is open");
    table.trigger(Move { x: 1 }).await.unwrap();
    alice.join("match:7").await;
    alice.request("dialogue:leave", json!({ "roomId": "match:7" })).await;
    alice.join("match:8").await;
    dialogue.delete_room(Match { number: 8 }).await.unwrap();
    assert_eq!(alice.expect("dialogue:roomDeleted").await["roomId"], "match:8", "its members are told");
    dialogue.delete_room(table.id()).await.unwrap();
    alice.expect("dialogue:roomDeleted").await;
    let steps = ["created table:green", "created match:7", "alice left match:7", "deleted match:7", "created match:8"];
    heard(&mut log, &steps).await;
    heard(&mut log, &["alice left match:8", "deleted match:8", "deleted table:green"]).await;
    alice.is_silent().await;
    server.stop().await;
}

#[tokio::test]
async fn clients_create_rooms_where_the_server_says_what_they_are() {
    let (builder, mut log) = telling();
    let config = Config { create_rate: None, ..Config::default() };
    let server = TestServer::with(with_talks(builder).config(config)).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    alice.emit("dialogue:createRoom", json!({ "id": "talk:rust", "name": "Rust", "maxSize": 5000 }));
    let info = json!({ "id": "talk:rust", "name": "Rust", "size": 0, "maxSize": 10, "createdById": "alice" });
    for peer in [&mut alice, &mut bob] {
        assert_eq!(created(peer).await, info);
    }
    alice.is_silent().await;
    let answer = bob.request("dialogue:createRoom", json!({ "id": "talk:go", "name": "Go", "description": "?" })).await;
    assert_eq!((&answer["ok"], &answer["id"], &answer["description"]), (&json!(true), &json!("talk:go"), &json!("?")));
    alice.expect("dialogue:roomCreated").await;
    bob.is_silent().await;

    bob.join("talk:rust").await;
    bob.trigger("talk:rust", "message", json!({ "text": "hi", "senderId": "b" })).await;
    bob.expect_event("message").await;
    let refusals = [
        (json!({ "id": "talk:rust", "name": "Again" }), "ROOM_EXISTS"),
        (json!({ "id": "general", "name": "Again" }), "ROOM_EXISTS"),
        (json!({ "id": "other", "name": "Other" }), "PERMISSION_DENIED"),
        (json!({ "id": "match:7", "name": "Mine" }), "PERMISSION_DENIED"),
        (json!({ "id": "dialogue:x", "name": "Mine" }), "INVALID_REQUEST"),
        (json!({ "id": "talk:\u{0}", "name": "Mine" }), "INVALID_REQUEST"),
        (json!({ "id": "talk:x", "name": "" }), "INVALID_REQUEST"),
        (json!({ "id": "talk:x", "name": "x".repeat(10_000) }), "INVALID_REQUEST"),
        (json!({ "id": "talk:x", "name": "X", "maxSize": 0 }), "INVALID_REQUEST"),
        (json!({ "id": "talk:x", "name": "X", "maxSize": -1 }), "INVALID_REQUEST"),
        (json!({ "id": "talk:x" }), "INVALID_REQUEST"),
    ];
    for (request, code) in refusals {
        let answer = alice.request("dialogue:createRoom", request.clone()).await;
        assert_eq!(answer["error"]["code"], code, "{request}: {answer}");
    }

    let refused = bob.request("dialogue:deleteRoom", json!({ "roomId": "talk:rust" })).await;
    assert_eq!(refused["error"]["code"], "PERMISSION_DENIED", "only its creator may");
    let refused = alice.request("dialogue:deleteRoom", json!({ "roomId": "general" })).await;
    assert_eq!(refused["error"]["code"], "PERMISSION_DENIED");
    let mut alices_tab = server.connect("alice").await;
    let answer = alices_tab.request("dialogue:deleteRoom", json!({ "roomId": "talk:rust" })).await;
    assert_eq!(answer, json!({ "ok": true, "roomId": "talk:rust" }));
    for peer in [&mut alice, &mut bob] {
        assert_eq!(peer.expect("dialogue:roomDeleted").await["roomId"], "talk:rust");
    }
    alices_tab.is_silent().await;
    bob.emit("dialogue:deleteRoom", json!({ "roomId": "talk:go" }));
    for peer in [&mut alice, &mut bob, &mut alices_tab] {
        peer.expect("dialogue:roomDeleted").await;
    }
    heard(&mut log, &["created talk:rust", "created talk:go", "bob left talk:rust", "deleted talk:rust"]).await;
    heard(&mut log, &["deleted talk:go"]).await;
    server.stop().await;
}

#[tokio::test]
async fn a_user_has_so_many_rooms_and_the_server_too() {
    let config =
        Config { max_rooms: ROOMS.len() + 1, max_created_rooms_per_user: 2, max_listed_rooms: 6, ..Config::default() };
    let server = TestServer::with(with_talks(Dialogue::builder().rooms(ROOMS)).config(config)).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    let create = async |peer: &mut Peer, id: &str| -> Value {
        let answer = peer.request("dialogue:createRoom", json!({ "id": id, "name": "Talk" })).await;
        answer["error"]["message"].clone()
    };
    for id in ["talk:1", "talk:2"] {
        assert_eq!(create(&mut alice, id).await, Value::Null);
    }
    assert_eq!(
        create(&mut alice, "talk:3").await,
        "the user has reached the limit of 2 created rooms; delete one first"
    );
    assert_eq!(create(&mut bob, "talk:3").await, Value::Null);
    let full = create(&mut bob, "talk:4").await;
    assert_eq!(full, "the server has reached its limit of 8 rooms; try again when some have closed");
    let no_place = bob.request("dialogue:join", json!({ "roomId": "match:1" })).await;
    assert_eq!(no_place["error"]["code"], "LIMIT_REACHED");
    let rooms = bob.request("dialogue:listRooms", Value::Null).await["rooms"].clone();
    assert_eq!(rooms.as_array().unwrap().len(), 6, "the list is bounded too");
    alice.request("dialogue:deleteRoom", json!({ "roomId": "talk:1" })).await;
    assert_eq!(create(&mut alice, "talk:3b").await, Value::Null, "a place is free again");
    server.stop().await;
}

#[tokio::test]
async fn a_created_room_may_close_when_it_is_empty() {
    let (builder, mut log) = telling();
    let server = TestServer::with(builder).await;
    let visit = || NewRoom::new("visit", "Visit").any_event().subscribe_to_all().close_when_empty();
    for _ in 0..2 {
        server.dialogue.create_room(visit()).await.unwrap();
        let mut alice = server.connect("alice").await;
        alice.join("visit").await;
        alice.trigger("visit", "anything", json!([1])).await;
        alice.expect_event("anything").await;
        alice.leave().await;
        server.becomes_idle().await;
        heard(&mut log, &["created visit", "alice left visit", "deleted visit"]).await;
        assert!(server.dialogue.find_room("visit").is_none());
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn joins_and_leaves_race_with_the_rooms_deletion() {
    const ROUNDS: usize = 300;
    let server = Arc::new(TestServer::start(ROOMS).await);
    let room = || NewRoom::new("race", "Race").event::<Move>().default_subscription::<Move>();
    let visitors = (0..3).map(|n| {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let mut peer = server.connect(&format!("visitor-{n}")).await;
            for _ in 0..ROUNDS {
                let joined = peer.request("dialogue:join", json!({ "roomId": "race" })).await;
                let answers = [
                    joined,
                    peer.try_trigger("race", "move", json!({ "x": 1 })).await,
                    peer.request("dialogue:leave", json!({ "roomId": "race" })).await,
                ];
                for answer in answers {
                    let code = answer["error"]["code"].as_str().unwrap_or("ok");
                    assert!(["ok", "ROOM_NOT_FOUND", "NOT_IN_ROOM"].contains(&code), "{answer}");
                }
            }
            peer.leave().await;
        })
    });
    let visitors: Vec<_> = visitors.collect();
    let mut watcher = server.connect("watcher").await;
    while visitors.iter().any(|visitor| !visitor.is_finished()) {
        server.dialogue.create_room(room()).await.unwrap();
        // At the pace of one who reads all that everyone is told: nobody is to be cut off here.
        watcher.expect("dialogue:roomCreated").await;
        server.dialogue.delete_room("race").await.unwrap();
        watcher.expect("dialogue:roomDeleted").await;
    }
    watcher.leave().await;
    for visitor in visitors {
        visitor.await.unwrap();
    }
    server.becomes_idle().await;
    assert!(server.dialogue.find_room("race").is_none());
}

#[tokio::test]
async fn a_user_leaves_all_rooms_with_all_clients() {
    let server = TestServer::start(ROOMS).await;
    let dialogue = &server.dialogue;
    let mut alice = server.connect("alice").await;
    let mut tab = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    alice.join("general").await;
    alice.join("duel").await;
    tab.join("general").await;
    bob.join("duel").await;
    let rooms = dialogue.rooms_of("alice");
    assert_eq!(rooms.ids(), ["duel", "general"]);
    assert_eq!(rooms.iter().count(), 2);
    for room in rooms.leave_all().await {
        if room == "duel" {
            dialogue.trigger(room, Move { x: 1 }).await.unwrap();
        }
    }
    bob.expect_event("move").await;
    for room in ["duel", "general"] {
        assert_eq!(alice.expect("dialogue:left").await["roomId"], room);
    }
    assert_eq!(tab.expect("dialogue:left").await["roomId"], "general");
    alice.is_silent().await;
    assert!(dialogue.rooms_of("alice").ids().is_empty());
    assert!(dialogue.is_in_room("bob", Duel) && !dialogue.is_in_room("alice", Duel));
    server.stop().await;
}

#[tokio::test]
async fn events_without_a_type_are_known_by_their_names() {
    let server = TestServer::start(ROOMS).await;
    let dialogue = &server.dialogue;
    let draw = EventDef::untyped("draw").with_history(10);
    let room = dialogue.create_room(NewRoom::new("board", "Board").event_def(draw)).await.unwrap();
    let (heard, mut strokes) = unbounded_channel();
    let subscription = dialogue.on_named("board", "draw", async move |stroke| heard.send(stroke.data).unwrap());
    let mut alice = server.connect("alice").await;
    alice.join("board").await;
    let client = dialogue.clients().remove(0);
    client.subscribe_named("board", "draw").unwrap();
    assert!(client.subscribe_named("board", "erase").is_err());
    let receipt = dialogue.trigger_named("board", "draw", &json!({ "x": 1 })).from("bob").await.unwrap();
    assert_eq!((receipt.offset, receipt.recipients), (Some(1), 1));
    assert_eq!(alice.expect("dialogue:event").await["from"], "bob");
    assert_eq!(strokes.recv().await, Some(json!({ "x": 1 })));
    assert_eq!(room.history_named("draw", 0..5).await.unwrap()[0].data, json!({ "x": 1 }));
    let unknown = dialogue.trigger_named("board", "erase", &json!(1)).await.unwrap_err();
    assert!(matches!(unknown, TriggerError::EventNotAllowed { .. }));
    let invalid = dialogue.trigger_named(General, "message", &json!({ "text": 5 })).await.unwrap_err();
    assert!(matches!(invalid, TriggerError::Invalid { .. }), "what the room knows with its type is checked");
    client.unsubscribe_named("board", "draw").unwrap();
    subscription.unsubscribe();
    assert_eq!(dialogue.trigger_named("board", "draw", &json!(2)).await.unwrap().recipients, 0);
    alice.is_silent().await;
    server.stop().await;
    assert_eq!(strokes.recv().await, None);
}

#[tokio::test]
async fn a_typed_handle_knows_its_room() {
    let server = TestServer::start(ROOMS).await;
    let general = server.dialogue.room(General);
    let (heard, mut notes) = unbounded_channel();
    general.on(async move |note: dialogue::EventMessage<Note>| heard.send(note.data.n).unwrap());
    general.trigger(Note { n: 7 }).await.unwrap();
    assert_eq!(notes.recv().await, Some(7));
    assert_eq!(general.history::<Note>(0..5).await.unwrap()[0].data.n, 7);
    server.dialogue.broadcast("news", &json!({ "n": 1 })).unwrap();
    let mut alice = server.connect("alice").await;
    server.dialogue.broadcast("news", &json!({ "n": 2 })).unwrap();
    assert_eq!(alice.expect("news").await, json!({ "n": 2 }));
    assert!(server.dialogue.broadcast("dialogue:event", &json!({})).is_err());
    server.stop().await;
}

#[tokio::test]
async fn a_join_that_fails_closes_no_room_but_its_own() {
    let (builder, mut log) = telling();
    let server = TestServer::with(builder).await;
    let alice = server.connect("alice").await;
    let gone = server.dialogue.clients().remove(0);
    alice.leave().await;
    server.becomes_idle().await;
    server.dialogue.open(Match { number: 7 }).await.unwrap();
    assert_eq!(gone.join(Match { number: 7 }).await, Err(JoinError::Disconnected));
    assert!(server.dialogue.find_room(Match { number: 7 }).is_some(), "the server has opened it");
    assert_eq!(gone.join(Match { number: 8 }).await, Err(JoinError::Disconnected));
    assert!(server.dialogue.find_room(Match { number: 8 }).is_none());
    heard(&mut log, &["created match:7", "created match:8", "deleted match:8"]).await;
    server.stop().await;
}

#[tokio::test]
async fn the_room_that_is_joined_is_the_one_that_was_asked_about() {
    let go_on = Arc::new(tokio::sync::Semaphore::new(0));
    let waits = Arc::clone(&go_on);
    let (asked, mut questions) = unbounded_channel();
    let builder = Dialogue::builder().rooms(ROOMS).before_join(async move |_: Client, room: Room| {
        asked.send(room.name().to_owned()).unwrap();
        waits.acquire().await.unwrap().forget();
        if room.name() == "open" { Ok(()) } else { Err(Denied::because("private")) }
    });
    let server = TestServer::with(builder).await;
    let dialogue = &server.dialogue;
    dialogue.create_room(NewRoom::new("x", "open").any_event()).await.unwrap();
    let mut mallory = server.connect("mallory").await;
    let join = mallory.ask("dialogue:join", json!({ "roomId": "x" }));
    assert_eq!(questions.recv().await.as_deref(), Some("open"));
    dialogue.delete_room("x").await.unwrap();
    dialogue.create_room(NewRoom::new("x", "another").any_event()).await.unwrap();
    go_on.add_permits(2);
    assert_eq!(mallory.answer(join).await["error"]["code"], "JOIN_DENIED");
    assert_eq!(questions.recv().await.as_deref(), Some("another"));
    assert_eq!(dialogue.find_room("x").unwrap().size(), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_deletion_comes_to_its_end_though_nobody_waits_for_it() {
    let (log, mut seen) = unbounded_channel();
    let deleted = log.clone();
    let go_on = Arc::new(tokio::sync::Notify::new());
    let waits = Arc::clone(&go_on);
    let builder = Dialogue::builder()
        .rooms(ROOMS)
        .on_left(async move |_, _| {
            log.send("leaving").unwrap();
            waits.notified().await;
        })
        .on_room_deleted(async move |_| deleted.send("deleted").unwrap());
    let server = TestServer::with(builder).await;
    server.dialogue.create_room(NewRoom::new("x", "X").any_event()).await.unwrap();
    let mut alice = server.connect("alice").await;
    alice.join("x").await;
    let dialogue = server.dialogue.clone();
    let deleting = tokio::spawn(async move { dialogue.delete_room("x").await });
    assert_eq!(seen.recv().await, Some("leaving"));
    deleting.abort();
    assert!(deleting.await.is_err());
    go_on.notify_one();
    assert_eq!(seen.recv().await, Some("deleted"));
    alice.expect("dialogue:roomDeleted").await;
    server.stop().await;
}

#[tokio::test]
async fn what_everyone_is_told_one_client_may_do_only_so_often() {
    let server = TestServer::with(with_talks(Dialogue::builder().rooms(ROOMS))).await;
    let mut mallory = server.connect("mallory").await;
    for _ in 0..10 {
        mallory.request("dialogue:createRoom", json!({ "id": "talk:x", "name": "X" })).await;
        mallory.request("dialogue:deleteRoom", json!({ "roomId": "talk:x" })).await;
    }
    let error = mallory.request("dialogue:createRoom", json!({ "id": "talk:x", "name": "X" })).await["error"].clone();
    assert_eq!((&error["code"], error["retryAfter"].is_u64()), (&json!("RATE_LIMITED"), true));
    server.stop().await;
}
