use dialogue::Event;
use serde::Serialize;

#[derive(Serialize, Event)]
struct Message {
    text: String,
}

fn main() {}
