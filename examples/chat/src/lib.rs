//! The events and rooms of the chat, for its server and for every Rust client.

pub mod events;
