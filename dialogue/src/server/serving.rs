//! Serving and stopping.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use tokio::net::ToSocketAddrs;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::error::{Error, ServeError};

use super::client_task;
use super::dialogue::Dialogue;
use super::history;
use super::http;
use super::shared::Shared;

impl Dialogue {
    /// How many events of rooms' histories are lost to [`on_cleanup`](crate::DialogueBuilder::on_cleanup): the hook did not keep
    /// up, and more waited than [`Config::max_evicted_events`](crate::Config::max_evicted_events), or the server stopped before it
    /// had taken them.
    pub fn lost_history(&self) -> u64 {
        self.shared().memory.lost()
    }

    /// The routes of this server and of your app, for a listener of your own.
    ///
    /// Set `TCP_NODELAY` there: without it, small packets wait for 40 ms in some patterns. Serve it with
    /// `into_make_service_with_connect_info::<SocketAddr>()`, so that the addresses of clients are known. `/health` is
    /// only there when this crate serves.
    pub fn router(&self) -> Router {
        let transport = self.shared().transport.get().map(|transport| transport.router()).unwrap_or_default();
        // A router that has been handed on is all that is left of this handle in some programs.
        let transport = transport.layer(Extension(KeepAlive { _server: Arc::clone(self.shared()) }));
        self.shared().app.clone().merge(self.shared().cors.guard(transport))
    }

    /// Listens on an address, which may have port 0, and serves in the background. Beside the [`router`](Self::router)
    /// there is `/health`, unless your app has one.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the address cannot be bound, or this server has been stopped before.
    pub async fn start(&self, address: impl ToSocketAddrs + fmt::Display) -> Result<Server, ServeError> {
        if self.shared().stopping.is_cancelled() {
            return Err(ServeError::Stopped);
        }
        let listener = http::bind(address).await?;
        let local_address = listener.local_addr().map_err(ServeError::Accept)?;
        info!(address = %local_address, "listening");
        let stopping = self.shared().stopping.clone();
        let router = http::with_health(self.router(), stopping.clone());
        let patience = self.shared().config.max_spill_age;
        let serving = tokio::spawn(http::serve(listener, router, patience, stopping.cancelled_owned()));
        Ok(Server { dialogue: self.clone(), local_address, serving })
    }

    /// Serves until ctrl-c or SIGTERM, and then stops gracefully.
    ///
    /// # Errors
    ///
    /// [`Error::Serve`] when the address cannot be bound or accepting fails.
    pub async fn serve(&self, address: impl ToSocketAddrs + fmt::Display) -> Result<(), Error> {
        let mut server = self.start(address).await?;
        tokio::select! {
            () = http::asked_to_stop() => {}
            () = self.shared().stopping.cancelled() => {}
            ended = &mut server.serving => return Ok(joined(ended)?),
        }
        Ok(server.stop().await?)
    }

    /// Stops gracefully: takes no new connections; does what clients have asked for, lets their queues run empty, and
    /// disconnects them, so that they come back elsewhere; lets hooks and handlers come to their end; and hands what rooms
    /// remember to [`on_cleanup`](crate::DialogueBuilder::on_cleanup). What is left after
    /// [`Config::stop_timeout`](crate::Config::stop_timeout) is cut off, and logged.
    pub async fn stop(&self) {
        let shared = self.shared();
        shared.stopping.cancel();
        if tokio::time::timeout(shared.config.stop_timeout, self.drain()).await.is_err() {
            warn!(tasks = shared.tasks.len(), "stopped before every task came to its end");
        }
        shared.stopped.cancel();
        // Something may have been recorded after the rooms were made to forget.
        history::shed_all(shared);
        let lost = shared.memory.lose_rest();
        if lost > 0 {
            error!(events = lost, "evicted events are lost: `on_cleanup` did not take them before the stop");
        }
    }

    async fn drain(&self) {
        let Shared { config, clients, handlers, listeners, tasks, transport, .. } = &**self.shared();
        for client in clients.close() {
            client_task::end(self.shared(), &client, "server stop");
        }
        // When the last client has had its last hook, only the server itself can trigger; then the handlers end too. Half of
        // the time is for what comes after.
        let _gone = tokio::time::timeout(config.stop_timeout / 2, clients.gone()).await;
        handlers.close();
        listeners.close();
        let _heard = tokio::time::timeout(config.stop_timeout / 4, listeners.wait()).await;
        history::shed_all(self.shared());
        tasks.close();
        let closed = async {
            if let Some(transport) = transport.get() {
                transport.close().await;
            }
        };
        tokio::join!(closed, tasks.wait());
    }
}

/// Keeps the server alive for as long as someone can come in.
#[derive(Clone)]
struct KeepAlive {
    _server: Arc<Shared>,
}

/// A server that runs in the background. Dropping this leaves it running.
#[derive(Debug)]
pub struct Server {
    dialogue: Dialogue,
    local_address: SocketAddr,
    serving: JoinHandle<Result<(), ServeError>>,
}

impl Server {
    /// Where it listens.
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// Stops it; see [`Dialogue::stop`].
    ///
    /// # Errors
    ///
    /// [`ServeError`] when accepting connections had failed before.
    pub async fn stop(mut self) -> Result<(), ServeError> {
        let deadline = Instant::now() + self.dialogue.shared().config.stop_timeout;
        self.dialogue.stop().await;
        // Most often it has ended by now; a connection whose peer reads nothing holds it up.
        let a_moment = Instant::now() + Duration::from_millis(100);
        if let Ok(ended) = tokio::time::timeout_at(deadline.max(a_moment), &mut self.serving).await {
            return joined(ended);
        }
        self.serving.abort();
        Ok(())
    }
}

fn joined(ended: Result<Result<(), ServeError>, tokio::task::JoinError>) -> Result<(), ServeError> {
    match ended {
        Ok(result) => result,
        Err(panic) => Err(ServeError::Accept(std::io::Error::other(panic))),
    }
}
