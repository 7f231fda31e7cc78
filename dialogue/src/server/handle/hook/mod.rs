//! The arguments of hooks, and the built-in hook that verifies JSON Web Tokens.

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
