use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Match { id: "game:{number:u64}", events: [Message] }

    pub Board { id: "game:{name:String}", events: [Message] }
}

fn main() {}
