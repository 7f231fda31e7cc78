//! The handle of a server that runs in the background.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::ServeError;
use crate::server::net::serving::{self, Serving};

use super::dialogue::Dialogue;

/// A server that runs in the background. It keeps running when this is dropped.
///
/// See [`Dialogue::start`].
#[derive(Debug)]
pub struct Server {
    dialogue: Dialogue,
    serving: Serving,
}

impl Server {
    pub(crate) fn new(dialogue: Dialogue, serving: Serving) -> Self {
        Self { dialogue, serving }
    }

    /// The address on which it listens.
    pub fn local_address(&self) -> SocketAddr {
        self.serving.local_address
    }

    /// Stops it; see [`Dialogue::stop`].
    ///
    /// # Errors
    ///
    /// [`ServeError`] if accepting connections had failed before.
    pub async fn stop(mut self) -> Result<(), ServeError> {
        let deadline = Instant::now() + self.dialogue.core().config.stop_timeout;
        self.dialogue.stop().await;
        // It has usually ended by now. A connection whose peer does not read can delay the end.
        let a_moment = Instant::now() + Duration::from_millis(100);
        if let Ok(ended) = tokio::time::timeout_at(deadline.max(a_moment), self.ended()).await {
            return ended;
        }
        self.serving.task.abort();
        Ok(())
    }

    /// Waits until serving ends.
    pub(super) async fn ended(&mut self) -> Result<(), ServeError> {
        serving::joined((&mut self.serving.task).await)
    }
}
