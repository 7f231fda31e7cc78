//! What a table says of its rooms.

use dialogue::{
    Event,
    room::{RoomDef, RoomRef, TriggerBy},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Message;

#[derive(Serialize, Deserialize, Event)]
struct Notice;

const SEATS: usize = 5;

dialogue::rooms! {
    /// The room for everyone.
    ///
    /// With a second paragraph.
    pub General {
        name: "General Chat",
        events: [Message,],
        server_events: [Notice],
        default_subscriptions: [Notice, Message],
        max_size: 2 * SEATS,
        sync_history_on_join: true,
    }
    Announcements { events: [], server_events: [Notice], default_subscriptions: [*], sync_history_on_join: 3 }
    pub(crate) Sandbox { id: "any thing", events: [*], default_subscriptions: [Message], sync_history_on_join: false }
    pub LiveBoard { events: [Message], trigger: members }
    pub Inbox { events: [Message], trigger: anyone }
}

mod empty {
    dialogue::rooms! {}
}

fn main() {
    let [general, announcements, sandbox, board, inbox] = ROOMS else { panic!("five rooms were declared") };
    assert_eq!(general.description(), Some("The room for everyone.\n\nWith a second paragraph."));
    assert_eq!(board.description(), None);
    assert_eq!([general.name(), announcements.name(), board.name()], ["General Chat", "Announcements", "Live Board"]);
    assert_eq!([Sandbox.id(), LiveBoard.id(), Announcements.id()], ["any thing", "live_board", "announcements"]);
    assert_eq!(General, General);

    assert_eq!([general.max_size(), board.max_size()], [Some(10), None]);
    let synced = ROOMS.iter().map(RoomDef::sync_history_on_join);
    assert_eq!(synced.collect::<Vec<_>>(), [usize::MAX, 3, 0, 0, 0]);
    let trigger = [general, board, inbox].map(RoomDef::trigger);
    assert_eq!(trigger, [TriggerBy::Members, TriggerBy::Members, TriggerBy::Anyone]);

    assert_eq!(general.default_subscriptions(), ["notice", "message"]);
    assert_eq!(announcements.default_subscriptions(), ["*"]);
    assert_eq!(sandbox.default_subscriptions(), ["message"]);
    assert!(general.allows("message") && !general.allows("notice") && general.event("notice").is_some());
    assert!(sandbox.allows_any() && sandbox.allows("whatever") && sandbox.events().is_empty());
    assert!(empty::ROOMS.is_empty());
}
