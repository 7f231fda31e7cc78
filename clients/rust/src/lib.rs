//! The Rust client of Dialogue: typed events over Socket.IO, with the server's own room and event types.
//!
//! Put the events and rooms into a crate that the server and the clients share. That crate depends on `dialogue`
//! without its default features, so clients do not compile the server.
//!
//! ```no_run
//! use dialogue::{Event, EventMessage};
//! use dialogue_client::Client;
//! use serde::{Deserialize, Serialize};
//! use serde_json::json;
//!
//! /// A chat message.
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
//! [`Room::on`] registers a callback, [`Room::events`] returns a stream. Each has its own queue, so a slow one does not
//! delay the others. If a queue is full, further events are dropped for that listener only and reported:
//! [`StreamError::Lagged`] in a stream, [`Error::Lagged`] for a callback.
//!
//! # Reconnecting
//!
//! A client that loses its connection reconnects on its own ([`Reconnect`]) and rejoins its rooms, in the order in
//! which it joined them and with the same subscriptions. The server then replays the recorded events that the client
//! missed, once and in order. If the server no longer has all of them, [`Client::on_gap`] reports it.
//!
//! Requests that are waiting for an answer when the connection is lost fail with [`TriggerError::Disconnected`] and the
//! like. An event that is triggered with [`retry`](Trigger::retry) is kept and sent again instead.
//!
//! The client does not reconnect if the server disconnects it or refuses it permanently. Then [`Client::state`] is
//! [`State::Disconnected`] and all streams end.
//!
//! # Errors
//!
//! Every operation has its own error enum, with a `code()` for errors that the server sent. Errors that do not belong
//! to a call of the program go to [`Client::on_error`].
//!
//! # Features
//!
//! - `rustls`: connections over `https` and `wss`, with the system's root certificates. Off by default.

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
/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The `dialogue` crate, without its server.
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
