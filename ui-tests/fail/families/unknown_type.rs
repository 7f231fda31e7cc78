use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Match { id: "match:{number:u46}", events: [Message] }

    pub Board { id: "board:{number:usize}", events: [Message] }

    pub Project { id: "project:{id:str}", events: [Message] }
}

fn main() {}
