//! Rooms, members and subscriptions, without tokio, clocks or sockets.
//!
//! A room has one lock. It is held for microseconds, and never across an `.await` or while user code runs. Locks nest
//! in one direction only: a client's memberships, then the room, then a client's outbox; or the list of clients, then
//! an outbox.

mod expiring_map;
mod gcra;
mod heard;
mod history;
mod live_room;
mod log;
mod message_ids;
mod profile;
mod quota;
mod replay;
mod rooms;
mod subscribers;
#[cfg(test)]
mod tests;

pub(crate) use expiring_map::ExpiringMap;
pub(crate) use gcra::Gcra;
pub(crate) use history::{Batch, Gap, Missing, Page};
pub(crate) use live_room::{AskedBy, Left, LiveRoom, Member, NotPublished, NotSeated, Published, SeatRequest, Seated};
pub(crate) use log::{Change, Evict, Record};
pub(crate) use message_ids::{MessageIds, MessageKey, Publication};
pub(crate) use profile::{ALL, Profile};
pub(crate) use quota::{Opener, RoomLimits};
pub(crate) use replay::{Old, Replay, Resume};
pub(crate) use rooms::{Found, IdChange, NotCreated, NotDeleted, NotOpened, Rooms};
pub(crate) use subscribers::Wanted;
