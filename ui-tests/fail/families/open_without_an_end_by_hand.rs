use dialogue::room::{Open, Param, Pattern, RoomDef, RoomSettings, Segment};

static ROOMS: &[RoomDef] = &[RoomDef::new(RoomSettings {
    id: Pattern(&[Segment::Literal("match:"), Segment::Param("number", Param::Unsigned(64))]),
    name: "Match {number}",
    any_event: true,
    open: Open::OnJoin,
    ..RoomSettings::DEFAULT
})];

fn main() {
    assert_eq!(ROOMS.len(), 1);
}
