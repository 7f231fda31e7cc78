use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(name = "message", name = "chat")]
struct Message;

#[derive(Serialize, Deserialize, Event)]
#[event(volatile)]
#[event(history = 5, volatile)]
struct Typing;

fn main() {}
