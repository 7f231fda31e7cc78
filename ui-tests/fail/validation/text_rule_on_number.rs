use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Contact {
    #[validate(email)]
    email: u32,
    #[validate(url)]
    url: Vec<String>,
    #[validate(contains(pattern = "x"))]
    number: Option<i8>,
}

fn main() {}
