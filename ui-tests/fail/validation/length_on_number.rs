use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(length(min = 1))]
    number: u32,
    #[validate(length(max = 5))]
    maybe: Option<i64>,
}

fn main() {}
