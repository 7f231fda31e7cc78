use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub A { events: [Message], max_size: "500" }
    pub B { events: [Message], name: 5 }
    pub C { events: Message }
    pub D { events: ["message"] }
    pub E { events: [Message], sync_history_on_join: "all" }
    pub F { id: "f:{n:u8}", events: [Message], open: sometimes }
    pub G { id: "g:{n:u8}", events: [Message], close_when_empty: 1 }
    pub H { id: h, events: [Message] }
    pub I { events: [Message], max_size: -1 }
    pub J { id: "j:{n:u8}", events: [Message], open: true }
    pub K { events: [Message], default_subscriptions: "*" }
    pub L { events: [Message { text: String }] }
    pub M { events: * }
    pub N { events: [Message], trigger: everyone }
    pub O { events: [Message], trigger: "members" }
}

fn main() {}
