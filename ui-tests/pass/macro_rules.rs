//! Events and rooms that a macro of the user's writes.

use dialogue::{Event, room::RoomRef};
use serde::{Deserialize, Serialize};

macro_rules! event {
    ($(#[$attr:meta])* $name:ident = $wire:literal, keep $history:expr, $field:ident: $ty:ty, $rule:meta) => {
        $(#[$attr])*
        #[derive(Debug, Serialize, Deserialize, Event)]
        #[event(name = $wire, history = $history)]
        struct $name {
            #[validate($rule)]
            $field: $ty,
            #[validate(length(max = $history), must_match(other = "again"))]
            text: String,
            again: String,
        }
    };
}

event! {
    /// A move.
    Moved = "game:moved", keep 1 + 2, square: u8, range(min = 1, max = 64)
}
event!(Named = "named", keep 9, nick: Option<String>, length(min = 1));

macro_rules! rooms {
    ($($room:ident, $id:literal, $name:expr, [$($event:path),*], [$first:ty], $size:expr);*) => {
        dialogue::rooms! {
            $(pub $room { id: $id, events: [$($event),*], default_subscriptions: [$first], max_size: $size })*
        }
    };
}

rooms!(Lobby, "the-lobby", "The lobby", [Moved, crate::Named], [Moved], 5; Match, "match:{n:u8}", "", [Named], [Named], 2 + 2);

fn main() {
    assert_eq!((Moved::NAME, Moved::HISTORY, Moved::DESCRIPTION), ("game:moved", 3, Some("A move.")));
    let json = r#"{ "square": 65, "text": "text", "again": "again" }"#;
    let faults = Moved::decode(json).unwrap_err().to_string();
    assert_eq!(faults, "square: too large, text: too long, text: does not match");
    assert!(Named::decode(r#"{ "nick": null, "text": "a", "again": "a" }"#).is_ok());

    assert_eq!([Lobby.id(), Match { n: 1 }.id()], ["the-lobby", "match:1"]);
    assert_eq!([ROOMS[0].max_size(), ROOMS[1].max_size()], [Some(5), Some(4)]);
    assert_eq!(ROOMS[0].default_subscriptions(), ["game:moved"]);
}
