use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

#[derive(Serialize, Deserialize, Event)]
struct Typing;

dialogue::rooms! {
    pub Lobby { events: [Message], default_subscriptions: [Message, Typing] }

    pub Hall { events: [Typing, Message], default_subscriptions: [Mesage] }
}

fn main() {}
