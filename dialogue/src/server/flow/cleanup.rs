//! Passes evicted events to the application's store, in batches. Each room with evicted events has one task.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tracing::{error, warn};

use crate::server::connection::{LiveRoom, Packet};
use crate::server::state::Batch;

use super::core::Core;
use super::guard::Failed;
use super::hooks::{self, Eviction};

/// Maximum number of events in a batch.
const BATCH: usize = 100;

/// How long a smaller batch waits for more events.
const LINGER: Duration = Duration::from_millis(200);

/// The delay after the first failure. It doubles after each further failure.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The maximum delay.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The delay while the server stops.
const LAST_PAUSE: Duration = Duration::from_millis(200);

/// Starts a task that passes the room's evicted events to the store, unless one is running.
pub(crate) fn begin(core: &Arc<Core>, room: &Arc<LiveRoom>) {
    if !core.retention.has_store() {
        return;
    }
    let has_batch = || usize::try_from(room.evicted.load(Ordering::Relaxed)).is_ok_and(|evicted| evicted >= BATCH);
    if !room.is_being_cleaned.swap(true, Ordering::AcqRel) {
        core.tasks.spawn(hand_over_all(Arc::clone(core), Arc::clone(room)));
    } else if has_batch() || core.retention.is_pressed() {
        room.cleaner.wake();
    }
}

async fn hand_over_all(core: Arc<Core>, room: Arc<LiveRoom>) {
    let mut pause = FIRST_PAUSE;
    loop {
        linger(&core, &room).await;
        while !hand_over_once(&core, &room).await {
            if core.stopped.is_cancelled() {
                return;
            }
            wait(&core, pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        pause = FIRST_PAUSE;
        if room.has_batch(1) {
            continue;
        }
        room.is_being_cleaned.store(false, Ordering::Release);
        // Events may have been evicted between the two lines above, while this task still counted as running.
        if !room.has_batch(1) || room.is_being_cleaned.swap(true, Ordering::AcqRel) {
            return;
        }
    }
}

/// Waits until a batch is full or has waited long enough. Does not wait if the server stops, or if so many events wait
/// in all rooms that events would soon be lost.
async fn linger(core: &Core, room: &LiveRoom) {
    let enough = poll_fn(|context| {
        // Register first, so that an eviction after the check below wakes this task.
        room.cleaner.register(context.waker());
        let is_enough = room.has_batch(BATCH) || core.retention.is_pressed();
        if is_enough { Poll::Ready(()) } else { Poll::Pending }
    });
    tokio::select! {
        () = enough => {}
        () = tokio::time::sleep(LINGER) => {}
        () = core.stopping.cancelled() => {}
    }
}

/// Passes one batch of each type to the store. Returns false if the application failed to store some of them, or
/// retries have ended.
async fn hand_over_once(core: &Arc<Core>, room: &Arc<LiveRoom>) -> bool {
    // The batch is taken after this wait, so a longer wait makes a larger batch.
    let permit = tokio::select! {
        permit = core.cleanups.acquire() => permit,
        () = core.stopped.cancelled() => return false,
    };
    let mut all = true;
    for batch in room.batches(BATCH) {
        if core.stopped.is_cancelled() {
            return false;
        }
        let last = batch.entries.last().map_or(0, |(offset, _)| *offset);
        let eviction = eviction(core, room, &batch);
        if hand_over(core, eviction).await {
            core.retention.account(room, room.taken(&batch.event, last));
        } else {
            all = false;
        }
    }
    drop(permit);
    all
}

fn eviction(core: &Core, room: &Arc<LiveRoom>, batch: &Batch<Packet>) -> Eviction {
    let events: Vec<_> =
        batch.entries.iter().filter_map(|(_, packet)| serde_json::from_str(packet.envelope()).ok()).collect();
    if events.len() < batch.entries.len() {
        // Every event was validated before it was published, so this would be a bug. It must not go unnoticed.
        error!(room = %room.profile.id, event = &*batch.event, "an event cannot be handed over");
        core.retention.lose(room, batch.entries.len() - events.len());
    }
    Eviction { room: Arc::clone(room), event: batch.event.clone().into(), events }
}

/// Whether the application has stored the events.
async fn hand_over(core: &Arc<Core>, eviction: Eviction) -> bool {
    let Some(hook) = &core.hooks.on_cleanup else { return true };
    let (room, event) = (eviction.room.profile.id.clone(), eviction.event.clone());
    match hooks::run_store(core, "on_cleanup", hook, eviction).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            warn!(%room, event, error, "evicted events were not stored: trying again");
            false
        }
        Err(Failed) => false,
    }
}

/// Waits before the next attempt. The wait is short while the server stops.
async fn wait(core: &Core, pause: Duration) {
    let (pause, sooner) =
        if core.stopping.is_cancelled() { (pause.min(LAST_PAUSE), &core.stopped) } else { (pause, &core.stopping) };
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = sooner.cancelled() => {}
    }
}
