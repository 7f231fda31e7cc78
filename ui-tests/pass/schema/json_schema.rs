//! The feature `schema` is on: without it this does not compile.

use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Move {
    #[validate(range(min = 0, max = 9))]
    x: i64,
}

dialogue::rooms! {
    pub Board { events: [Move] }
}

fn main() {
    let schema = dialogue::json_schema(ROOMS).to_string();
    assert!(schema.contains(r#""maximum":9"#), "{schema}");
}
