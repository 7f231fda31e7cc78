use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

#[derive(Serialize, Deserialize)]
struct Position {
    x: f64,
}

dialogue::rooms! {
    pub Lobby { events: [Message, Position], server_events: [String], default_subscriptions: [Position] }
}

fn main() {}
