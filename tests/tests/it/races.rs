//! What happens when two things happen at once: rooms that change hands, hooks that misbehave, futures that are dropped,
//! and a stop in the middle of it all.

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use dialogue::history::Evicted;
use dialogue::{
    Client, Config, Dialogue, DialogueBuilder, Handshake, Identity, NewRoom, PendingEvent, PublishedEvent, Room,
};
use dialogue_tests::rooms::{General, Message, Note, ROOMS};
use dialogue_tests::{Frame, Peer, TestServer, Transport};
use futures_util::FutureExt as _;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};

fn builder() -> DialogueBuilder {
    Dialogue::builder().rooms(ROOMS)
}

/// A place where a hook waits until the test lets it go on.
#[derive(Clone)]
struct Gate {
    arrived: mpsc::UnboundedSender<()>,
    open: Arc<Semaphore>,
}

impl Gate {
    fn new() -> (Self, mpsc::UnboundedReceiver<()>) {
        let (arrived, arrivals) = mpsc::unbounded_channel();
        (Self { arrived, open: Arc::new(Semaphore::new(0)) }, arrivals)
    }

    async fn pass(&self) {
        self.arrived.send(()).unwrap();
        self.open.acquire().await.unwrap().forget();
    }

    fn lets_one_pass(&self) {
        self.open.add_permits(1);
    }
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "a bug in a destructor");
    }
}

/// Runs a future on a thread that no runtime drives.
fn without_a_runtime<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let run = move || {
        let mut future = std::pin::pin!(future);
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(value) => return value,
                Poll::Pending => std::thread::park(),
            }
        }
    };
    std::thread::spawn(run).join().expect("it does not panic")
}

#[tokio::test]
async fn a_room_and_its_successor_are_announced_in_the_order_of_their_lives() {
    let (gate, mut arrivals) = Gate::new();
    let at_the_end = gate.clone();
    let left = async move |_: Client, _: Room| at_the_end.pass().await;
    let server = TestServer::with(builder().on_left(left)).await;
    let dialogue = server.dialogue.clone();
    let project = || NewRoom::new("project", "Project").event::<Message>();
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    dialogue.create_room(project()).await.unwrap();
    let first = alice.expect("dialogue:roomCreated").await["epoch"].clone();
    assert_eq!(bob.expect("dialogue:roomCreated").await["epoch"], first);
    assert_eq!(alice.join("project").await["epoch"], first);

    let deleting = tokio::spawn({
        let dialogue = dialogue.clone();
        async move { dialogue.delete_room("project").await }
    });
    // A member has left, and the hook that is told takes its time. Everyone has been told already.
    arrivals.recv().await.unwrap();
    for peer in [&mut alice, &mut bob] {
        let deleted = peer.expect("dialogue:roomDeleted").await;
        assert_eq!((&deleted["roomId"], &deleted["epoch"]), (&json!("project"), &first));
    }
    dialogue.create_room(project()).await.unwrap();
    let second = alice.expect("dialogue:roomCreated").await["epoch"].clone();
    assert_ne!(first, second);
    assert_eq!(bob.expect("dialogue:roomCreated").await["epoch"], second);
    assert_eq!(alice.join("project").await["epoch"], second);
    gate.lets_one_pass();
    deleting.await.unwrap().unwrap();
    alice.is_silent().await;
    bob.is_silent().await;
    gate.lets_one_pass();
    server.stop().await;
}

