//! What can be said in the chat, and where.

use dialogue::Event;
use serde::{Deserialize, Serialize};

/// Something that somebody says.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(history = 100)]
pub struct Message {
    /// What is said.
    #[validate(length(min = 1, max = 2000))]
    pub text: String,
    /// Who says it.
    #[validate(length(min = 1, max = 64))]
    pub sender_id: String,
    /// The text that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 2000))]
    pub reply_to: Option<String>,
}

/// Somebody has begun or ceased to write.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(volatile)]
pub struct Typing {
    /// Whether they are writing now.
    pub is_typing: bool,
}

/// Somebody has come.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(name = "user:joined")]
pub struct UserJoined {
    /// Who.
    pub user_id: String,
    /// Their name.
    pub username: String,
}

/// Somebody has left, with the last of their tabs.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(name = "user:left")]
pub struct UserLeft {
    /// Who.
    pub user_id: String,
}

dialogue::rooms! {
    /// Public chat room for everyone.
    pub General {
        name: "General Chat",
        events: [Message, Typing],
        server_events: [UserJoined, UserLeft],
        default_subscriptions: [*],
        sync_history_on_join: 50,
        max_size: 50,
    }
}
