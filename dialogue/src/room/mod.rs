//! Rooms: their ids, the events they carry, and the traits that let the compiler check both.
//!
//! [`rooms!`](crate::rooms) declares the rooms of an application and generates one marker type per room. The markers
//! implement the traits of this module:
//!
//! - [`RoomRef`]: the type names a room. `&str`, `String` and [`RoomId`] name rooms too.
//! - [`Declared`]: the room always exists.
//! - [`EventOf`]: an event is carried by the room.
//! - [`ClientEventOf`]: clients may trigger an event in the room.
//!
//! A room that is named by a string has the key [`Untyped`]: every event compiles, and the server checks at run time
//! whether the room carries it.
//!
//! # Families of rooms
//!
//! A pattern with parameters declares a family of rooms. The marker has the parameters as fields:
//!
//! ```
//! use dialogue::room::RoomRef;
//! # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Move { x: i32 }
//! dialogue::rooms! {
//!     pub Match {
//!         id: "match:{number:u64}",
//!         events: [Move],
//!         open: on_join,
//!         close_when_empty: true,
//!     }
//! }
//!
//! assert_eq!(Match { number: 7 }.id(), "match:7");
//! ```
//!
//! Rooms of a family do not exist until they are opened: by the server with `Dialogue::open` or, with `open: on_join`,
//! by the first client that joins. With `close_when_empty: true` a room closes when its last member leaves, and the
//! events that it keeps are evicted. With `keep: true`, rooms that clients open stay open without members.
//!
//! # Rooms created at run time
//!
//! A room whose events are known only at run time is described by a `NewRoom` and created with `Dialogue::create_room`.
//! Clients may create rooms where the `before_create` hook allows it. Created rooms exist until they are deleted by the
//! server or by the user who created them.

#[cfg(feature = "server")]
mod config;
mod def;
mod id;
mod info;
mod name;
mod pattern;

#[cfg(feature = "server")]
pub use config::NewRoom;
pub use def::{Open, RoomDef, RoomSettings, TriggerBy};
pub use id::{ClientId, RoomId, UserId};
pub use info::RoomInfo;
#[cfg(feature = "server")]
pub(crate) use name::is_printable_name;
pub use pattern::{Param, Pattern, Segment};

use crate::event::Event;

/// Names a room: a marker of [`rooms!`](crate::rooms), or an id that is known only at run time.
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
    note = "name the room by its marker from `rooms!`, or by a `&str`, `String` or `RoomId`"
)]
pub trait RoomRef {
    /// The type that the room's events are checked against: an event `E` compiles if `E: EventOf<Self::Key>`. For a
    /// marker this is the marker itself; for an id it is [`Untyped`].
    type Key;

    /// Returns the id on the wire.
    fn id(&self) -> RoomId;
}

/// A room that always exists: a marker of [`rooms!`](crate::rooms) that is not a family.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a declared room that always exists",
    label = "may not be open",
    note = "use `find_room(..)`, which returns an `Option`, or `open(..)` for a room of a family"
)]
pub trait Declared: RoomRef {}

/// The key of a room that is named by an id: every event compiles, and the server checks at run time whether the room
/// carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Untyped;

/// An event that the room `K` carries: the server may trigger it there, and both sides may listen to it.
///
/// Use it as a bound to write code that is generic over rooms:
///
/// ```
/// use dialogue::{Dialogue, Event, error::TriggerError, room::{EventOf, RoomRef}};
/// # #[derive(serde::Serialize, serde::Deserialize, Event)] struct Notice { text: String }
///
/// async fn announce<R: RoomRef>(dialogue: &Dialogue, room: R, text: &str) -> Result<(), TriggerError>
/// where
///     Notice: EventOf<R::Key>,
/// {
///     dialogue.trigger(room, Notice { text: text.into() }).await?;
///     Ok(())
/// }
/// ```
///
/// [`rooms!`](crate::rooms) implements it for every event in `events` and `server_events`.
#[diagnostic::on_unimplemented(
    message = "room `{K}` does not carry the event `{Self}`",
    label = "`{Self}` is not in `{K}`'s event list",
    note = "add `{Self}` to `events: [..]` or `server_events: [..]` of `{K}` in `rooms!`"
)]
pub trait EventOf<K> {}

/// An event that clients may trigger in the room `K`.
///
/// An event in `server_events` has only [`EventOf`], so a Rust client that triggers it does not compile:
///
/// ```compile_fail
/// use dialogue::{Event, room::ClientEventOf};
/// # #[derive(serde::Serialize, serde::Deserialize, Event)] struct Message { text: String }
/// # #[derive(serde::Serialize, serde::Deserialize, Event)] struct Notice { text: String }
/// dialogue::rooms! {
///     pub Lobby { events: [Message], server_events: [Notice] }
/// }
///
/// fn trigger_from_client<E: ClientEventOf<Lobby>>(event: E) {}
///
/// trigger_from_client(Notice { text: "hi".into() });
/// ```
///
/// [`rooms!`](crate::rooms) implements it for every event in `events`.
#[diagnostic::on_unimplemented(
    message = "clients may not trigger `{Self}` in the room `{K}`",
    label = "`{Self}` is not in `events` of `{K}`",
    note = "add `{Self}` to `events: [..]` of `{K}` in `rooms!`; only the server triggers the events in `server_events`"
)]
pub trait ClientEventOf<K>: EventOf<K> {}

#[diagnostic::do_not_recommend]
impl<E: Event> EventOf<Untyped> for E {}

#[diagnostic::do_not_recommend]
impl<E: Event> ClientEventOf<Untyped> for E {}

/// A room that carries the event `E`: [`EventOf`] with the roles swapped, for methods whose only type argument is the
/// event, such as `client.subscribe::<Typing>(General)`.
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
