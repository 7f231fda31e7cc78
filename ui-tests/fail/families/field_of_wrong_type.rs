use dialogue::{Event, room::RoomRef};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Match { id: "match:{number:u64}", events: [Message] }
}

fn main() {
    println!("{}", Match { number: "7" }.id());
    println!("{}", Match.id());
}
