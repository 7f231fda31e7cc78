use dialogue::{Dialogue, Event};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(histroy = 50)]
struct Message {
    text: String,
}

dialogue::rooms! {
    pub Lobby { events: [Message] }
}

async fn greet(dialogue: &Dialogue) {
    dialogue.trigger(Lobby, Message { text: "hi".to_owned() }).await.ok();
}

fn main() {}
