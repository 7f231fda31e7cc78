use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(length(min, max = 5))]
    text: String,
    #[validate(email = "strict")]
    email: String,
    #[validate(length = 5)]
    name: String,
    #[validate(length(min = ))]
    title: String,
    #[validate(range(5))]
    number: u8,
}

fn main() {}
