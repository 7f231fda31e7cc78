use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Lobby { events: [Message], open: on_join, close_when_empty: true }
}

fn main() {}
