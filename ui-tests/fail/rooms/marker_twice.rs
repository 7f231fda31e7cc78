use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

#[derive(Serialize, Deserialize, Event)]
struct Typing;

dialogue::rooms! {
    pub Lobby { events: [Message] }

    pub Lobby { id: "lobby-2", events: [Typing] }
}

fn main() {}
