//! Families with parameters of every type.

use dialogue::{
    Event,
    room::{Open, Param, RoomDef, RoomRef, Segment},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Move;

dialogue::rooms! {
    pub Unsigned { id: "u:{a:u8}:{b:u16}:{c:u32}:{d:u64}", events: [Move] }
    pub Signed { id: "i/{a:i8}/{b:i16}/{c:i32}/{d:i64}", events: [Move] }
    pub Project { id: "project-{name:String}", name: "{name}", events: [Move], open: on_join, close_when_empty: true }
    pub Task { id: "{project:String}/task:{number:u32}:log", events: [Move] }
    pub LiveBoard { id: "live:{ board : u8 }", events: [Move] }
}

fn matches(room: &RoomDef, ids: &[&str]) -> Vec<bool> {
    ids.iter().map(|id| room.id().matches(id)).collect()
}

fn main() {
    let unsigned = Unsigned { a: u8::MAX, b: u16::MAX, c: u32::MAX, d: u64::MAX };
    assert_eq!(unsigned.id(), "u:255:65535:4294967295:18446744073709551615");
    let signed = Signed { a: i8::MIN, b: i16::MIN, c: i32::MIN, d: i64::MIN };
    assert_eq!(signed.id(), "i/-128/-32768/-2147483648/-9223372036854775808");
    assert_eq!(Project { name: "go-1".to_owned() }.id(), "project-go-1");
    assert_eq!(Task { project: "dialogue".to_owned(), number: 7 }.id(), "dialogue/task:7:log");
    assert_eq!(LiveBoard { board: 3 }.id(), "live:3");

    let [u, i, project, task, board] = ROOMS else { panic!("five families were declared") };
    assert_eq!(
        matches(u, &[unsigned.id().as_str(), "u:256:0:0:0", "u:1:2:3", "u:01:0:0:0"]),
        [true, false, false, false]
    );
    assert_eq!(matches(i, &[signed.id().as_str(), "i/-129/0/0/0"]), [true, false]);
    assert_eq!(matches(project, &["project-x", "project-", "project-a:b"]), [true, false, false]);
    assert_eq!(matches(task, &["x/task:7:log", "x/task:7", "x/task::log"]), [true, false, false]);
    assert_eq!(board.id().0, [Segment::Literal("live:"), Segment::Param("board", Param::Unsigned(8))]);

    assert_eq!([u.name(), project.name(), board.name()], ["Unsigned {a} {b} {c} {d}", "{name}", "Live Board {board}"]);
    assert_eq!((project.open(), project.closes_when_empty()), (Open::OnJoin, true));
    assert_eq!((task.open(), task.closes_when_empty()), (Open::Server, false));
    assert!(ROOMS.iter().all(RoomDef::is_family));

    let copied = unsigned;
    assert_eq!(unsigned, copied);
    assert_ne!(Project { name: "a".to_owned() }, Project { name: "b".to_owned() }.clone());
    assert_eq!(format!("{:?}", LiveBoard { board: 3 }), "LiveBoard { board: 3 }");
}
