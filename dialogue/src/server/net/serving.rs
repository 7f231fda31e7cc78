//! Listening, and stopping gracefully.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use tokio::net::ToSocketAddrs;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use crate::error::ServeError;
use crate::server::flow::{Core, history};
use crate::server::session::task;

use super::http;

pub(crate) use super::http::asked_to_stop;

/// How much longer than the server the system waits for a peer that does not read.
const MARGIN: Duration = Duration::from_secs(5);

/// A listener that is being served in the background.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) local_address: SocketAddr,
    pub(crate) task: JoinHandle<Result<(), ServeError>>,
}

/// The routes of the server and of the application.
pub(crate) fn router(core: &Arc<Core>) -> Router {
    core.transport.get().map(|transport| transport.router(core)).unwrap_or_default()
}

/// Listens on an address, and serves in the background until the server stops.
pub(crate) async fn start(core: &Arc<Core>, address: impl ToSocketAddrs + fmt::Display) -> Result<Serving, ServeError> {
    if core.stopping.is_cancelled() {
        return Err(ServeError::Stopped);
    }
    core.tasks.remember_runtime();
    let listener = http::bind(address).await?;
    let local_address = listener.local_addr().map_err(ServeError::Accept)?;
    info!(address = %local_address, "listening");
    let stopping = core.stopping.clone();
    let router = http::with_health(router(core), stopping.clone());
    // This is longer than the time limit of an outbox, which starts later. The server should disconnect a client that
    // does not read, because it then knows the reason.
    let patience = core.config.max_spill_age.saturating_add(MARGIN);
    let task = tokio::spawn(http::serve(listener, router, patience, stopping.cancelled_owned()));
    Ok(Serving { local_address, task })
}

/// Stops gracefully, within the configured time. The first call starts a task, so that the stop completes even if the
/// call is dropped. Later calls wait for the same stop.
pub(crate) async fn stop(core: &Arc<Core>) {
    if !core.is_ending.swap(true, Ordering::AcqRel) {
        let server = Arc::clone(core);
        // The guard exists before the task runs, so that nobody waits forever if the runtime ends first.
        let end = core.ended.clone().drop_guard();
        // This task is not one of the server's tracked tasks, because it waits for them.
        core.tasks.runtime().spawn(async move {
            come_to_an_end(&server).await;
            drop(end);
        });
    }
    core.ended.cancelled().await;
}

async fn come_to_an_end(core: &Arc<Core>) {
    core.stopping.cancel();
    if tokio::time::timeout(core.config.stop_timeout, drain(core)).await.is_err() {
        warn!(tasks = core.tasks.len(), "stopped before every task came to its end");
    }
    core.stopped.cancel();
    // Events may have been recorded after the rooms evicted their history.
    history::shed_all(core);
    let lost = core.retention.lose_rest();
    if lost > 0 {
        error!(events = lost, "evicted events are lost: `on_cleanup` did not store them before the stop");
    }
}

async fn drain(core: &Arc<Core>) {
    let Core { config, peers, listeners, listener_tasks, tasks, transport, .. } = &**core;
    for peer in peers.close() {
        task::end(core, &peer, "server stop");
    }
    // After the last hook of the last client, only the server itself can trigger events, so the listeners can end too.
    // Half of the time is reserved for the following steps.
    let _gone = tokio::time::timeout(config.stop_timeout / 2, peers.gone()).await;
    listeners.close();
    listener_tasks.close();
    let _heard = tokio::time::timeout(config.stop_timeout / 4, listener_tasks.wait()).await;
    history::shed_all(core);
    tasks.close();
    let closed = async {
        if let Some(transport) = transport.get() {
            transport.close().await;
        }
    };
    tokio::join!(closed, tasks.wait());
}

/// Returns the result of a serving task that has ended.
pub(crate) fn joined(ended: Result<Result<(), ServeError>, tokio::task::JoinError>) -> Result<(), ServeError> {
    match ended {
        Ok(result) => result,
        Err(panic) => Err(ServeError::Accept(std::io::Error::other(panic))),
    }
}
