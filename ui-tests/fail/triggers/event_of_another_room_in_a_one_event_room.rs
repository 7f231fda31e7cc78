use dialogue::{Dialogue, Event};
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

async fn typing(dialogue: &Dialogue) {
    dialogue.trigger(Desk, Typing).await.ok();
}

fn main() {}
