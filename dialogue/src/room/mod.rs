//! What a room is: an id, the events it carries, and the types that make the compiler check both.

#[cfg(feature = "server")]
mod config;
mod def;
mod id;
mod info;
mod name;
mod pattern;

#[cfg(feature = "server")]
pub use config::NewRoom;
pub use def::{Open, RoomDef, RoomSettings};
pub use id::{ClientId, RoomId, UserId};
pub use info::RoomInfo;
#[cfg(feature = "server")]
pub(crate) use name::is_printable_name;
pub use pattern::{Param, Pattern, Segment};

use crate::event::Event;

/// Something that names a room: a marker or family of [`rooms!`](crate::rooms), or an id that is only known when
/// the program runs.
///
/// ```
/// use dialogue::{room::RoomRef, RoomId};
/// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)]
/// # struct Move { x: i32 }
/// dialogue::rooms! {
///     pub Lobby { events: [Move] }
///     pub Match { id: "match:{number:u64}", events: [Move] }
/// }
/// assert_eq!(Lobby.id(), "lobby");
/// assert_eq!(Match { number: 7 }.id(), "match:7");
/// assert_eq!("project-123".id(), RoomId::from("project-123"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a room",
    label = "not a room",
    note = "name a room by its marker from `rooms!`, or by a `&str`, `String` or `RoomId`"
)]
pub trait RoomRef {
    /// Which events may travel here, as a type: `E: EventOf<Self::Key>`. For a marker that is the marker itself, for
    /// an id it is [`Untyped`].
    type Key;

    /// The id on the wire.
    fn id(&self) -> RoomId;
}

/// A room that is always there: a marker of [`rooms!`](crate::rooms) that is no family.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a room that is always there",
    label = "may not be open",
    note = "use `find_room(..)`, which answers with an `Option`, or `open(..)` for a room of a family"
)]
pub trait Declared: RoomRef {}

/// The kind of a room that is named by an id: any event compiles, and the room is asked when the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Untyped;

/// An event that may travel in the room `K`: the server may trigger it there, and anyone may listen to it.
///
/// `rooms!` implements it for every event in `events` and `server_events`.
#[diagnostic::on_unimplemented(
    message = "room `{K}` does not carry the event `{Self}`",
    label = "`{Self}` is not in `{K}`'s event list",
    note = "add `{Self}` to `events: [..]` or `server_events: [..]` of `{K}` in `rooms!`"
)]
pub trait EventOf<K> {}

/// An event that clients may trigger in the room `K`.
///
/// `rooms!` implements it for every event in `events`.
#[diagnostic::on_unimplemented(
    message = "clients may not trigger `{Self}` in the room `{K}`",
    label = "`{Self}` is not in `events` of `{K}`",
    note = "add `{Self}` to `events: [..]` of `{K}` in `rooms!`; what stands in `server_events` only the server triggers"
)]
pub trait ClientEventOf<K>: EventOf<K> {}

#[diagnostic::do_not_recommend]
impl<E: Event> EventOf<Untyped> for E {}

#[diagnostic::do_not_recommend]
impl<E: Event> ClientEventOf<Untyped> for E {}

/// A room that carries `E`: [`EventOf`], seen from the room, for methods that name only the event:
/// `client.subscribe::<Typing>(General)`.
#[diagnostic::on_unimplemented(
    message = "room `{Self}` does not carry the event `{E}`",
    label = "`{E}` is not in `{Self}`'s event list",
    note = "add `{E}` to `events: [..]` or `server_events: [..]` of `{Self}` in `rooms!`"
)]
pub trait Carries<E>: RoomRef {}

#[diagnostic::do_not_recommend]
impl<R: RoomRef, E: Event + EventOf<R::Key>> Carries<E> for R {}

macro_rules! named_by_id {
    ($($name:ty)*) => { $(
        #[diagnostic::do_not_recommend]
        impl RoomRef for $name {
            type Key = Untyped;

            fn id(&self) -> RoomId {
                RoomId::from(self.clone())
            }
        }
    )* };
}
named_by_id!(&str String RoomId &String &RoomId);
