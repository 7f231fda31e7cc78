use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

#[derive(Serialize, Deserialize, Event)]
struct Typing;

dialogue::rooms! {
    pub Lobby { events: [Message, Typing, Message] }

    pub Hall { events: [Message, Typing], server_events: [Typing] }

    pub Stage { events: [Message], default_subscriptions: [Message, Message] }
}

fn main() {}
