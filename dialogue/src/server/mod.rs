//! The runtime: all that needs tokio, axum and engineioxide.

mod builder;
mod client;
mod clients;
mod config;
mod cors;
mod dedup;
mod dialogue;
mod dispatch;
mod extensions;
mod handlers;
mod handshake;
mod history;
mod hooks;
mod http;
mod identity;
mod incoming;
#[cfg(feature = "jwt")]
mod jwt;
mod lifecycle;
mod limits;
mod membership;
mod memory;
mod new_room;
mod outbox;
mod past;
mod publish;
mod queue;
mod rate_limiter;
mod registry;
mod room;
mod session;
mod shared;
mod state;
mod subscription;
mod transport;
mod trigger;
mod user_rooms;

pub use builder::DialogueBuilder;
pub use client::Client;
pub use config::{Config, Transport};
pub use cors::Cors;
pub use dialogue::{Dialogue, Server};
pub use extensions::Extensions;
pub use handshake::Handshake;
pub use identity::Identity;
pub use incoming::{Incoming, Sent};
#[cfg(feature = "jwt")]
pub use jwt::{JwtAuth, JwtError};
pub use new_room::NewRoom;
pub use past::{Evicted, Load};
pub use publish::Receipt;
pub use rate_limiter::RateLimiter;
pub use room::RoomHandle;
pub use subscription::{Events, Subscription};
pub use trigger::Trigger;
pub use user_rooms::UserRooms;
