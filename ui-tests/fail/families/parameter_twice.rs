use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Match { id: "match:{number:u64}:{number:u8}", events: [Message] }
}

fn main() {}
