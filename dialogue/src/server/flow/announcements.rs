//! Announces rooms that open and close to clients, in the order in which their ids are taken and freed.
//!
//! An announcement is queued under the lock under which the id is taken or freed, so the queue has the order of the
//! ids. One task sends the announcements in slices, so that neither that lock nor the writers of the connections wait
//! for a large audience.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::protocol::{RoomCreated, RoomDeleted, name};
use crate::room::ClientId;
use crate::server::connection::{LiveRoom, Packet, Peer};
use crate::server::state::{IdChange, Member as _};

use super::core::Core;

/// The number of clients that an announcement is sent to before the task yields.
const SLICE: usize = 500;

/// The queue of announcements.
pub(crate) struct Announcements {
    queue: Mutex<Queue>,
    /// The number of announcements that have been sent.
    sent: watch::Sender<u64>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Announcement>,
    /// The number of announcements that have been queued.
    queued: u64,
    /// Whether a task is sending them.
    working: bool,
}

struct Announcement {
    packet: Packet,
    /// The recipients, or `None` for all clients.
    audience: Option<Vec<Arc<Peer>>>,
    /// The client that is notified in another way.
    except: Option<ClientId>,
}

impl Announcements {
    pub(crate) fn new() -> Self {
        Self { queue: Mutex::default(), sent: watch::Sender::new(0) }
    }

    /// Waits until the room's own announcement and all earlier ones have been sent. A client that joins the room is
    /// notified of the end of its predecessor first.
    pub(crate) async fn until_open(&self, room: &LiveRoom) {
        self.reached(room.announced.load(Ordering::Acquire)).await;
    }

    async fn reached(&self, number: u64) {
        if *self.sent.borrow() >= number {
            return;
        }
        let mut sent = self.sent.subscribe();
        // This cannot fail: the sender lives as long as `self`.
        let _is_open = sent.wait_for(|sent| *sent >= number).await;
    }

    /// Queues an announcement, and returns its number.
    fn push(&self, core: &Arc<Core>, announcement: Announcement) -> u64 {
        let mut queue = self.queue.lock();
        queue.waiting.push_back(announcement);
        queue.queued += 1;
        if !std::mem::replace(&mut queue.working, true) {
            core.tasks.spawn(send_all(Arc::clone(core)));
        }
        queue.queued
    }

    fn queued(&self) -> u64 {
        self.queue.lock().queued
    }

    fn take(&self) -> Option<Announcement> {
        let mut queue = self.queue.lock();
        let next = queue.waiting.pop_front();
        if next.is_none() {
            *queue = Queue { queued: queue.queued, ..Queue::default() };
        }
        next
    }
}

/// Queues the announcement of an id that is taken or freed. `asker` is notified in another way. Called under the lock
/// of the ids.
pub(super) fn announce(core: &Arc<Core>, change: IdChange<'_, Arc<Peer>>, asker: Option<&Arc<Peer>>) {
    let announcements = &core.announcements;
    let except = || asker.map(|peer| peer.id().clone());
    match change {
        IdChange::Taken(room) if room.profile.is_announced() => {
            let body = RoomCreated { info: &room.info(), epoch: &room.epoch };
            let packet = Packet::event(name::ROOM_CREATED, &body);
            let number = announcements.push(core, Announcement { packet, audience: None, except: except() });
            room.announced.store(number, Ordering::Release);
        }
        IdChange::Taken(room) => room.announced.store(announcements.queued(), Ordering::Release),
        IdChange::Freed(room, members) => {
            let audience = if room.profile.is_announced() { None } else { Some(members.to_vec()) };
            if audience.as_ref().is_some_and(Vec::is_empty) {
                return;
            }
            let body = RoomDeleted { room_id: &room.profile.id, epoch: &room.epoch };
            let packet = Packet::event(name::ROOM_DELETED, &body);
            let number = announcements.push(core, Announcement { packet, audience, except: except() });
            room.announced.store(number, Ordering::Release);
        }
    }
}

async fn send_all(core: Arc<Core>) {
    while let Some(Announcement { packet, audience, except }) = core.announcements.take() {
        let audience = audience.unwrap_or_else(|| core.peers.all());
        for slice in audience.chunks(SLICE) {
            for peer in slice.iter().filter(|peer| Some(peer.id()) != except.as_ref()) {
                peer.push(&packet);
            }
            // Yield to the writers of the connections, as after a fan-out.
            tokio::task::yield_now().await;
        }
        core.announcements.sent.send_modify(|sent| *sent += 1);
    }
}
