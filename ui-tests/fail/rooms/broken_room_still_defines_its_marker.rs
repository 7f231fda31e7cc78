use dialogue::{Dialogue, Event, room::RoomDef};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

dialogue::rooms! {
    pub Lobby { events: [Message], max_szie: 5 }

    pub Hall { events: Message }

    pub Stage { events: [], server_events: ["message"] }

    pub Yard { max_size: 5 }

    pub Match { id: "match:{number:u46}", events: [Message], max_size: 0 }

    pub Board { id: "board:{number}", evnts: [Message] }
}

async fn greet(dialogue: &Dialogue) {
    dialogue.trigger(Lobby, Message).await.ok();
    dialogue.trigger(Hall, Message).await.ok();
    dialogue.trigger(Stage, Message).await.ok();
    dialogue.trigger(Yard, Message).await.ok();
    dialogue.trigger(Match { number: 7 }, Message).await.ok();
    dialogue.trigger(Board { number: 7 }, Message).await.ok();
}

fn table() -> &'static [RoomDef] {
    ROOMS
}

fn main() {}
