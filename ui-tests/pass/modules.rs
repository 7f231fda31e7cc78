//! Events from other modules, and several tables in one crate.

mod events {
    use dialogue::Event;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize, Event)]
    pub struct Message {
        pub text: String,
    }

    pub mod game {
        use super::{Deserialize, Event, Serialize};

        #[derive(Debug, Serialize, Deserialize, Event)]
        pub struct Move(pub u8);

        #[derive(Debug, Serialize, Deserialize, Event)]
        #[event(name = "game:message")]
        pub struct Message;
    }
}

mod chat {
    use crate::events;

    dialogue::rooms! {
        pub Lobby { events: [events::Message], default_subscriptions: [events::Message] }
    }
}

mod games {
    use super::events::{Message, game};

    dialogue::rooms! {
        pub Lobby { id: "games", events: [Message, game::Message], default_subscriptions: [game::Message] }

        pub Match {
            id: "match:{number:u64}",
            events: [crate::events::game::Move],
            server_events: [self::game::Message],
        }
    }
}

use dialogue::{Dialogue, Event, EventDef, room::EventOf, room::RoomRef};

fn names(events: &[EventDef]) -> Vec<&str> {
    events.iter().map(EventDef::name).collect()
}

fn carried<R: RoomRef, E: Event + EventOf<R::Key>>(room: &R) -> (String, &'static str) {
    (room.id().to_string(), E::NAME)
}

fn main() {
    assert_eq!(carried::<_, events::Message>(&chat::Lobby), ("lobby".to_owned(), "message"));
    assert_eq!(carried::<_, events::Message>(&games::Lobby), ("games".to_owned(), "message"));
    assert_eq!(carried::<_, events::game::Message>(&games::Match { number: 1 }).1, "game:message");

    assert_eq!(names(games::ROOMS[0].events()), ["message", "game:message"]);
    assert_eq!(games::ROOMS[0].default_subscriptions(), ["game:message"]);
    assert_eq!(names(games::ROOMS[1].server_events()), ["game:message"]);
    assert!(Dialogue::builder().rooms(chat::ROOMS).rooms(games::ROOMS).build().is_ok());
}
