//! The Rust client of Dialogue: the rooms and events of the server, from the other side, with the same checks by the compiler.
//!
//! A crate of shared events, which depends on `dialogue` without its default features, is all that a server and its clients have in
//! common. There is no server in this crate's tree.
//!
//! ```no_run
//! use dialogue::{Event, EventMessage};
//! use dialogue_client::Client;
//! use serde::{Deserialize, Serialize};
//! use serde_json::json;
//!
//! /// Something that somebody says.
//! #[derive(Debug, Serialize, Deserialize, Event)]
//! #[event(history = 100)]
//! struct Message {
//!     #[validate(length(min = 1, max = 1000))]
//!     text: String,
//! }
//!
//! dialogue::rooms! {
//!     pub General { events: [Message], default_subscriptions: [Message] }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let client = Client::builder("http://localhost:3000").auth(json!({ "userId": "alice" })).connect().await?;
//!     let general = client.join(General).await?;
//!     for msg in general.history::<Message>(0..20).await?.iter().rev() {
//!         println!("{}: {}", msg.from, msg.data.text);
//!     }
//!     general.on(async |msg: EventMessage<Message>| println!("{}: {}", msg.from, msg.data.text));
//!     general.trigger(Message { text: "hi".into() }).await?;
//!     tokio::signal::ctrl_c().await?;
//!     client.disconnect().await;
//!     Ok(())
//! }
//! ```
//!
//! # Listening
//!
//! [`Room::on`] calls back, [`Room::events`] is a stream. Both have a queue of their own, and nobody else waits for one that does not
//! keep up: what finds no place is counted, and said where it is missing ([`StreamError::Lagged`], [`Error::Lagged`]).
//!
//! # Losing the connection
//!
//! A client comes back by itself ([`Reconnect`]), joins its rooms again in their order, with the subscriptions that it had, and is
//! sent every recorded event that it has missed, once and in the room's order. Where the server does not have all of them any more,
//! [`Client::on_gap`] says so. Requests that wait for an answer when the connection is lost hear [`TriggerError::Disconnected`] and the
//! like; a message that is triggered with [`retry`](Trigger::retry) is kept, and sent again.
//!
//! It does not come back when the server has sent it away, or refuses it for good; then [`Client::state`] is
//! [`State::Disconnected`] and every stream ends.
//!
//! # Errors
//!
//! Every operation has its own enum, which says what can happen there, and a `code()` for what the server has said. What is the
//! answer to nothing that the program awaits goes to [`Client::on_error`].
//!
//! # Features
//!
//! - `rustls`: `https` and `wss`, with the certificates that the system trusts. Off by default.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod backoff;
mod board;
mod builder;
mod client;
mod command;
mod connection;
mod engine;
mod error;
mod hear;
mod history;
mod hub;
mod inbox;
mod new_room;
mod outbox;
mod packet;
mod queue;
mod requests;
mod room;
mod rooms;
mod seat;
mod settings;
mod subscription;
#[cfg(feature = "rustls")]
mod tls;
mod trigger;
mod wire;
mod work;

pub use backoff::Reconnect;
pub use builder::ClientBuilder;
pub use client::Client;
/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The crate of events and rooms, without its server.
pub use dialogue;
pub use dialogue::{
    ClientId, Event, EventMessage, Invalid, RoomId, UserId,
    error::{BoxError, ErrorCode},
    room::RoomInfo,
    rooms,
    validation::Issue,
};
pub use error::{
    BuildError, ConnectError, Error, HistoryError, JoinError, Left, Lost, Refusal, RequestError, StreamError,
    TriggerError,
};
pub use history::History;
pub use hub::{RoomHistory, State};
pub use new_room::NewRoom;
pub use room::Room;
pub use subscription::{AnyEvents, Events, Subscription};
pub use trigger::{Receipt, Trigger};
