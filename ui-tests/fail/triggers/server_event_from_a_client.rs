use dialogue::{Event, room::ClientEventOf, room::RoomRef};
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

fn trigger<R: RoomRef, E: Event + ClientEventOf<R::Key>>(_: R, _: E) {}

fn joined() {
    trigger(Lobby, Message);
    trigger(Lobby, Joined);
    trigger(Desk, Typing);
}

fn main() {}
