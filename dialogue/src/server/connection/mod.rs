//! One connected client inside the server: its handshake, request queue, outbox and rooms.
//!
//! This module does not depend on the server. A [`Peer`] receives what it needs (a task tracker and its limits) when it
//! is created.

mod extensions;
mod handshake;
mod identity;
mod limits;
mod outbox;
mod packet;
mod peer;
mod peers;
mod request_head;
mod requests;
mod tasks;

use std::sync::Arc;

pub use extensions::Extensions;
pub(crate) use handshake::HandshakeData;
pub use identity::Identity;
pub(crate) use identity::{unix_millis, until};
pub(crate) use limits::{Exceeded, Limits, take};
pub(crate) use outbox::{Connection, Ending, SendError, SpillLimits};
pub(crate) use packet::Packet;
pub(crate) use peer::Peer;
pub(crate) use peers::{NotAdmitted, Peers};
pub(crate) use request_head::{RequestHead, network};
pub(crate) use requests::{Job, Queued, Unread};
pub(crate) use tasks::Tasks;

/// A room whose members are peers.
pub(crate) type LiveRoom = super::state::LiveRoom<Arc<Peer>>;
