//! Rooms, members and subscriptions: no tokio, no clock, no sockets.
//!
//! A room is a monitor: one lock, held for microseconds, never across an `.await` and never while user code runs.
//! Locks nest in one direction only: a client's memberships, then the room, then a client's outbox.

mod profile;
mod room;
mod rooms;
mod subscribers;
#[cfg(test)]
mod tests;

pub(crate) use profile::ALL;
pub(crate) use room::{Admitted, Member, NotAdmitted, Published, Room};
pub(crate) use rooms::{NotOpened, Rooms};
pub(crate) use subscribers::Wanted;
