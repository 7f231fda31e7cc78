use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Match { id: "match:{number:u64}-{side:u8}", events: [Message] }

    pub Board { id: "{x:u8}{y:u8}", events: [Message] }
}

fn main() {}
