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
//! `General` carries `Message` ([`EventOf`]). A room whose id is only known at run time is named by a `&str`; then the same
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
//! # Who clients are
//!
//! Without more, a client is who it says it is, and the log warns of that. [`DialogueBuilder::authenticate`] makes an
//! [`Identity`] of a [`Handshake`], or refuses it; `DialogueBuilder::jwt` does that with tokens. An identity may have an end,
//! which the client can put off by renewing its session. [`Client::extensions`] keeps your own data with it.
//!
//! # Hooks
//!
//! [`DialogueBuilder`] has a hook for everything that comes, goes, joins, leaves and is said, and a table of when they run.
//! Those that are asked before something happens may refuse it with a reason ([`Denied`]).
//!
//! # The past
//!
//! An event with `#[event(history = 100)]` is remembered by its room, and has an offset. Members who join are sent the newest,
//! as the room says (`sync_history_on_join`); whoever wants more asks for it. A client that comes back says where it was, and is
//! sent what it has missed (protocol, "Order and loss" 3). What memory forgets, a store of yours may keep:
//!
//! ```
//! use dialogue::{history::Query, history::Evicted, Dialogue};
//! # mod database {
//! #     use dialogue::EventMessage;
//! #     pub async fn insert(_: &str, _: &[EventMessage]) -> Result<(), std::io::Error> { Ok(()) }
//! #     pub async fn newest(_: &str, _: &str, _: usize, _: usize) -> Result<Vec<EventMessage>, std::io::Error> { Ok(vec![]) }
//! # }
//!
//! # fn main() -> Result<(), dialogue::error::BuildError> {
//! let dialogue = Dialogue::builder()
//!     .on_cleanup(async |evicted: Evicted| {
//!         database::insert(&evicted.epoch, &evicted.events).await?;
//!         Ok(())
//!     })
//!     .on_load(async |load: Query| {
//!         let count = load.end - load.start;
//!         Ok(database::newest(load.room_id().as_str(), &load.event, load.start, count).await?)
//!     })
//!     .build()?;
//! # Ok(()) }
//! ```
//!
//! # Rooms at run time
//!
//! A room whose shape is only known when the program runs is a [`NewRoom`], given to [`Dialogue::create_room`]. Clients may
//! create rooms where [`DialogueBuilder::before_create`] lets them.
//!
//! # Clients
//!
//! Any Socket.IO 4 client will do, and ours know the same types: the Rust client takes the very markers and structs, and the
//! TypeScript client takes a file that the feature `schema` writes: `TypeScript::of(ROOMS)`.
//!
//! # Limits
//!
//! Every queue and every map is bounded, in [`Config`], with a default. A client that asks for more is told so by an
//! [`ErrorCode`]. How often one client may do something is a [`Rate`]: of an event (`#[event(rate_limit = "10/s")]`), or of all of
//! them in [`Config`]; for your own code there is a [`RateLimiter`]. An event never disappears in silence: what a slow client cannot take waits for it, within bounds, and
//! then that client is disconnected; only an event that is declared `volatile` is dropped, and counted.
//!
//! # Features
//!
//! - `server` (default): the runtime. Without it this crate is events, rooms and their checks, without tokio and
//!   axum: what a crate of shared events depends on.
//! - `jwt`: authentication by JSON Web Tokens, `JwtAuth`.
//! - `log`: `dialogue::log::init()`, which prints what the server says to the console. What it says are [`tracing`] events, with
//!   spans for each client and request, and without payloads and tokens.
//! - `schema`: TypeScript types, zod schemas and JSON Schema of what the rooms carry, `TypeScript` and `json_schema`. A type
//!   inside an event then has to derive [schemars](https://docs.rs/schemars)' `JsonSchema`; the event itself need not.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[allow(unused_extern_crates, reason = "the macros name this crate `::dialogue`, also in here")]
extern crate self as dialogue;

pub mod error;
pub mod event;
#[cfg(feature = "log")]
pub mod log;
mod protocol;
pub mod room;
#[cfg(feature = "schema")]
pub mod schema;
#[cfg(feature = "server")]
mod server;
pub mod validation;

/// The macros name this module with the version in it, so that those of another version do not meet this one.
#[doc(hidden)]
#[path = "__private.rs"]
pub mod __private_0_1;

/// What hooks are given, and what they answer.
#[cfg(feature = "server")]
pub mod hook {
    pub use crate::error::Denied;
    pub use crate::server::{Extensions, Handshake, Identity, PendingEvent, PublishedEvent, RoomProposal};
}

/// What the hooks of a history store are given: [`DialogueBuilder::on_cleanup`](crate::DialogueBuilder::on_cleanup) and
/// [`DialogueBuilder::on_load`](crate::DialogueBuilder::on_load).
#[cfg(feature = "server")]
pub mod history {
    pub use crate::server::{Evicted, Query};
}

/// What the methods of the handles return.
#[cfg(feature = "server")]
pub mod handle {
    pub use crate::server::{Events, Receipt, Registration, Trigger, UserRooms};
}

/// The examples of the README compile.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[doc = include_str!("docs/derive_event.md")]
pub use dialogue_macros::Event;
#[doc = include_str!("docs/rooms.md")]
pub use dialogue_macros::rooms;
pub use error::{Denied, Error};
pub use event::{Event, EventDef, Rate};
pub use protocol::EventMessage;
#[cfg(feature = "server")]
pub use room::NewRoom;
pub use room::{ClientId, RoomId, UserId};
#[cfg(feature = "schema")]
pub use schema::{TypeScript, json_schema};
pub use validation::Invalid;

#[cfg(feature = "jwt")]
pub use server::JwtAuth;
#[cfg(feature = "server")]
pub use server::{
    Client, Config, Cors, Dialogue, DialogueBuilder, Handshake, Identity, PendingEvent, PublishedEvent, RateLimiter,
    Receipt, Registration, Room, Server, Transport,
};
