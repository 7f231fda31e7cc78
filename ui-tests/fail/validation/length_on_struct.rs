use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Position {
    x: f64,
}

type Count = u32;

#[derive(Serialize, Deserialize, Event)]
struct Moved {
    #[validate(length(max = 3))]
    to: Position,
    #[validate(length(max = 3))]
    count: Count,
}

fn main() {}
