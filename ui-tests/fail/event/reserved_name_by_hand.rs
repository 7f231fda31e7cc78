use dialogue::{Event, EventDef};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Joined;

impl Event for Joined {
    const NAME: &'static str = "dialogue:joined";
}

#[derive(Serialize, Deserialize)]
struct Left;

impl Event for Left {
    const NAME: &'static str = "";
}

static JOINED: EventDef = EventDef::of::<Joined>();

dialogue::rooms! {
    pub Lobby { events: [Left] }
}

fn main() {}
