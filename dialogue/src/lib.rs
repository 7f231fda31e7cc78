//! Typed realtime events in rooms that the compiler checks.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[allow(unused_extern_crates, reason = "the macros name this crate `::dialogue`, also in here")]
extern crate self as dialogue;

mod error;
mod event;
mod room;
#[cfg(feature = "server")]
mod server;
mod validation;
mod wire;

#[doc(hidden)]
pub mod __private;

pub use dialogue_macros::{Event, rooms};
pub use error::{BuildError, Error, JoinError, LeaveError, OpenError, ServeError, SubscribeError, TriggerError};
pub use event::{Event, EventDef, Payload, RESERVED_PREFIX};
pub use room::{
    Carries, ClientId, FromClient, In, Open, Param, Pattern, Room, RoomDef, RoomId, Segment, Settings, Untyped, UserId,
};
pub use validation::{Invalid, Issue, Length, Nested, Number, Rules, Shape, Text};
pub use wire::{ErrorBody, ErrorCode, EventMessage, RoomInfo};

#[cfg(feature = "server")]
pub use server::{Client, Config, Dialogue, DialogueBuilder, Receipt, RoomHandle, Server, Subscription, Trigger};
