//! What a server consists of, behind every handle to it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::client::Client;
use super::clients::Clients;
use super::config::Config;
use super::cors::Cors;
use super::dedup::Dedup;
use super::handlers::Handlers;
use super::hooks::Hooks;
use super::identity::unix_millis;
use super::memory::Memory;
use super::state::Rooms;

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) cors: Cors,
    pub(crate) hooks: Hooks,
    pub(crate) rooms: Rooms<Client>,
    /// The tables that it was built with.
    #[cfg(feature = "schema")]
    pub(crate) tables: Vec<&'static crate::room::RoomDef>,
    pub(crate) clients: Clients,
    pub(crate) handlers: Handlers,
    pub(crate) memory: Memory,
    pub(crate) dedup: Dedup,
    /// Every task that the server started, without those of handlers; a stop waits for them.
    pub(crate) tasks: TaskTracker,
    /// The tasks of handlers, which a stop lets come to their end before rooms forget.
    pub(crate) listeners: TaskTracker,
    /// Cancelled when the server begins to stop.
    pub(crate) stopping: CancellationToken,
    /// Cancelled when it has stopped: whatever is still being tried is given up.
    pub(crate) stopped: CancellationToken,
    /// The application's own routes.
    pub(crate) app: axum::Router,
    pub(crate) transport: OnceLock<Arc<dyn Transport>>,
    pub(crate) started: Instant,
}

impl Shared {
    /// Does something to its end, even if whoever waits for it goes away: hooks run once, and nothing is left half done.
    pub(crate) async fn to_its_end<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.tasks.spawn(work.in_current_span()).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime ends, and with it whoever waits here.
                Err(_cancelled) => std::future::pending().await,
            },
        }
    }

    /// Now, for limits: since the start.
    pub(crate) fn clock(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The way in, as the server sees it.
pub(crate) trait Transport: Send + Sync {
    /// The routes that serve it.
    fn router(&self) -> axum::Router;

    /// Ends every connection, and waits until they are gone.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Now, in Unix milliseconds.
pub(crate) fn now() -> u64 {
    unix_millis(SystemTime::now())
}
