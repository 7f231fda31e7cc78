use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Lobby { events: [Message], max_size: 5, events: [], max_size: 6 }
}

fn main() {}
