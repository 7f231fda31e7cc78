use dialogue::{Dialogue, Event};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Move;

dialogue::rooms! {
    pub Match { id: "match:{number:u64}", events: [Move] }
}

fn rooms(dialogue: &Dialogue) {
    dialogue.room(Match { number: 7 });
    dialogue.room("project-123");
}

fn main() {}
