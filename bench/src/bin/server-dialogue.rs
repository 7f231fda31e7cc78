//! The same job as that of `server-raw`, with the framework: rooms and events are declared, and all that a client sends
//! is checked. With `--full`, messages are remembered too, and hooks see each one.

use axum::Router;
use bench_server::{HISTORY_ROOMS, PING_INTERVAL, ServerOptions};
use clap::Parser;
use dialogue::{Config, Dialogue, DialogueBuilder, Event};
use serde::{Deserialize, Serialize};

#[derive(Debug, Parser)]
struct Options {
    #[command(flatten)]
    server: ServerOptions,

    /// Keeps a history of 100 messages in each room, and has a hook before and one after each message
    #[arg(long)]
    full: bool,

    /// With `--full`, so many further rooms with a past; after each message of a client, one is triggered in the next of them
    #[arg(long, default_value_t = 0)]
    shelves: usize,
}

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

/// The same rooms and messages as far as a client can tell, with all that an application may add.
mod full {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bench_server::EVENT;
    use dialogue::{Denied, Dialogue, DialogueBuilder, Event, PendingEvent, PublishedEvent};
    use serde::{Deserialize, Serialize};

    use super::Typing;

    #[derive(Debug, Serialize, Deserialize, Event)]
    #[event(history = 100)]
    #[serde(rename_all = "camelCase")]
    struct Message {
        #[validate(length(min = 1, max = 1000))]
        text: String,
        sender_id: String,
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

        Shelf { id: "shelf:{number:u64}", events: [Message] }
    }

    static DELIVERIES: AtomicUsize = AtomicUsize::new(0);

    static NEXT_SHELF: AtomicUsize = AtomicUsize::new(0);

    /// The least that hooks of an application would do.
    pub(super) fn set_up(builder: DialogueBuilder, shelves: usize) -> DialogueBuilder {
        let builder = builder.rooms(ROOMS).before_each(admit).after_each(count);
        if shelves == 0 { builder } else { builder.after_each(async move |sent| put_on_next(sent, shelves).await) }
    }

    /// Opens rooms, each with a message in it.
    pub(super) async fn fill(dialogue: &Dialogue, shelves: usize) -> anyhow::Result<()> {
        for number in 0..shelves {
            let id = format!("shelf:{number}");
            dialogue.open(id.as_str()).await?.trigger(message()).await?;
        }
        Ok(())
    }

    fn message() -> Message {
        Message { text: "x".repeat(100), sender_id: "server".to_owned() }
    }

    async fn put_on_next(sent: PublishedEvent, shelves: usize) {
        if sent.client().is_some() {
            let id = format!("shelf:{}", NEXT_SHELF.fetch_add(1, Ordering::Relaxed) % shelves);
            // All of them are open; a benchmark without them would show nothing.
            sent.dialogue().trigger(id.as_str(), message()).await.expect("the room is open");
        }
    }

    async fn admit(event: PendingEvent) -> Result<PendingEvent, Denied> {
        if event.event() == EVENT { Ok(event) } else { Err(Denied::because("messages only")) }
    }

    async fn count(sent: PublishedEvent) {
        DELIVERIES.fetch_add(sent.recipients(), Ordering::Relaxed);
    }
}

fn main() -> anyhow::Result<()> {
    let Options { server, full, shelves } = Options::parse();
    let builder = if full { full::set_up(Dialogue::builder(), shelves) } else { Dialogue::builder().rooms(ROOMS) };
    server.serve(async |options| {
        let (router, dialogue) = serve(builder, options)?;
        full::fill(&dialogue, shelves).await?;
        Ok((router, dialogue))
    })
}

fn serve(builder: DialogueBuilder, options: &ServerOptions) -> anyhow::Result<(Router, Dialogue)> {
    let mut config = Config { ping_interval: PING_INTERVAL, max_history_rooms: HISTORY_ROOMS, ..Config::default() };
    if let Some(packets) = options.buffer {
        config.max_queued_packets = packets;
    }
    let dialogue = builder.config(config).build()?;
    Ok((dialogue.router(), dialogue))
}
