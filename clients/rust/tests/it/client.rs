//! Every method of a client against a real server.

use std::sync::Arc;

use crate::common::*;
use dialogue::{Denied, EventMessage, RoomId, UserId, error::ErrorCode, hook::RoomProposal};
use dialogue_client::{
    Client, ConnectError, HistoryError, JoinError, Left, NewRoom, RequestError, State, StreamError, TriggerError,
};
use dialogue_tests::TestServer;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

#[tokio::test]
async fn events_travel_with_everything_that_they_carry() {
    let server = TestServer::with(server()).await;
    let (alice, bob) = (connect(&server, "alice").await, connect(&server, "bob").await);
    assert_eq!((alice.user_id(), alice.state()), (UserId::from("alice"), State::Connected));
    assert_ne!(alice.client_id(), bob.client_id());
    let (alices, bobs) = (alice.join(General).await.unwrap(), bob.join(General).await.unwrap());
    assert_eq!((alices.id().as_str(), alices.name(), alices.is_joined()), ("general", "General Chat", true));
    let (callback, mut heard) = ear!();
    let subscription = bobs.on::<Message, _, _>(callback);
    let mut stream = bobs.events::<Message>();
    let receipt = alices.trigger(message("hi")).meta(json!({ "trace": 7 })).id("m-1").await.unwrap();
    assert_eq!(receipt.offset, Some(1));
    for msg in [heard.next().await, soon(stream.next()).await.unwrap().unwrap()] {
        assert_eq!((msg.data.text.as_str(), msg.from.as_str(), msg.offset), ("hi", "alice", Some(1)));
        assert_eq!((msg.meta, msg.id.as_deref()), (Some(json!({ "trace": 7 })), Some("m-1")));
        assert_eq!((msg.timestamp, msg.event.as_str()), (receipt.timestamp, "message"));
    }
    let again = alices.trigger(message("hi")).id("m-1").await.unwrap();
    assert_eq!(again, receipt, "the same id is published once");
    subscription.unsubscribe();
    alices.trigger(message("bye")).await.unwrap();
    assert_eq!(soon(stream.next()).await.unwrap().unwrap().data.text, "bye");
    assert!(heard.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn what_happens_before_anybody_listens_waits_for_each_listener() {
    let server = TestServer::with(server()).await;
    let room = connect(&server, "alice").await.join(General).await.unwrap();
    server.dialogue.trigger(General, message("early")).await.unwrap();
    server.dialogue.trigger(General, UserJoined { username: "bob".into() }).await.unwrap();
    // The answer comes after both.
    room.subscribe::<Message>().await.unwrap();
    let mut messages = room.events::<Message>();
    let mut joins = room.events::<UserJoined>();
    assert_eq!(soon(messages.next()).await.unwrap().unwrap().data.text, "early");
    assert_eq!(soon(joins.next()).await.unwrap().unwrap().data.username, "bob");
    server.stop().await;
}

#[tokio::test]
async fn refusals_are_typed_and_list_every_fault() {
    let hooked = server()
        .before_join(async |_, room: dialogue::Room| match room.id().as_str() {
            "brief" => Err(Denied::because("for VIPs only")),
            _ => Ok(()),
        })
        .before_each(async |event: dialogue::PendingEvent| match event.event() {
            "move" => Err(Denied::because("not your turn")),
            _ => Ok(event),
        });
    let server = TestServer::with(hooked).await;
    let client = connect(&server, "alice").await;
    assert_eq!(client.join("nowhere").await.unwrap_err(), JoinError::RoomNotFound(RoomId::from("nowhere")));
    let denied = client.join(Brief).await.unwrap_err();
    assert_eq!((denied.code(), denied.to_string().as_str()), (Some(ErrorCode::JoinDenied), "for VIPs only"));
    let duel = client.join(Duel).await.unwrap();
    let full = connect(&server, "bob").await.join(Duel).await.unwrap_err();
    assert_eq!(full, JoinError::RoomFull(RoomId::from("duel")));
    let rejected = duel.trigger(Move { x: 1 }).await.unwrap_err();
    assert!(matches!(&rejected, TriggerError::Rejected(no) if no.message() == "not your turn"), "{rejected}");

    let general = client.join(General).await.unwrap();
    let TriggerError::Validation { invalid, .. } = general.trigger(message("")).await.unwrap_err() else {
        panic!("the rule is broken")
    };
    assert_eq!((invalid.issues()[0].path.as_str(), invalid.issues()[0].code.as_ref()), ("text", "length"));
    // What this program does not know the type of, the server checks.
    let untyped = client.join("general").await.unwrap();
    let refused = untyped.trigger_named("message", &json!({ "text": 5 })).await.unwrap_err();
    let TriggerError::Validation { event, invalid } = &refused else { panic!("{refused}") };
    assert_eq!((event.as_str(), invalid.to_string().as_str()), ("message", "text: expected a string"));
    let forged = untyped.trigger(UserJoined { username: "root".into() }).await.unwrap_err();
    assert_eq!(forged.code(), Some(ErrorCode::EventNotAllowed));
    let foreign = untyped.subscribe_named("move").await.unwrap_err();
    assert_eq!(foreign.code(), Some(ErrorCode::EventNotAllowed));
    let foreign = untyped.history::<Tick>(0..1).await.unwrap_err();
    assert_eq!(foreign.code(), Some(ErrorCode::EventNotAllowed));
    assert_eq!(client.renew("token").await.unwrap_err().code(), Some(ErrorCode::PermissionDenied));
    server.stop().await;
}

#[tokio::test]
async fn families_and_rooms_without_types_are_rooms_too() {
    let server = TestServer::with(server()).await;
    let client = connect(&server, "alice").await;
    let game = client.join(Match { number: 7 }).await.unwrap();
    assert_eq!((game.id().as_str(), game.name()), ("match:7", "Match 7"));
    let mut moves = game.events::<Move>();
    game.trigger(Move { x: 3 }).await.unwrap();
    assert_eq!(soon(moves.next()).await.unwrap().unwrap().data.x, 3);

    let sandbox = client.join("sandbox").await.unwrap();
    let (by_name, mut named) = ear!();
    sandbox.on_named("draw", by_name);
    let (by_any, mut any) = ear!();
    sandbox.on_any(by_any);
    let mut all = sandbox.any_events();
    sandbox.trigger_named("draw", &json!([1, 2])).await.unwrap();
    for msg in [named.next().await, any.next().await, soon(all.next()).await.unwrap().unwrap()] {
        let msg: EventMessage = msg;
        assert_eq!((msg.event.as_str(), msg.data), ("draw", json!([1, 2])));
    }
    server.stop().await;
}

#[tokio::test]
async fn subscriptions_say_what_is_heard() {
    let server = TestServer::with(server()).await;
    let room = connect(&server, "alice").await.join(General).await.unwrap();
    let mut all = room.any_events();
    let say = async |is_typing| server.dialogue.trigger(General, Typing { is_typing }).await.unwrap().recipients;
    assert_eq!(say(false).await, 0);
    room.subscribe::<Typing>().await.unwrap();
    assert_eq!(say(true).await, 1);
    assert_eq!(soon(all.next()).await.unwrap().unwrap().data, json!({ "is_typing": true }));
    room.unsubscribe::<Typing>().await.unwrap();
    assert_eq!(say(false).await, 0);
    room.subscribe_all().await.unwrap();
    assert_eq!(say(true).await, 1);
    room.unsubscribe_named("*").await.unwrap();
    assert_eq!(say(false).await, 0);
    server.stop().await;
}

#[tokio::test]
async fn history_is_read_by_range_and_by_cursor() {
    let server = TestServer::with(server()).await;
    for n in 1..=25 {
        server.dialogue.trigger(General, message(n.to_string())).await.unwrap();
    }
    let client = connect(&server, "alice").await;
    let (callback, mut synced) = ear!();
    client.on_history(callback);
    let room = client.join(General).await.unwrap();
    let history = synced.next().await;
    assert_eq!((history.room_id.as_str(), history.events.len(), history.events[0].offset), ("general", 10, Some(25)));
    let offsets = |events: Vec<EventMessage<Message>>| events.iter().map(|msg| msg.offset.unwrap()).collect::<Vec<_>>();
    assert_eq!(offsets(room.history::<Message>(0..3).await.unwrap()), [25, 24, 23]);
    assert_eq!(offsets(room.history::<Message>(3..5).await.unwrap()), [22, 21]);
    assert_eq!(offsets(room.history::<Message>(0..3).before(3).await.unwrap()), [2, 1]);
    assert_eq!(offsets(room.history::<Message>(0..3).before(1).await.unwrap()), [0; 0]);
    let too_long = room.history::<Message>(0..5000).await.unwrap_err();
    assert_eq!(too_long.code(), Some(ErrorCode::InvalidRequest));
    for _ in 0..15 {
        room.history::<Message>(0..1).await.unwrap();
    }
    let too_often = room.history::<Message>(0..1).await.unwrap_err();
    assert!(matches!(&too_often, HistoryError::RateLimited(no) if no.retry_after().is_some()), "{too_often}");
    server.stop().await;
}

#[tokio::test]
async fn rooms_are_listed_created_and_deleted() {
    let creating =
        server().before_create(async |proposal: RoomProposal| Ok(proposal.config().event::<Move>().subscribe_to_all()));
    let server = TestServer::with(creating).await;
    let (alice, bob) = (connect(&server, "alice").await, connect(&server, "bob").await);
    let (created, mut was_created) = ear!();
    bob.on_room_created(created);
    let (deleted, mut was_deleted) = ear!();
    bob.on_room_deleted(deleted);
    let wish = NewRoom::new("tech-talk", "Tech Talk").description("The latest.").max_size(3);
    let info = alice.create_room(wish.clone()).await.unwrap();
    assert_eq!((info.name.as_str(), info.max_size, info.created_by_id), ("Tech Talk", Some(3), Some("alice".into())));
    assert_eq!(was_created.next().await.description.as_deref(), Some("The latest."));
    assert_eq!(alice.create_room(wish).await.unwrap_err().code(), Some(ErrorCode::RoomExists));
    let ids: Vec<_> = bob.list_rooms().await.unwrap().into_iter().map(|room| room.id).collect();
    assert!(ids.contains(&"tech-talk".into()) && ids.contains(&"general".into()), "{ids:?}");

    let (bobs, alices) = (bob.join("tech-talk").await.unwrap(), alice.join("tech-talk").await.unwrap());
    let (mut bobs_moves, mut alices_moves) = (bobs.events::<Move>(), alices.events::<Move>());
    assert_eq!(bob.delete_room("tech-talk").await.unwrap_err().code(), Some(ErrorCode::PermissionDenied));
    alice.delete_room("tech-talk").await.unwrap();
    assert_eq!(was_deleted.next().await, "tech-talk");
    for moves in [&mut bobs_moves, &mut alices_moves] {
        assert_eq!(soon(moves.next()).await.unwrap().unwrap_err(), StreamError::Left(Left::Deleted));
        assert!(soon(moves.next()).await.is_none());
    }
    assert_eq!(bobs.trigger(Move { x: 1 }).await, Err(TriggerError::NotInRoom));
    server.stop().await;
}

#[tokio::test]
async fn who_has_left_hears_no_more_and_may_come_back() {
    let server = TestServer::with(server()).await;
    let client = connect(&server, "alice").await;
    let (room, same) = (client.join(General).await.unwrap(), client.join(General).await.unwrap());
    let mut messages = same.events::<Message>();
    room.leave().await.unwrap();
    assert!(!same.is_joined());
    assert!(soon(messages.next()).await.is_none(), "whoever leaves knows why the stream ends");
    assert!(soon(same.events::<Message>().next()).await.is_none());
    assert_eq!(same.trigger(message("hi")).await, Err(TriggerError::NotInRoom));
    assert_eq!(same.trigger(message("hi")).retry().await, Err(TriggerError::NotInRoom));
    assert_eq!(same.history::<Message>(0..1).await.unwrap_err(), HistoryError::NotInRoom);
    assert_eq!(same.subscribe::<Typing>().await, Err(RequestError::NotInRoom));
    assert_eq!(same.leave().await, Err(RequestError::NotInRoom));
    let again = client.join(General).await.unwrap();
    again.trigger(message("back")).await.unwrap();
    assert!(again.is_joined() && !room.is_joined(), "an old handle is of an old stay");
    server.stop().await;
}

#[tokio::test]
async fn the_server_may_take_a_client_out_of_a_room_and_away() {
    let server = TestServer::with(server()).await;
    let client = connect(&server, "alice").await;
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    let room = client.join(General).await.unwrap();
    let mut messages = room.events::<Message>();
    server.dialogue.rooms_of("alice").leave_all().await;
    assert_eq!(soon(messages.next()).await.unwrap().unwrap_err(), StreamError::Left(Left::ByServer));
    assert_eq!(
        errors.next().await.to_string(),
        "the client is no longer in the room `general`: the server removed the client from the room"
    );

    let clock = client.join(Clock).await.unwrap();
    let mut ticks = clock.events::<Tick>();
    for connected in server.dialogue.clients_of("alice") {
        connected.disconnect();
    }
    assert_eq!(soon(ticks.next()).await.unwrap().unwrap_err(), StreamError::Disconnected);
    assert_eq!(errors.next().await.to_string(), "the client has ended: the server disconnected it");
    becomes(&client, State::Disconnected).await;
    assert_eq!(clock.trigger(Tick { n: 1 }).await, Err(TriggerError::Disconnected));
    assert_eq!(clock.trigger(Tick { n: 1 }).retry().await, Err(TriggerError::Disconnected));
    assert_eq!(client.join(Clock).await.unwrap_err(), JoinError::Disconnected);
    assert_eq!(client.list_rooms().await.unwrap_err(), RequestError::Disconnected);
    client.disconnect().await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_ends_with_a_goodbye_or_with_its_last_handle() {
    let server = TestServer::with(server()).await;
    let client = connect(&server, "alice").await;
    let states = client.state_changes();
    let room = client.join(General).await.unwrap();
    let mut messages = room.events::<Message>();
    soon(client.disconnect()).await;
    assert_eq!(client.state(), State::Disconnected);
    assert!(soon(messages.next()).await.is_none());
    assert_eq!(soon(states.collect::<Vec<_>>()).await, [State::Disconnected]);
    server.becomes_idle().await;

    let mut messages = connect(&server, "bob").await.join(General).await.unwrap().events::<Message>();
    server.dialogue.trigger(General, message("still here")).await.unwrap();
    assert_eq!(soon(messages.next()).await.unwrap().unwrap().data.text, "still here");
    drop(messages);
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_is_not_let_in_knows_why() {
    let closed = server().authenticate(async |_| Err(Denied::because("we are closed")));
    let server = TestServer::with(closed).await;
    let refused = builder(server.address(), "alice").connect().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Unauthenticated));
    assert_eq!(refused.to_string(), "the server refused the connection: we are closed");
    let wrong_path = builder(server.address(), "alice").path("/elsewhere").connect().await.unwrap_err();
    assert!(matches!(wrong_path, ConnectError::NoSocket { status: 404 }), "{wrong_path}");
    let address = server.address();
    server.stop().await;
    let nobody = builder(address, "alice").connect().await.unwrap_err();
    assert!(matches!(nobody, ConnectError::Unreachable { .. }), "{nobody}");
    let wrong = Client::builder("localhost").connect().await.unwrap_err();
    assert!(matches!(wrong, ConnectError::Build(_)), "{wrong}");
}

#[tokio::test]
async fn headers_query_and_path_reach_the_server() {
    let looking = server()
        .config(dialogue::Config { path: "/live".into(), ..dialogue::Config::default() })
        .authenticate(async |handshake: dialogue::Handshake| {
            let header = handshake.headers().get("x-team").and_then(|team| team.to_str().ok()).unwrap_or_default();
            Ok(dialogue::Identity::new(format!("{header}/{}", handshake.query("room").unwrap_or_default())))
        });
    let server = TestServer::with(looking).await;
    let address = format!("ws://{}?room=blue", server.address());
    let client = Client::builder(address).path("/live/").header("x-team", "red").connect().await.unwrap();
    assert_eq!(client.user_id(), "red/blue");
    server.stop().await;
}

#[tokio::test]
async fn messages_outside_of_rooms_are_heard_by_name() {
    let greeting = server().on_connected(async |client: dialogue::Client| {
        client.send("app:greeting", &json!(["hello", client.user_id()])).unwrap();
    });
    let server = TestServer::with(greeting).await;
    let client = connect(&server, "alice").await;
    client.list_rooms().await.unwrap();
    let (callback, mut greetings) = ear!();
    client.on_message::<Vec<String>, _, _>("app:greeting", callback);
    assert_eq!(greetings.next().await, ["hello", "alice"], "it came before anybody listened");
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    let (callback, mut numbers) = ear!();
    client.on_message::<u64, _, _>("app:number", callback);
    server.dialogue.broadcast("app:number", "no number").unwrap();
    server.dialogue.broadcast("app:number", &7).unwrap();
    assert_eq!(numbers.next().await, 7);
    assert!(errors.next().await.to_string().starts_with("`app:number` does not decode as the type of its callback"));
    server.stop().await;
}

#[tokio::test]
async fn a_join_by_the_server_is_the_clients_own_when_it_joins() {
    let seating = server().on_connected(async |client: dialogue::Client| {
        client.join(Clock).await.unwrap();
    });
    let server = TestServer::with(seating).await;
    let client = connect(&server, "alice").await;
    client.list_rooms().await.unwrap();
    for n in 1..=3 {
        server.dialogue.trigger(Clock, Tick { n }).await.unwrap();
    }
    let clock = client.join(Clock).await.unwrap();
    let mut ticks = clock.events::<Tick>();
    server.dialogue.trigger(Clock, Tick { n: 4 }).await.unwrap();
    for n in 1..=4 {
        assert_eq!(soon(ticks.next()).await.unwrap().unwrap().data.n, n);
    }
    server.stop().await;
}

#[tokio::test]
async fn callbacks_may_call_back_and_panic() {
    let server = TestServer::with(server()).await;
    let client = connect(&server, "alice").await;
    let room = client.join(General).await.unwrap();
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    let mut typing = room.events::<Typing>();
    room.subscribe::<Typing>().await.unwrap();
    let back = Arc::new(room.clone());
    room.on(async move |msg: EventMessage<Message>| {
        assert_ne!(msg.data.text, "panic");
        back.trigger(Typing { is_typing: true }).await.unwrap();
    });
    room.trigger(message("panic")).await.unwrap();
    assert_eq!(errors.next().await.to_string(), "a callback of `message` panicked");
    room.trigger(message("hi")).await.unwrap();
    assert!(soon(typing.next()).await.unwrap().unwrap().data.is_typing, "it hears the next one all the same");
    server.stop().await;
}

#[tokio::test]
async fn who_does_not_keep_up_is_told_and_nobody_waits() {
    let server = TestServer::with(server()).await;
    let client = builder(server.address(), "alice").queue(10).connect().await.unwrap();
    let clock = client.join(Clock).await.unwrap();
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    let (entered, mut has_entered) = ear();
    clock.on(async move |msg: EventMessage<Tick>| {
        entered(msg.data.n);
        std::future::pending::<()>().await;
    });
    let mut lazy = clock.events::<Tick>();
    for n in 1..=100 {
        clock.trigger(Tick { n }).await.unwrap();
    }
    assert_eq!(has_entered.next().await, 1);
    let mut next = async || soon(lazy.next()).await.unwrap().map(|msg| msg.data.n);
    for n in 1..=10 {
        assert_eq!(next().await, Ok(n));
    }
    assert_eq!(next().await, Err(StreamError::Lagged(90)));
    clock.trigger(Tick { n: 101 }).await.unwrap();
    assert_eq!(next().await, Ok(101));
    assert!(errors.is_empty(), "the callback has not come so far");

    let (callback, mut typed) = ear!();
    let slow = client.join(Sandbox).await.unwrap();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let (passes, says) = (Arc::clone(&gate), callback);
    slow.on_any(async move |msg: EventMessage<Value>| {
        passes.acquire().await.unwrap().forget();
        says(msg.data).await;
    });
    for n in 0..50 {
        slow.trigger_named("n", &n).await.unwrap();
    }
    gate.add_permits(100);
    assert_eq!(typed.next().await, json!(0));
    let lagged = errors.next().await.to_string();
    assert!(lagged.starts_with("a callback of `*` is too slow: "), "{lagged}");
    server.stop().await;
}

#[tokio::test]
async fn a_thousand_joins_and_leaves_leave_nothing_behind() {
    let server = TestServer::with(server()).await;
    let client = connect(&server, "alice").await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    for number in 0..1000 {
        let room = client.join(Match { number: number % 3 }).await.unwrap();
        room.on(async |_: EventMessage<Move>| {});
        let _moves = room.events::<Move>();
        room.leave().await.unwrap();
    }
    soon(async {
        while tasks() > before {
            tokio::task::yield_now().await;
        }
    })
    .await;
    client.disconnect().await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn many_requests_at_once_are_all_answered() {
    let server = TestServer::with(server()).await;
    let clock = connect(&server, "alice").await.join(Clock).await.unwrap();
    let triggers = (0..1000).map(|n| clock.trigger(Tick { n }).into_future());
    let receipts = futures_util::future::try_join_all(triggers).await.unwrap();
    assert_eq!(receipts.len(), 1000, "more than the server queues wait at the client");
    server.stop().await;
}

#[test]
fn nothing_of_a_server_is_in_the_tree() {
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--package", "dialogue-client", "--edges", "normal", "--prefix", "none", "--offline"])
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.contains("tokio-tungstenite"), "{tree}");
    for server in ["axum", "engineioxide", "hyper", "tower"] {
        assert!(!tree.lines().any(|line| line.split(' ').next() == Some(server)), "{server}");
    }
}
