use dialogue::Event;
use serde::Deserialize;

#[derive(Deserialize, Event)]
struct Message {
    text: String,
}

fn main() {}
