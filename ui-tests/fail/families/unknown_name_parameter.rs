use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Match { id: "match:{number:u64}", name: "Match {nubmer}", events: [Message] }

    pub Board { id: "board:{name:String}", name: "Board {name", events: [Message] }

    pub Lobby { name: "Lobby {number}", events: [Message] }
}

fn main() {}
