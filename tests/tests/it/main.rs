//! The end-to-end tests, in one binary, because each binary links the whole server. Only what needs a process of its own
//! stands beside it: `logging.rs` and `memory.rs`.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod auth;
mod history;
mod hooks;
mod hostile;
mod http;
mod limits;
mod order;
mod resume;
mod rooms;
mod server_api;
mod slow_readers;
mod typescript;
mod wire;
