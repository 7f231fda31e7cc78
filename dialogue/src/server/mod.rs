//! The runtime: everything that needs tokio, axum and engineioxide.
//!
//! The modules in the order of their dependencies: [`state`] (rooms and history, without I/O), [`connection`] (one
//! client), [`flow`] (operations on rooms), [`session`] (a client's requests), [`net`] (HTTP and Socket.IO), [`handle`]
//! (the public handles), [`builder`].

mod builder;
mod config;
mod connection;
mod flow;
mod handle;
mod net;
mod session;
mod state;

pub use builder::DialogueBuilder;
pub use config::{Config, Transport};
pub use connection::{Extensions, Identity};
pub use flow::publish::Receipt;
#[cfg(feature = "jwt")]
pub use handle::hook::JwtAuth;
pub use handle::hook::{Evicted, Handshake, PendingEvent, PublishedEvent, Query, RoomProposal};
pub use handle::{Client, Dialogue, Events, RateLimiter, Registration, Room, Server, Trigger, UserRooms};
pub use net::Cors;
