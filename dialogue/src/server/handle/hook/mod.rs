//! What hooks are given, and the ready-made hook that checks tokens.

mod event;
mod handshake;
mod history;
#[cfg(feature = "jwt")]
mod jwt;
mod proposal;

pub use event::{PendingEvent, PublishedEvent};
pub use handshake::Handshake;
pub use history::{Evicted, Query};
#[cfg(feature = "jwt")]
pub use jwt::JwtAuth;
pub use proposal::RoomProposal;
