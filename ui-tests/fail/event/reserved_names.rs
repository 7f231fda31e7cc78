use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(name = "dialogue:joined")]
struct Joined;

#[derive(Serialize, Deserialize, Event)]
#[event(name = "")]
struct Empty;

#[derive(Serialize, Deserialize, Event)]
#[event(name = "*")]
struct Anything;

#[derive(Serialize, Deserialize, Event)]
#[event(name = "two\nlines")]
struct TwoLines;

fn main() {}
