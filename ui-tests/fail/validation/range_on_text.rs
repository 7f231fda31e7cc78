use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(range(min = 1))]
    text: String,
    #[validate(range(max = 5))]
    tags: Vec<String>,
}

fn main() {}
