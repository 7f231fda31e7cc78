use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Position {
    x: f64,
}

#[derive(Serialize, Deserialize, Event)]
struct Moved {
    #[validate(nested)]
    to: Position,
    #[validate(nested)]
    path: Vec<Position>,
}

fn main() {}
