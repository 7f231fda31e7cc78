use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[validate(custom(function = is_polite))]
    text: String,
    #[validate(custom(function = is_kind))]
    title: String,
}

fn is_polite(text: &str) -> bool {
    !text.is_empty()
}

fn main() {}
