//! The runtime: all that needs tokio, axum and engineioxide.

mod builder;
mod client;
mod clients;
mod config;
mod dialogue;
mod dispatch;
mod handlers;
mod hooks;
mod http;
mod membership;
mod outbox;
mod publish;
mod queue;
mod room;
mod shared;
mod state;
mod subscription;
mod transport;
mod trigger;

pub use builder::DialogueBuilder;
pub use client::Client;
pub use config::Config;
pub use dialogue::{Dialogue, Server};
pub use publish::Receipt;
pub use room::RoomHandle;
pub use subscription::Subscription;
pub use trigger::Trigger;
