use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(length)]
    text: String,
    #[validate(length())]
    title: String,
    #[validate(range(message = "wrong"))]
    number: u32,
    #[validate(length(equal = 3, max = 5))]
    code: String,
}

fn main() {}
