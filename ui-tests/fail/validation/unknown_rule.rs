use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(lenght(min = 1))]
    text: String,
    #[validate(positive)]
    number: i32,
}

fn main() {}
