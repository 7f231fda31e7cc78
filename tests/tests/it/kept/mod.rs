//! What a server keeps, within which bounds, and for whom: ids of messages, history, and what a store takes over.

#![allow(missing_docs, unreachable_pub, reason = "these are the events and rooms of a test")]

mod cleanup;
mod message_ids;
mod retention;
mod store;

use std::time::Duration;

use dialogue::{Config, Event};
use dialogue_tests::{Peer, TestServer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

dialogue::rooms! {
    pub General { events: [Post, Like] }

    pub News { events: [Post, Like], sync_history_on_join: 6 }

    pub Table {
        id: "table:{name:String}",
        events: [Post, Like],
        sync_history_on_join: 6,
        open: on_join,
        close_when_empty: true,
    }
}

/// No test of what is kept is about how often one may ask for it.
fn config() -> Config {
    Config { history_rate: None, join_rate: None, ..Config::default() }
}

/// The numbers in a list of envelopes.
fn numbers(events: &Value) -> Vec<u64> {
    events.as_array().unwrap().iter().map(|event| event["data"]["n"].as_u64().unwrap()).collect()
}

async fn get(peer: &mut Peer, request: Value) -> Vec<u64> {
    let answer = peer.request("dialogue:getHistory", request).await;
    assert_eq!(answer["ok"], true, "{answer}");
    numbers(&answer["events"])
}

/// The numbers of the posts of a room, from `start` to `end`.
async fn posts(peer: &mut Peer, room: &str, start: usize, end: usize) -> Vec<u64> {
    get(peer, json!({ "roomId": room, "eventName": "post", "start": start, "end": end })).await
}

async fn post(server: &TestServer, room: &str, numbers: std::ops::RangeInclusive<u64>) {
    for n in numbers {
        server.dialogue.trigger(room, Post { n }).await.unwrap();
    }
}

/// Waits until something is so.
async fn becomes(what: &str, mut is: impl FnMut() -> bool) {
    let is_so = async {
        while !is() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), is_so).await.unwrap_or_else(|_elapsed| panic!("{what}"));
}
