use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Lobby { events: [Message] }

    pub Hall { id: "lobby", events: [Message] }
}

fn main() {}
