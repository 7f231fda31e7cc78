use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Lobby { id: "dialogue:lobby", events: [Message] }

    pub Hall { id: "", events: [Message] }

    pub Stage { name: " ", events: [Message] }
}

fn main() {}
