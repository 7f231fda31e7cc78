//! What the macros write, written by a person: both meet in one room.

use dialogue::{
    Event, EventDef, Invalid, RoomId,
    room::{ClientEventOf, EventOf, Param, Pattern, RoomDef, RoomRef, RoomSettings, Segment},
    validation::{Issue, Rules, Shape},
};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Move {
    x: i32,
    #[serde(default)]
    y: i32,
}

impl Event for Move {
    const NAME: &'static str = "move";
    const DESCRIPTION: Option<&'static str> = Some("A stone is set.");
    const HISTORY: usize = 10;

    fn check(&self) -> Result<(), Invalid> {
        let mut rules = Rules::new();
        rules.range("x", &self.x, Some(0), Some(18), None, None);
        rules.finish()?;
        if self.x == 9 && self.y == 9 {
            return Err(Invalid::new(vec![Issue::new("", "taken", "the centre is taken")]));
        }
        Ok(())
    }

    fn shape(shape: &mut Shape<'_>) {
        shape.field::<i32>(&["x"]).defaulted::<i32>(&["y"]);
    }
}

#[derive(Serialize, Deserialize, Event)]
struct Resigned;

#[derive(Debug, Clone, Copy)]
struct Board {
    number: u16,
}

impl RoomRef for Board {
    type Key = Self;

    fn id(&self) -> RoomId {
        format!("board:{}", self.number).into()
    }
}

impl EventOf<Board> for Move {}
impl ClientEventOf<Board> for Move {}
impl EventOf<Board> for Resigned {}

static BOARDS: &[RoomDef] = &[RoomDef::new(RoomSettings {
    id: Pattern(&[Segment::Literal("board:"), Segment::Param("number", Param::Unsigned(16))]),
    name: "Board {number}",
    events: const { &[EventDef::of::<Move>()] },
    server_events: const { &[EventDef::of::<Resigned>()] },
    default_subscriptions: &["*"],
    ..RoomSettings::DEFAULT
})];

dialogue::rooms! {
    pub Lobby { events: [Move], server_events: [Resigned] }
}

fn may_trigger<R: RoomRef, E: Event + ClientEventOf<R::Key>>(room: R, _: E) -> (RoomId, &'static str) {
    (room.id(), E::NAME)
}

fn main() {
    assert_eq!(Move::decode(r#"{ "x": 3 }"#), Ok(Move { x: 3, y: 0 }));
    let faults = |json| -> Vec<(String, String)> {
        let issues = Move::decode(json).unwrap_err().into_issues();
        issues.into_iter().map(|issue| (issue.path, issue.code.into_owned())).collect()
    };
    let pair = |path: &str, code: &str| (path.to_owned(), code.to_owned());
    assert_eq!(faults(r#"{ "y": "a" }"#), [pair("x", "required"), pair("y", "type")]);
    assert_eq!(faults(r#"{ "x": 19 }"#), [pair("x", "range")]);
    assert_eq!(faults(r#"{ "x": 9, "y": 9 }"#), [pair("", "taken")]);

    assert_eq!(may_trigger(Board { number: 7 }, Move { x: 1, y: 1 }), ("board:7".into(), "move"));
    assert_eq!(may_trigger(Lobby, Move { x: 1, y: 1 }), ("lobby".into(), "move"));
    for room in [&BOARDS[0], &ROOMS[0]] {
        assert!(room.allows("move") && !room.allows("resigned"));
        assert_eq!(room.event("resigned").map(EventDef::name), Some("resigned"));
    }
    assert!(BOARDS[0].id().matches("board:65535") && !BOARDS[0].id().matches("board:65536"));
}
