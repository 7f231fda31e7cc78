//! The public handles and the arguments of hooks: thin types over the server's internal ones.

mod client;
mod dialogue;
pub(crate) mod hook;
mod rate_limiter;
mod registration;
mod room;
mod server;
mod trigger;
mod user_rooms;

pub use self::dialogue::Dialogue;
pub use client::Client;
pub use rate_limiter::RateLimiter;
pub(crate) use registration::before_each;
pub use registration::{Events, Registration};
pub use room::Room;
pub use server::Server;
pub use trigger::Trigger;
pub use user_rooms::UserRooms;
