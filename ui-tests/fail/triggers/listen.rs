use dialogue::{Dialogue, Event, EventMessage};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

#[derive(Serialize, Deserialize, Event)]
struct Typing;

#[derive(Serialize, Deserialize, Event)]
struct Joined;

dialogue::rooms! {
    pub Lobby { events: [Message], server_events: [Joined] }

    pub Desk { events: [Message] }

    pub Match { id: "match:{number:u64}", events: [Message, Typing] }
}

fn listen(dialogue: &Dialogue) {
    dialogue.on(Lobby, async |msg: EventMessage<Typing>| drop(msg));
    dialogue.on(Desk, async |msg: EventMessage<Typing>| drop(msg));
}

fn main() {}
