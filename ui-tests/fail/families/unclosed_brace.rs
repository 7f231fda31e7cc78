use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Match { id: "match:{number:u64", events: [Message] }

    pub Board { id: "board:number}", events: [Message] }
}

fn main() {}
