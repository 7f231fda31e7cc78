use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

const SEATS: usize = 0;

dialogue::rooms! {
    pub Lobby { events: [Message], max_size: 0 }

    pub Hall { events: [Message], max_size: SEATS }
}

fn main() {}
