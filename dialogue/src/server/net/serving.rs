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

/// How much longer the system waits for a peer that takes nothing than the server does.
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

/// Listens on an address, and serves it in the background until the server stops.
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
    // Longer than an outbox waits, which begins later: the server is to cut off who does not read, and so to know why.
    let patience = core.config.max_spill_age.saturating_add(MARGIN);
    let task = tokio::spawn(http::serve(listener, router, patience, stopping.cancelled_owned()));
    Ok(Serving { local_address, task })
}

/// Stops gracefully, within the time that the configuration allows. The first call begins it in a task of its own, so that it
/// comes to its end even if that call is dropped; later calls wait for the same end.
pub(crate) async fn stop(core: &Arc<Core>) {
    if !core.is_ending.swap(true, Ordering::AcqRel) {
        let server = Arc::clone(core);
        // Also if the runtime ends before the task has begun: nobody may wait for ever.
        let end = core.ended.clone().drop_guard();
        // Not among the server's tasks, for whose end it waits.
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
    // Something may have been recorded after the rooms were made to evict their history.
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
    // When the last client has had its last hook, only the server itself can trigger; then the listeners end too. Half of
    // the time is for what comes after.
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

/// The result of a serving task that has ended.
pub(crate) fn joined(ended: Result<Result<(), ServeError>, tokio::task::JoinError>) -> Result<(), ServeError> {
    match ended {
        Ok(result) => result,
        Err(panic) => Err(ServeError::Accept(std::io::Error::other(panic))),
    }
}
