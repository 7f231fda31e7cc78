use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(history = "50")]
struct Message;

#[derive(Serialize, Deserialize, Event)]
#[event(name = 5)]
struct Notice;

#[derive(Serialize, Deserialize, Event)]
#[event(volatile = true)]
struct Typing;

#[derive(Serialize, Deserialize, Event)]
#[event(history)]
struct Move;

#[derive(Serialize, Deserialize, Event)]
#[event(history = -1)]
struct Resigned;

fn main() {}
