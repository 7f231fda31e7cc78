//! The harness of the end-to-end tests: a real server on a free port, and a small Socket.IO client of our own that
//! speaks the domain's verbs over WebSocket or long polling.
//!
//! Nothing sleeps: a test waits for the frame itself, and [`Peer::is_silent`] shows that none came by asking the
//! server a question that must be answered next.

#![allow(clippy::missing_panics_doc, reason = "a test client panics where a test fails")]

pub mod everything;
mod lazy;
mod packet;
mod peer;
mod polling;
pub mod rooms;
mod server;
mod standalone;
mod websocket;

pub use lazy::Lazy;
pub use packet::Frame;
pub use peer::{Door, Peer, Refused, Transport};
pub use server::TestServer;
pub use standalone::serve;

/// The examples of the repository's README compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
