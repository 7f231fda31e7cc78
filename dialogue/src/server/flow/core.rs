//! The state of a server, which every handle refers to.

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
    /// The tables that the server was built with.
    #[cfg(feature = "schema")]
    pub(crate) tables: Vec<&'static crate::room::RoomDef>,
    pub(crate) peers: Peers,
    pub(crate) announcements: Announcements,
    pub(crate) listeners: Listeners,
    pub(crate) retention: Retention,
    pub(crate) creation_rate: CreationRate,
    pub(crate) dedup: Dedup,
    /// Permits for concurrent calls of `on_cleanup`.
    pub(crate) cleanups: Semaphore,
    /// All tasks that the server started, except those of listeners. A stop waits for them.
    pub(crate) tasks: Tasks,
    /// The tasks of listeners. During a stop they finish before the rooms evict their history.
    pub(crate) listener_tasks: Tasks,
    /// Cancelled when the server begins to stop.
    pub(crate) stopping: CancellationToken,
    /// Cancelled when the server has stopped. Pending retries end.
    pub(crate) stopped: CancellationToken,
    /// Cancelled when a stop has completed.
    pub(crate) ended: CancellationToken,
    /// Whether a stop has begun.
    pub(crate) is_ending: AtomicBool,
    pub(crate) transport: OnceLock<Arc<dyn Transport>>,
    pub(crate) started: Instant,
}

impl Core {
    /// Runs a future to completion in a task of the server, even if the caller is dropped. Hooks run once, and no
    /// operation is left incomplete.
    pub(crate) async fn to_its_end<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.tasks.spawn(work.in_current_span()).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down, so the caller is dropped too.
                Err(_cancelled) => std::future::pending().await,
            },
        }
    }

    /// Runs a future that needs a runtime: in place if there is one, otherwise in a task of the server.
    pub(crate) async fn on_runtime<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        if tokio::runtime::Handle::try_current().is_ok() { work.await } else { self.to_its_end(work).await }
    }

    /// The current time for rate limits: the time since the server was built.
    pub(crate) fn clock(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The transport of the server.
pub(crate) trait Transport: Send + Sync {
    /// The routes of the transport and of the application. They keep the server alive.
    fn router(&self, core: &Arc<Core>) -> axum::Router;

    /// Ends every connection, and waits until they are gone.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// The current time in Unix milliseconds.
pub(crate) fn now() -> u64 {
    unix_millis(SystemTime::now())
}
