use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(histroy = 50)]
struct Message;

#[derive(Serialize, Deserialize, Event)]
#[event(persistent, volatile)]
struct Typing;

fn main() {}
