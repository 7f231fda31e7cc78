//! Rooms, members and subscriptions: no tokio, no clock, no sockets.
//!
//! A room is a monitor: one lock, held for microseconds, never across an `.await` and never while user code runs.
//! Locks nest in one direction only: a client's memberships, then the room, then a client's outbox; or the list of clients,
//! then an outbox.

mod aging;
mod catch_up;
mod gcra;
mod history;
mod profile;
mod room;
mod rooms;
mod subscribers;
#[cfg(test)]
mod tests;

pub(crate) use aging::Aging;
pub(crate) use catch_up::{Past, Resume};
pub(crate) use gcra::Gcra;
pub(crate) use history::{Change, Evict, Gap, Lack, Page, Record};
pub(crate) use profile::{ALL, Profile};
pub(crate) use room::{Admitted, Ask, Left, LiveRoom, Member, NotAdmitted, Published};
pub(crate) use rooms::{Found, NotCreated, NotDeleted, NotOpened, Rooms};
pub(crate) use subscribers::Wanted;
