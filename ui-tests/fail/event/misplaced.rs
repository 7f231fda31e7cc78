use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    #[event(history = 50)]
    text: String,
}

#[derive(Serialize, Deserialize, Event)]
#[validate(length(min = 1))]
struct Notice(String);

#[derive(Serialize, Deserialize, Event)]
enum Shape {
    #[event(volatile)]
    Circle { radius: f64 },
    #[validate(range(min = 1))]
    Square(f64),
}

fn main() {}
