use dialogue::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

#[derive(Serialize, Deserialize, Event)]
#[event(name = "message")]
struct ChatMessage;

#[derive(Serialize, Deserialize, Event)]
struct Typing;

dialogue::rooms! {
    pub Lobby { events: [Typing, Message], server_events: [ChatMessage] }
}

fn main() {}
