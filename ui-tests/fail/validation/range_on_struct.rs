use dialogue::Event;
use serde::{Deserialize, Serialize};

type Name = String;

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(range(min = 1))]
    name: Name,
    #[validate(range(min = 1))]
    urgent: bool,
}

fn main() {}
