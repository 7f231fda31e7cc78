use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(rate_limit = "10")]
struct NoWindow;

#[derive(Serialize, Deserialize, Event)]
#[event(rate_limit = "0/s")]
struct Never;

#[derive(Serialize, Deserialize, Event)]
#[event(rate_limit = 10)]
struct Number;

#[derive(Serialize, Deserialize, Event)]
#[event(rate_limit)]
struct Bare;

#[derive(Serialize, Deserialize, Event)]
#[event(rate_limits = "10/s")]
struct Typo;

fn main() {}
