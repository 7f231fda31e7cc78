use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(length(min = "1"))]
    text: String,
    #[validate(length(max = -5))]
    title: String,
    #[validate(range(max = 1.5))]
    number: u32,
    #[validate(range(min = "0"))]
    share: Option<f64>,
}

fn main() {}