#[tokio::test]
async fn who_joins_a_successor_has_heard_of_the_end_before() {
    let server = TestServer::with(builder()).await;
    let dialogue = &server.dialogue;
    let mut alice = server.connect("alice").await;
    for _ in 0..50 {
        dialogue.create_room(NewRoom::new("project", "Project").event::<Message>()).await.unwrap();
        let joined = alice.request("dialogue:join", json!({ "roomId": "project" })).await;
        let created = alice.expect("dialogue:roomCreated").await;
        assert_eq!(joined["epoch"], created["epoch"]);
        dialogue.delete_room("project").await.unwrap();
        assert_eq!(alice.expect("dialogue:roomDeleted").await["epoch"], joined["epoch"]);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_hook_that_panics_while_it_is_dropped_harms_nobody() {
    let hangs = async |_: Client, _: Room| {
        let _bomb = Bomb;
        std::future::pending::<()>().await;
        Ok(())
    };
    let limited = Config { hook_timeout: Duration::from_millis(20), ..Config::default() };
    let server = TestServer::with(builder().config(limited).before_join(hangs)).await;
    let mut alice = server.connect("alice").await;
    for _ in 0..3 {
        let answer = alice.request("dialogue:join", json!({ "roomId": "general" })).await;
        assert_eq!(answer["error"]["code"], "INTERNAL", "{answer}");
    }
    let client = server.dialogue.clients().remove(0);
    client.join(General).await.unwrap();
    server.dialogue.on(General, async |_: dialogue::EventMessage<Message>| {
        let _bomb = Bomb;
        std::future::pending::<()>().await;
    });
    for text in ["a", "b"] {
        alice.trigger("general", "message", json!({ "text": text, "senderId": "a" })).await;
    }
    alice.vanish();
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handles_work_from_any_thread() {
    let server = TestServer::with(builder()).await;
    let dialogue = server.dialogue.clone();
    let mut alice = server.connect("alice").await;
    let client = dialogue.clients().remove(0);
    without_a_runtime({
        let (dialogue, client) = (dialogue.clone(), client.clone());
        async move {
            client.join(General).await.unwrap();
            client.subscribe::<Note>(General).unwrap();
            dialogue.trigger(General, Note { n: 1 }).await.unwrap();
            assert_eq!(dialogue.room(General).history::<Note>(0..10).await.unwrap().len(), 1);
            client.leave(General).await.unwrap();
            dialogue.create_room(NewRoom::new("project", "Project").event::<Message>()).await.unwrap();
            dialogue.delete_room("project").await.unwrap();
            for number in 0..5000 {
                client.send("many", &number).unwrap();
                dialogue.broadcast("all", &number).unwrap();
            }
        }
    });
    alice.expect("dialogue:joined").await;
    alice.expect_event("note").await;
    alice.expect("dialogue:left").await;
    alice.expect("dialogue:roomCreated").await;
    alice.expect("dialogue:roomDeleted").await;
    for number in 0..5000 {
        assert_eq!(alice.expect("many").await, number);
        assert_eq!(alice.expect("all").await, number);
    }
    without_a_runtime(async move { client.disconnect() });
    alice.ended().await;
    server.becomes_idle().await;
    without_a_runtime({
        let dialogue = dialogue.clone();
        async move { dialogue.stop().await }
    });
    server.stop().await;
}

#[tokio::test]
async fn an_event_that_was_never_sent_is_missed() {
    let seats = async |client: Client| client.join(General).await.unwrap();
    let server = TestServer::with(builder().on_connected(seats)).await;
    let dialogue = &server.dialogue;
    let mut alice = server.connect("alice").await;
    let epoch = alice.expect("dialogue:joined").await["epoch"].clone();
    let client = dialogue.clients().remove(0);
    let say = async |n: u64| dialogue.trigger(General, Note { n }).await.unwrap();
    say(1).await;
    client.unsubscribe::<Note>(General).unwrap();
    say(2).await;
    client.subscribe::<Note>(General).unwrap();
    say(3).await;
    let resume = json!({ "roomId": "general", "resume": { "epoch": epoch, "offset": 0 } });
    let answer = alice.ask("dialogue:join", resume);
    assert_eq!(alice.expect_event("note").await["n"], 1);
    assert_eq!(alice.expect_event("note").await["n"], 3);
    let answer = alice.answer(answer).await;
    assert_eq!((&answer["resumed"], &answer["missed"]), (&json!(true), &json!(1)), "{answer}");
    assert_eq!(alice.expect_event("note").await["n"], 2);
    alice.is_silent().await;
    server.stop().await;
}

#[tokio::test]
async fn a_dropped_trigger_has_its_after_hooks() {
    let (gate, mut arrivals) = Gate::new();
    let (published, mut heard) = mpsc::unbounded_channel();
    let before = gate.clone();
    let builder = builder()
        .before_each(async move |event: PendingEvent| {
            before.pass().await;
            Ok(event)
        })
        .after_each(async move |event: PublishedEvent| published.send(event.event().to_owned()).unwrap());
    let server = TestServer::with(builder).await;
    let mut trigger = server.dialogue.trigger(General, Message::new("hi")).into_future();
    assert!((&mut trigger).now_or_never().is_none());
    arrivals.recv().await.unwrap();
    drop(trigger);
    gate.lets_one_pass();
    assert_eq!(heard.recv().await.as_deref(), Some("message"));
    server.stop().await;
}

#[tokio::test]
async fn a_dropped_stop_comes_to_its_end() {
    let (stored, mut heard) = mpsc::unbounded_channel();
    let cleanup = async move |evicted: Evicted| {
        stored.send(evicted.events.len()).unwrap();
        Ok(())
    };
    let server = TestServer::with(builder().on_cleanup(cleanup)).await;
    let alice = server.connect("alice").await;
    server.dialogue.trigger(General, Note { n: 1 }).await.unwrap();
    assert!(server.dialogue.stop().now_or_never().is_none());
    assert_eq!(heard.recv().await, Some(1));
    alice.ended().await;
    server.stop().await;
}

#[tokio::test]
async fn who_connects_during_a_stop_is_cut_off_and_not_refused() {
    for transport in Transport::ALL {
        let (gate, mut arrivals) = Gate::new();
        let before = gate.clone();
        let authenticate = async move |_: Handshake| {
            before.pass().await;
            Ok(Identity::new("alice"))
        };
        let server = TestServer::with(builder().authenticate(authenticate)).await;
        let mut alice = Peer::open(server.address(), transport);
        alice.send_raw("40{}");
        arrivals.recv().await.unwrap();
        let stopping = tokio::spawn(server.stop());
        // The stop has begun when it waits for this hook; before that it was not polled.
        tokio::task::yield_now().await;
        gate.lets_one_pass();
        let frame = alice.frame().await;
        assert!(matches!(frame, Frame::Disconnected), "{transport:?}: {frame:?}");
        stopping.await.unwrap();
    }
}

#[tokio::test]
async fn what_is_acknowledged_during_a_stop_reaches_every_member() {
    let (gate, mut arrivals) = Gate::new();
    let (gone, mut ending) = mpsc::unbounded_channel();
    let before = gate.clone();
    let builder = builder()
        .before_each(async move |event: PendingEvent| {
            before.pass().await;
            Ok(event)
        })
        .on_disconnected(async move |client: Client| gone.send(client.user_id().to_string()).unwrap());
    let server = TestServer::with(builder).await;
    let (mut alice, mut bob) = (server.connect("alice").await, server.connect("bob").await);
    alice.join("general").await;
    bob.join("general").await;
    let answer = alice.ask(
        "dialogue:trigger",
        json!({ "roomId": "general", "event": "message", "data": { "text": "hi", "senderId": "a" } }),
    );
    arrivals.recv().await.unwrap();
    let stopping = tokio::spawn(server.stop());
    assert_eq!(ending.recv().await.as_deref(), Some("bob"), "nothing of him is left to do");
    gate.lets_one_pass();
    assert_eq!(alice.answer(answer).await["ok"], true);
    assert_eq!(bob.expect_event("message").await["text"], "hi");
    bob.ended().await;
    stopping.await.unwrap();
}

#[tokio::test]
async fn who_was_removed_while_a_hook_decided_says_nothing() {
    let (gate, mut arrivals) = Gate::new();
    let before = gate.clone();
    let builder = builder().before_each(async move |event: PendingEvent| {
        before.pass().await;
        Ok(event)
    });
    let server = TestServer::with(builder).await;
    let (mut alice, mut bob) = (server.connect("alice").await, server.connect("bob").await);
    alice.join("general").await;
    bob.join("general").await;
    let answer = alice.ask(
        "dialogue:trigger",
        json!({ "roomId": "general", "event": "message", "data": { "text": "hi", "senderId": "a" } }),
    );
    arrivals.recv().await.unwrap();
    server.dialogue.clients_of("alice").remove(0).leave(General).await.unwrap();
    gate.lets_one_pass();
    let answer = alice.answer(answer).await;
    assert_eq!(answer["error"]["code"], "NOT_IN_ROOM", "{answer}");
    bob.is_silent().await;
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_sent_before_connected() {
    let (gate, mut arrivals) = Gate::new();
    let before = gate.clone();
    let authenticate = async move |_: Handshake| {
        before.pass().await;
        Ok(Identity::new("alice"))
    };
    let small = Config { max_request_queue_bytes: 4000, ..Config::default() };
    let server = TestServer::with(builder().config(small).authenticate(authenticate)).await;
    let mut alice = Peer::open(server.address(), Transport::WebSocket);
    alice.send_raw("40{}");
    arrivals.recv().await.unwrap();
    for _ in 0..200 {
        alice.emit("dialogue:join", json!({ "roomId": "x".repeat(200) }));
    }
    let frame = alice.frame().await;
    assert!(matches!(frame, Frame::Disconnected), "{frame:?}");
    gate.lets_one_pass();
    server.becomes_idle().await;
    server.stop().await;
}
