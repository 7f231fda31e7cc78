use dialogue::{Dialogue, Event, EventMessage};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message {
    text: String,
}

#[derive(Serialize, Deserialize, Event)]
struct Typing;

dialogue::rooms! {
    pub Lobby { events: [Message] }
}

fn hooks(dialogue: &Dialogue) {
    dialogue.before(Lobby, async |msg: EventMessage<Typing>| Ok(msg));
}

fn stream(dialogue: &Dialogue) {
    let _typing = dialogue.events::<Typing>(Lobby);
}

async fn handle(dialogue: &Dialogue) {
    let _sent = dialogue.room(Lobby).trigger(Typing).await;
    let _typing = dialogue.room(Lobby).history::<Typing>(0..20).await;
}

fn main() {}
