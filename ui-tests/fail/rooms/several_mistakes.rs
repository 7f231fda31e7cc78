use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

#[derive(Serialize, Deserialize, Event)]
struct Typing;

dialogue::rooms! {
    pub Lobby {
        nme: "The lobby",
        events: [Message, Message],
        default_subscriptions: [Typing],
        max_size: 0,
    }

    pub Hall { id: "dialogue:hall", events: Message, open: on_join }

    pub Stage { id: "stage:{number:u46}", events: [Message], max_size: "5" }
}

fn main() {}
