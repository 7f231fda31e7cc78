use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(length(min = 1, min = 5))]
    text: String,
}

fn main() {}
