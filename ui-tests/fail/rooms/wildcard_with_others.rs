use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Lobby { events: [*, Message] }

    pub Hall { events: [Message], default_subscriptions: [Message, *] }

    pub Stage { events: [Message], server_events: [*] }
}

fn main() {}
