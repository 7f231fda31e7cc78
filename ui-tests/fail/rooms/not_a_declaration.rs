use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Lobby: [Message]

    pub struct Hall { events: [Message] }

    #[derive(Debug)]
    pub Stage { events: [Message] }

    "yard" { events: [Message] }
}

fn main() {}
