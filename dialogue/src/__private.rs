//! What the macros' output names. Not public API: it changes without notice.

use std::time::Duration;

pub use crate::event::EventDef;
pub use crate::event::Rate;
pub use crate::room::{
    ClientEventOf, Declared, EventOf, Open, Param, Pattern, RoomDef, RoomId, RoomRef, RoomSettings, Segment, TriggerBy,
    Untyped,
};
pub use crate::validation::{Invalid, Rules, Shape};
#[cfg(feature = "schema")]
pub use schemars;
/// What a schema says of an encoding that it cannot know.
#[cfg(feature = "schema")]
pub use serde_json::Value as Anything;

/// A rate limit that the derive has read.
pub const fn rate(max: u32, millis: u64) -> Rate {
    Rate::new(max, Duration::from_millis(millis))
}

/// The text of a pattern, as `#[validate(regex(..))]` is given it.
#[cfg(feature = "schema")]
pub fn regex(pattern: impl validator::AsRegex) -> String {
    pattern.as_regex().as_str().to_owned()
}

/// Fails to compile, on the token of the event at `index`, when an earlier event of the room has the same name.
#[track_caller]
pub const fn assert_unique_name(events: &[EventDef], index: usize) {
    let name = events[index].const_name().as_bytes();
    let mut i = 0;
    while i < index {
        assert!(
            !equal(events[i].const_name().as_bytes(), name),
            "another event of this room has the same name on the wire; give one of them `#[event(name = \"..\")]`"
        );
        i += 1;
    }
}

/// Fails to compile, on the value's token, when a room seats nobody.
#[track_caller]
pub const fn assert_seats(max_size: usize) -> usize {
    assert!(max_size > 0, "a room with `max_size: 0` seats nobody; leave it out for no limit");
    max_size
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
