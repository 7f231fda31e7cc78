use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(nmae = "message", history = 50, history = 100, name = "dialogue:message")]
struct Message {
    #[validate(lenght(min = 1))]
    text: String,
    #[validate(required)]
    #[validate(range)]
    number: u32,
}

fn main() {}
