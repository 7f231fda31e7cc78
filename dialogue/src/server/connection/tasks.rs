//! Where the server's tasks run.

use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// Spawns tasks, also from threads that no runtime drives, and counts them, so that a stop can wait for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    runtime: Arc<OnceLock<Handle>>,
}

impl Tasks {
    /// A tracker of its own for tasks of the same runtime.
    pub(crate) fn sibling(&self) -> Self {
        Self { tracker: TaskTracker::new(), runtime: Arc::clone(&self.runtime) }
    }

    /// Remembers the runtime of the calling thread, if it has one: threads without one spawn on it. Every connection comes
    /// through here, so that the runtime is known whenever there is a client.
    pub(crate) fn remember_runtime(&self) {
        if self.runtime.get().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            // Another thread may have been first, with a handle to a runtime that is as good.
            let _first = self.runtime.set(runtime);
        }
    }

    /// The runtime of this thread, else the one that the server has seen.
    ///
    /// # Panics
    ///
    /// If there is neither.
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
    /// As [`runtime`](Self::runtime).
    #[track_caller]
    pub(crate) fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tracker.spawn_on(task, &self.runtime())
    }

    /// Takes the last task: [`wait`](Self::wait) returns when all have ended.
    pub(crate) fn close(&self) {
        self.tracker.close();
    }

    /// Waits until all tasks have ended, once it is [closed](Self::close).
    pub(crate) async fn wait(&self) {
        self.tracker.wait().await;
    }

    pub(crate) fn len(&self) -> usize {
        self.tracker.len()
    }
}
