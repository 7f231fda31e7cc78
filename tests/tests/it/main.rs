//! The end-to-end tests, in one binary, because each binary links the whole server. Only what needs a process of its own
//! stands beside it: `idle_memory.rs`, `logging.rs` and `memory.rs`.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod auth;
mod bounds;
mod classic;
mod errors;
mod frames;
mod history;
mod hooks;
mod hostile;
mod http;
mod kept;
mod limits;
mod new_room;
mod order;
mod races;
mod reference;
mod resume;
mod rooms;
mod server_api;
mod slow_readers;
mod typescript;
mod upgrade;
mod wire;
