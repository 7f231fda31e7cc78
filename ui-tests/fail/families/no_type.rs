use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Match { id: "match:{number}", events: [Message] }

    pub Board { id: "board:{}", events: [Message] }

    pub Project { id: "project:{2d:u8}", events: [Message] }

    pub Task { id: "task:{fn:u8}", events: [Message] }
}

fn main() {}
