use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Register {
    age: u32,
    #[validate(must_match(other = "age"))]
    confirmation: String,
}

fn main() {}
