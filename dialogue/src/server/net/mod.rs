//! Networking: HTTP, CORS, Engine.IO, Socket.IO, serving and graceful stops.

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
