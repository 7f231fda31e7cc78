//! What a server consists of, behind every handle to it.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::server::config::Config;
use crate::server::connection::{Peer, Peers, Tasks, unix_millis};
use crate::server::state::Rooms;

use super::announcements::Announcements;
use super::creation_rate::CreationRate;
use super::dedup::Dedup;
use super::hooks::Hooks;
use super::listeners::Listeners;
use super::retention::Retention;

pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) hooks: Hooks,
    pub(crate) rooms: Rooms<Arc<Peer>>,
    /// The tables that it was built with.
    #[cfg(feature = "schema")]
    pub(crate) tables: Vec<&'static crate::room::RoomDef>,
    pub(crate) peers: Peers,
    pub(crate) announcements: Announcements,
    pub(crate) listeners: Listeners,
    pub(crate) retention: Retention,
    pub(crate) creation_rate: CreationRate,
    pub(crate) dedup: Dedup,
    /// Calls of `on_cleanup` that may begin.
    pub(crate) cleanups: Semaphore,
    /// Every task that the server started, except those of listeners; a stop waits for them.
    pub(crate) tasks: Tasks,
    /// The tasks of listeners, which a stop lets finish before the rooms evict their history.
    pub(crate) listener_tasks: Tasks,
    /// Cancelled when the server begins to stop.
    pub(crate) stopping: CancellationToken,
    /// Cancelled when it has stopped: whatever is still being retried is given up.
    pub(crate) stopped: CancellationToken,
    /// Cancelled when a stop, whoever began it, has come to its end.
    pub(crate) ended: CancellationToken,
    /// A stop has begun.
    pub(crate) is_ending: AtomicBool,
    pub(crate) transport: OnceLock<Arc<dyn Transport>>,
    pub(crate) started: Instant,
}

impl Core {
    /// Runs something to its end in a task of the server, even if whoever waits for it goes away: hooks run once, and
    /// nothing is left half done.
    pub(crate) async fn to_its_end<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.tasks.spawn(work.in_current_span()).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime shuts down, and with it whoever waits here.
                Err(_cancelled) => std::future::pending().await,
            },
        }
    }

    /// Runs something that needs a runtime: in place where there is one, else in a task of the server.
    pub(crate) async fn on_runtime<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        if tokio::runtime::Handle::try_current().is_ok() { work.await } else { self.to_its_end(work).await }
    }

    /// Now, for rate limits: the time since the server was built.
    pub(crate) fn clock(&self) -> Duration {
        self.started.elapsed()
    }
}

/// What brings connections to the server.
pub(crate) trait Transport: Send + Sync {
    /// The routes that serve it, beside the application's own. They keep the server alive.
    fn router(&self, core: &Arc<Core>) -> axum::Router;

    /// Ends every connection, and waits until they are gone.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Now, in Unix milliseconds.
pub(crate) fn now() -> u64 {
    unix_millis(SystemTime::now())
}
