//! Operations on rooms: opening and closing, joining, subscribing and leaving, publishing events and keeping them.

mod announcements;
mod cleanup;
mod core;
mod creation_rate;
mod dedup;
pub(crate) mod guard;
pub(crate) mod history;
pub(crate) mod hooks;
pub(crate) mod join;
pub(crate) mod leave;
mod listeners;
pub(crate) mod open_close;
pub(crate) mod publish;
mod registry;
mod retention;
mod store;
pub(crate) mod subscribe;

pub(crate) use self::core::{Core, Transport, now};
pub(crate) use announcements::Announcements;
pub(crate) use creation_rate::CreationRate;
pub(crate) use dedup::{Dedup, Full, Seen};
pub(crate) use listeners::{Listeners, RawMessage};
pub(crate) use retention::Retention;
