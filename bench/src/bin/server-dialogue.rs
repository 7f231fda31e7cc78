//! The same job as that of `server-raw`, with the framework: rooms and events are declared, and all that a client sends
//! is checked.

use axum::Router;
use bench_server::{PING_INTERVAL, ServerOptions};
use clap::Parser as _;
use dialogue::{Config, Dialogue, Event};
use serde::{Deserialize, Serialize};

/// What all scenarios trigger.
#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[validate(length(min = 1, max = 1000))]
    text: String,
    sender_id: String,
}

/// A second event, so that subscriptions have something to tell apart.
#[derive(Debug, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
struct Typing {
    is_typing: bool,
}

dialogue::rooms! {
    Bench { events: [Message, Typing], default_subscriptions: [Message] }

    Echo {
        id: "echo:{number:u64}",
        events: [Message, Typing],
        default_subscriptions: [Message],
        open: on_join,
        close_when_empty: true,
    }

    Crowd { events: [Message, Typing] }

    Few { events: [Message, Typing] }
}

fn main() -> anyhow::Result<()> {
    ServerOptions::parse().serve(async |options| server(options))
}

fn server(options: &ServerOptions) -> anyhow::Result<(Router, Dialogue)> {
    let mut config = Config { ping_interval: PING_INTERVAL, ..Config::default() };
    if let Some(packets) = options.buffer {
        config.packets_per_client = packets;
    }
    let dialogue = Dialogue::builder().rooms(ROOMS).config(config).build()?;
    Ok((dialogue.router(), dialogue))
}
