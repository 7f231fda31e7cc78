//! The tests of the client over real connections, in one binary, because each binary links the client and the server.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[macro_use]
mod common;

mod client;
mod hostile;
mod network;
mod sessions;
#[cfg(feature = "rustls")]
mod tls;
