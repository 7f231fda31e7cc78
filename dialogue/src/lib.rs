//! Typed realtime events over Socket.IO: a server for rooms, subscriptions, history and resumable connections.
//!
//! Derive [`Event`] for a struct and list it in a room with [`rooms!`]. The compiler checks which events each room carries
//! and who may trigger them; the server validates every payload that it receives.
//!
//! ```no_run
//! use dialogue::{Dialogue, Event, EventMessage};
//! use serde::{Deserialize, Serialize};
//!
//! /// A chat message. Each room keeps the latest 100.
//! #[derive(Debug, Serialize, Deserialize, Event)]
//! #[event(history = 100, rate_limit = "10/s")]
//! struct Message {
//!     #[validate(length(min = 1, max = 1000))]
//!     text: String,
//! }
//!
//! /// A user has joined. Only the server may trigger it.
//! #[derive(Debug, Serialize, Deserialize, Event)]
//! #[event(name = "user:joined")]
//! struct UserJoined {
//!     username: String,
//! }
//!
//! dialogue::rooms! {
//!     pub General {
//!         events: [Message],
//!         server_events: [UserJoined],
//!         default_subscriptions: [Message, UserJoined],
//!         sync_history_on_join: 50,
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), dialogue::Error> {
//!     let dialogue = Dialogue::builder()
//!         .rooms(ROOMS)
//!         .on_joined(async |client, room| {
//!             let joined = UserJoined { username: client.user_id().to_string() };
//!             if let Err(error) = room.trigger(joined).await {
//!                 eprintln!("cannot announce {}: {error}", client.user_id());
//!             }
//!         })
//!         .build()?;
//!
//!     dialogue.on(General, async |msg: EventMessage<Message>| println!("{}: {}", msg.from, msg.data.text));
//!     dialogue.serve("0.0.0.0:3000").await
//! }
//! ```
//!
//! **A Dialogue server is one process.** Rooms live in its memory. Two processes behind a round-robin load balancer would
//! each have their own copy of every room, and clients of one would silently miss the events of the other.
#![doc = include_str!("docs/overview.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[allow(unused_extern_crates, reason = "macro output refers to this crate as `::dialogue`, also in this crate")]
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

/// The name contains the version, so that macros of another version fail to find it.
#[doc(hidden)]
#[path = "__private.rs"]
pub mod __private_0_1;

#[cfg(feature = "server")]
pub mod hook {
    #![doc = include_str!("docs/hook.md")]
    pub use crate::error::Denied;
    pub use crate::server::{Extensions, Handshake, Identity, PendingEvent, PublishedEvent, RoomProposal};
}

#[cfg(feature = "server")]
pub mod history {
    #![doc = include_str!("docs/history.md")]
    pub use crate::server::{Evicted, Query};
}

#[cfg(feature = "server")]
pub mod handle {
    #![doc = include_str!("docs/handle.md")]
    pub use crate::server::{Events, Receipt, Registration, Trigger, UserRooms};
}

/// Compiles the examples of the README.
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
