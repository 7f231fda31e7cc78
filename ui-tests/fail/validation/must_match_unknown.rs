use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Register {
    password: String,
    #[validate(must_match(other = "pasword"))]
    confirmation: String,
    #[validate(must_match(other = token))]
    code: String,
}

fn main() {}
