use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Lobby { evnts: [Message] }

    pub Hall { events: [Message], colour: "red", max_szie: 5 }
}

fn main() {}
