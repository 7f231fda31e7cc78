use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event]
struct Message;

#[derive(Serialize, Deserialize, Event)]
#[event = "typing"]
struct Typing;

#[derive(Serialize, Deserialize, Event)]
#[event("notice")]
struct Notice;

fn main() {}
