use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(regex)]
    text: String,
    #[validate(contains)]
    title: String,
    #[validate(custom)]
    body: String,
    #[validate(must_match)]
    again: String,
}

fn main() {}
