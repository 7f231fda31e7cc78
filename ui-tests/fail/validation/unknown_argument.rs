use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(length(min = 1, maximum = 5))]
    text: String,
    #[validate(range(mn = 1, max = 5))]
    number: i32,
    #[validate(email(strict = true))]
    email: String,
}

fn main() {}
