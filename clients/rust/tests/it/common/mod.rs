//! Events, rooms and helpers of the tests.

#![allow(unreachable_pub, reason = "these are the events and rooms of the tests")]

pub mod fake;
pub mod proxy;

use std::net::SocketAddr;
use std::time::Duration;

use dialogue::{Dialogue, DialogueBuilder, Event};
use dialogue_client::{Client, ClientBuilder, Reconnect, State};
use dialogue_tests::TestServer;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(history = 100)]
pub struct Message {
    #[validate(length(min = 1, max = 1000))]
    pub text: String,
    pub reply_to: Option<String>,
}

pub fn message(text: impl Into<String>) -> Message {
    Message { text: text.into(), reply_to: None }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(volatile)]
pub struct Typing {
    pub is_typing: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "user:joined")]
pub struct UserJoined {
    pub username: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 10_000)]
pub struct Tick {
    pub n: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 5)]
pub struct Short {
    pub n: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct Move {
    #[validate(range(min = 0, max = 9))]
    pub x: i64,
}

dialogue::rooms! {
    pub General {
        name: "General Chat",
        events: [Message, Typing],
        server_events: [UserJoined],
        default_subscriptions: [Message, UserJoined],
        sync_history_on_join: 10,
    }

    pub Clock { events: [Tick], default_subscriptions: [*] }

    pub Brief { events: [Short], default_subscriptions: [*] }

    pub Duel { events: [Move], default_subscriptions: [*], max_size: 1 }

    pub Match {
        id: "match:{number:u64}",
        events: [Move],
        default_subscriptions: [*],
        open: on_join,
        close_when_empty: true,
    }

    pub Sandbox { events: [*], default_subscriptions: [*] }
}

/// A server with all rooms.
pub fn server() -> DialogueBuilder {
    Dialogue::builder().rooms(ROOMS)
}

/// A client that comes back at once.
pub fn builder(address: SocketAddr, user: &str) -> ClientBuilder {
    let at_once = Reconnect { min: Duration::from_millis(1), max: Duration::from_millis(20), ..Reconnect::default() };
    Client::builder(format!("http://{address}")).auth(json!({ "userId": user })).reconnect(at_once)
}

/// A connected client.
pub async fn connect(server: &TestServer, user: &str) -> Client {
    builder(server.address(), user).connect().await.expect("the server lets it in")
}

/// Waits for something that must come. The limit is only reached when the test fails.
#[track_caller]
pub fn soon<T>(something: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let limit = Duration::from_secs(30);
        let done = tokio::time::timeout(limit, Box::pin(something)).await;
        done.unwrap_or_else(|_elapsed| panic!("what is awaited at {caller} did not come"))
    }
}

/// Waits until the client is in this state.
pub async fn becomes(client: &Client, state: State) {
    let mut states = client.state_changes();
    soon(async { while states.next().await.expect("the client has not ended") != state {} }).await;
}

/// What a callback hears, one after the other.
#[derive(Debug)]
pub struct Heard<T>(UnboundedReceiver<T>);

impl<T> Heard<T> {
    #[track_caller]
    pub fn next(&mut self) -> impl Future<Output = T> {
        let next = soon(self.0.recv());
        async move { next.await.expect("the callback is there") }
    }

    /// Nothing has been heard that was not taken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A callback that tells what it hears.
macro_rules! ear {
    () => {{
        let (said, heard) = $crate::common::ear();
        (async move |thing| said(thing), heard)
    }};
}

pub fn ear<T: Send + 'static>() -> (impl Fn(T) + Clone + Send + Sync + 'static, Heard<T>) {
    let (said, heard) = unbounded_channel();
    let say = move |thing| {
        let _test_is_over = said.send(thing);
    };
    (say, Heard(heard))
}
