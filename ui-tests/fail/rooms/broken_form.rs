use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Lobby { events = [Message], max_size: 5 }

    pub Hall { events: [Message] max_size: 5 }

    pub Stage { events: [Message], max_size: }

    pub Yard { events, max_size: 5 }
}

fn main() {}
