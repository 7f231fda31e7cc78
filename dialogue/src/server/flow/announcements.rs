//! Tells clients of rooms that open and close, in the order in which their ids are taken and freed.
//!
//! An announcement is queued under the lock under which the id changes hands, so the queue has the order of the ids. One task
//! sends them, in slices, so that neither that lock nor the writers of the connections wait for a large audience.

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

/// How many clients are told before others have a turn.
const SLICE: usize = 500;

/// The announcements that wait.
pub(crate) struct Announcements {
    queue: Mutex<Queue>,
    /// How many have been sent.
    sent: watch::Sender<u64>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Announcement>,
    /// How many have been queued so far.
    queued: u64,
    /// A task sends them.
    working: bool,
}

struct Announcement {
    packet: Packet,
    /// Who is told; `None` is everyone.
    audience: Option<Vec<Arc<Peer>>>,
    /// Who is told in another way.
    except: Option<ClientId>,
}

impl Announcements {
    pub(crate) fn new() -> Self {
        Self { queue: Mutex::default(), sent: watch::Sender::new(0) }
    }

    /// Waits until everything has been sent that was queued before the id of the room was taken, and the room's own
    /// announcement: who joins the room is told of its predecessor's end before.
    pub(crate) async fn until_open(&self, room: &LiveRoom) {
        self.reached(room.announced.load(Ordering::Acquire)).await;
    }

    async fn reached(&self, number: u64) {
        if *self.sent.borrow() >= number {
            return;
        }
        let mut sent = self.sent.subscribe();
        // The sender lives as long as `self`.
        let _is_open = sent.wait_for(|sent| *sent >= number).await;
    }

    /// Queues an announcement; its number.
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

/// Queues the announcement of an id that changes hands. `asker` hears of it in another way. Called under the lock of the ids.
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
            // The writers of the connections need their turns, as after a fan-out.
            tokio::task::yield_now().await;
        }
        core.announcements.sent.send_modify(|sent| *sent += 1);
    }
}
