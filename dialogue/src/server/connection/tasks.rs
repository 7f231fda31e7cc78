//! Spawning and tracking the server's tasks.

use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// Spawns tasks, even from threads outside a runtime, and counts them, so that a stop can wait for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    runtime: Arc<OnceLock<Handle>>,
}

impl Tasks {
    /// Creates a separate tracker for tasks of the same runtime.
    pub(crate) fn sibling(&self) -> Self {
        Self { tracker: TaskTracker::new(), runtime: Arc::clone(&self.runtime) }
    }

    /// Stores the runtime of the calling thread, if it has one. Threads without a runtime spawn on it. Every connection
    /// calls this, so the runtime is known whenever a client exists.
    pub(crate) fn remember_runtime(&self) {
        if self.runtime.get().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            // Another thread may have stored its runtime first, which works as well.
            let _first = self.runtime.set(runtime);
        }
    }

    /// The runtime of this thread, or else the stored one.
    ///
    /// # Panics
    ///
    /// If neither exists.
    #[track_caller]
    pub(crate) fn runtime(&self) -> Handle {
        let current = Handle::try_current().ok();
        let known = current.or_else(|| self.runtime.get().cloned());
        known.expect("this needs a tokio runtime: call it within one, or after the server has been started")
    }

    /// Spawns a task that a stop waits for.
    ///
    /// # Panics
    ///
    /// As for [`runtime`](Self::runtime).
    #[track_caller]
    pub(crate) fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tracker.spawn_on(task, &self.runtime())
    }

    /// Closes the tracker: [`wait`](Self::wait) returns when all tasks have ended.
    pub(crate) fn close(&self) {
        self.tracker.close();
    }

    /// Waits until the tracker is [closed](Self::close) and all tasks have ended.
    pub(crate) async fn wait(&self) {
        self.tracker.wait().await;
    }

    pub(crate) fn len(&self) -> usize {
        self.tracker.len()
    }
}
