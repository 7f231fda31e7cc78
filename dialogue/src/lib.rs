//! Typed realtime events: Rust structs travel in rooms that the compiler checks, over Socket.IO.
//!
//! - **One derive.** `#[derive(Event)]` gives a struct its name on the wire, its rules and its history.
//! - **One table.** [`rooms!`] says which events travel where, and who may trigger them. A mistake is a compile error
//!   that says what to do.
//! - **A runtime that enforces both**: allowed events, validation, capacity, subscriptions per event, one order for
//!   everyone, and no silent loss.
//! - **Plain Socket.IO on the wire**: any Socket.IO client of the fourth generation can talk to it.
//!
//! ```no_run
//! use dialogue::{Dialogue, Event, EventMessage};
//! use serde::{Deserialize, Serialize};
//!
//! /// Something that somebody says.
//! #[derive(Debug, Serialize, Deserialize, Event)]
//! #[serde(rename_all = "camelCase")]
//! struct Message {
//!     #[validate(length(min = 1, max = 1000))]
//!     text: String,
//!     reply_to: Option<String>,
//! }
//!
//! /// Somebody has come; only the server says so.
//! #[derive(Debug, Serialize, Deserialize, Event)]
//! #[event(name = "user:joined")]
//! struct UserJoined {
//!     username: String,
//! }
//!
//! dialogue::rooms! {
//!     /// The room for everyone.
//!     pub General {
//!         events: [Message],
//!         server_events: [UserJoined],
//!         default_subscriptions: [Message, UserJoined],
//!         max_size: 500,
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), dialogue::Error> {
//!     let dialogue = Dialogue::builder()
//!         .rooms(ROOMS)
//!         .on_connected(async |client| {
//!             if let Err(error) = client.join(General).await {
//!                 eprintln!("{} stays outside: {error}", client.user_id());
//!             }
//!         })
//!         .build()?;
//!
//!     dialogue.on(General, async |msg: EventMessage<Message>| println!("{}: {}", msg.from, msg.data.text));
//!     dialogue.serve("0.0.0.0:3000").await
//! }
//! ```
//!
//! # Events
//!
//! An [`Event`] is a struct or an enum with serde's two derives and ours. What the type says is what travels: a
//! payload that does not decode, or that breaks a rule, is refused with every fault in it ([`Invalid`]), and what goes
//! out is the type's own encoding, without the fields that it does not have. Rules stand in `#[validate(..)]`, in the
//! grammar of the [validator](https://docs.rs/validator) crate.
//!
//! # Rooms
//!
//! [`rooms!`] makes a type of every room, so that `dialogue.trigger(General, Message { .. })` compiles only if
//! `General` carries `Message` ([`In`]). A room whose id is only known at run time is named by a `&str`; then the same
//! checks are made when the program runs. A pattern such as `"match:{number:u64}"` declares a family of rooms, which
//! open and close.
//!
//! # The server
//!
//! [`Dialogue`] is the handle of a server: [`trigger`](Dialogue::trigger) events, listen with [`on`](Dialogue::on), ask
//! for [rooms](Dialogue::rooms) and [clients](Dialogue::clients), [`serve`](Dialogue::serve). A [`Client`] is one
//! connection; what a user is to the application is its [`user_id`](Client::user_id). Hooks and handlers may call back
//! into the server from anywhere; one that panics or hangs is cut short and logged, and nobody else notices.
//!
//! # Limits
//!
//! Every queue and every map is bounded, in [`Config`], with a default. A client that asks for more is told so by an
//! [`ErrorCode`]. An event never disappears in silence: what a slow client cannot take waits for it, within bounds, and
//! then that client is disconnected; only an event that is declared `volatile` is dropped, and counted.
//!
//! # Features
//!
//! - `server` (default): the runtime. Without it this crate is events, rooms and their checks, without tokio and
//!   axum: what a crate of shared events depends on.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[allow(unused_extern_crates, reason = "the macros name this crate `::dialogue`, also in here")]
extern crate self as dialogue;

mod error;
mod event;
#[cfg(feature = "log")]
pub mod log;
mod rate;
mod room;
#[cfg(feature = "server")]
mod server;
mod validation;
mod wire;

#[doc(hidden)]
pub mod __private;

/// The examples of the README compile.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../../README.md")]
struct Readme;

#[doc = include_str!("docs/derive_event.md")]
pub use dialogue_macros::Event;
#[doc = include_str!("docs/rooms.md")]
pub use dialogue_macros::rooms;
pub use error::{
    BoxError, BuildError, CreateRoomError, DeleteRoomError, Denied, Error, HistoryError, JoinError, LeaveError,
    OpenError, RenewError, SendError, ServeError, SubscribeError, TriggerError,
};
pub use event::{Event, EventDef, Payload, RESERVED_PREFIX};
pub use rate::{Rate, RateError};
#[cfg(feature = "server")]
pub use room::RoomConfig;
pub use room::{
    Carries, ClientId, Declared, FromClient, In, Open, Param, Pattern, Room, RoomDef, RoomId, Segment, Settings,
    Untyped, UserId,
};
pub use validation::{Invalid, Issue, Length, Nested, Number, Rules, Shape, Text};
pub use validator::ValidationError;
pub use wire::{ErrorBody, ErrorCode, EventMessage, RoomInfo};

#[cfg(feature = "server")]
pub use server::{
    Client, Config, Cors, Dialogue, DialogueBuilder, Events, Evicted, Extensions, Handshake, Identity, Incoming, Load,
    NewRoom, RateLimiter, Receipt, RoomHandle, Sent, Server, Subscription, Transport, Trigger, UserRooms,
};
#[cfg(feature = "jwt")]
pub use server::{JwtAuth, JwtError};
