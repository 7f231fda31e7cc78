//! The events and rooms of most tests.

#![allow(missing_docs, reason = "they speak for themselves")]

use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    #[validate(length(min = 1, max = 1000))]
    pub text: String,
    pub sender_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
}

impl Message {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), sender_id: "server".into(), reply_to: None }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
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
#[event(history = 100)]
pub struct Note {
    pub n: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct Ping;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct Move {
    #[validate(range(min = 0, max = 9))]
    pub x: i64,
}

dialogue::rooms! {
    /// Public chat room for everyone.
    pub General {
        name: "General Chat",
        events: [Message, Typing, Note, Ping],
        server_events: [UserJoined],
        default_subscriptions: [Message, Note, Ping, UserJoined],
    }

    pub Duel { events: [Move], default_subscriptions: [*], max_size: 2 }

    pub Seat { events: [Move], max_size: 1 }

    pub Match {
        id: "match:{number:u64}",
        events: [Move],
        default_subscriptions: [*],
        max_size: 4,
        open: on_join,
        close_when_empty: true,
    }

    pub Table { id: "table:{name:String}", events: [Move], default_subscriptions: [Move] }

    pub Sandbox { events: [*], default_subscriptions: [*] }

    pub Announcements { events: [], server_events: [Message], default_subscriptions: [Message] }
}
