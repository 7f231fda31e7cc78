use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Update<T> {
    value: T,
}

#[derive(Serialize, Deserialize, Event)]
struct Quote<'a> {
    text: &'a str,
}

#[derive(Serialize, Deserialize, Event)]
struct Board<const SIZE: usize>;

fn main() {}
