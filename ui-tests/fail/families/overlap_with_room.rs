use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Match { id: "match:{name:String}", events: [Message] }

    pub Final { id: "match:final", events: [Message] }
}

fn main() {}
