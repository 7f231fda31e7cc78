use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Match { id: "match:{number:u64}", events: [Message], open: on_join }

    pub Race { id: "race:{number:u64}", events: [Message], open: on_join, close_when_empty: false }

    pub Game { id: "game:{number:u64}", events: [Message], open: on_join, close_when_empty: true, keep: true }

    pub Project { id: "project:{name:String}", events: [Message], open: server, keep: true }

    pub Table { id: "table:{name:String}", events: [Message], keep: false }

    pub Lobby { events: [Message], keep: true }

    pub Hall { id: "hall:{n:u8}", events: [Message], open: on_join, keeps: true }
}

fn main() {}
