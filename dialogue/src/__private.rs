//! The items that macro output refers to. Not public API; it changes without notice.

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
/// The schema of an encoding that is unknown: any JSON.
#[cfg(feature = "schema")]
pub use serde_json::Value as Anything;

/// Builds a rate limit that the derive macro has parsed.
pub const fn rate(max: u32, millis: u64) -> Rate {
    Rate::new(max, Duration::from_millis(millis))
}

/// Returns the source of a pattern given to `#[validate(regex(..))]`.
#[cfg(feature = "schema")]
pub fn regex(pattern: impl validator::AsRegex) -> String {
    pattern.as_regex().as_str().to_owned()
}

/// Fails at compile time, at the token of the event at `index`, if an earlier event of the room has the same name.
#[track_caller]
pub const fn assert_unique_name(events: &[EventDef], index: usize) {
    let name = events[index].const_name().as_bytes();
    let mut i = 0;
    while i < index {
        assert!(
            !equal(events[i].const_name().as_bytes(), name),
            "another event of this room has the same name on the wire; rename one of them with `#[event(name = \"..\")]`"
        );
        i += 1;
    }
}

/// Fails at compile time, at the token of the value, if `max_size` is 0.
#[track_caller]
pub const fn assert_seats(max_size: usize) -> usize {
    assert!(max_size > 0, "`max_size: 0` lets no client join; leave it out for no limit");
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
