//! The way in: HTTP, CORS, Engine.IO and Socket.IO, and serving until a stop.

mod connections;
mod cors;
mod frame;
mod http;
mod own_head;
pub(crate) mod serving;
mod socket;
pub(crate) mod transport;
mod upgrade;

pub use cors::Cors;
