use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate]
    text: String,
    #[validate()]
    title: String,
    #[validate = "length"]
    body: String,
}

fn main() {}
