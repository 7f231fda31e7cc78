//! The task of one client: it does what the client asked for, one thing after the other, from its coming to its end.

use std::sync::Arc;

use tracing::{Instrument as _, debug, info_span};

use super::client::Client;
use super::dispatch;
use super::hooks;
use super::membership;
use super::outbox::Ending;
use super::queue::{Job, Queued};
use super::session;
use super::shared::Shared;

/// Starts the task that does what the client asked for.
pub(crate) fn start(shared: &Arc<Shared>, client: &Client) {
    let (shared, client) = (Arc::clone(shared), client.clone());
    let tasks = shared.tasks.clone();
    let span = info_span!("client", client = %client.id());
    let work = async move {
        while let Some(job) = client.queue().take() {
            run(&shared, &client, job).await;
        }
    };
    tasks.spawn(work.instrument(span));
}

/// Ends a client's queue: what it asked for before is done, then it is taken out of its rooms.
pub(crate) fn end(shared: &Arc<Shared>, client: &Client, reason: &'static str) {
    if client.queue().close(reason) == Queued::Idle {
        start(shared, client);
    }
}

async fn run(shared: &Arc<Shared>, client: &Client, job: Job) {
    match job {
        Job::Request { frame, ack } => dispatch::request(shared, client, &frame, ack).await,
        Job::TooLarge { ack } => dispatch::too_large(shared, client, ack),
        // Boxed, as are the rare requests: a task is as large as the largest thing that it may do.
        Job::Connect => Box::pin(session::connect(shared, client)).await,
        Job::Disconnected { reason } => Box::pin(disconnected(shared, client, reason)).await,
    }
}

/// The hook runs while the client is still in its rooms; then it is removed.
async fn disconnected(shared: &Arc<Shared>, client: &Client, reason: &'static str) {
    let limit = shared.config.hook_timeout;
    client.end_session();
    hooks::run_all("on_disconnected", limit, &shared.hooks.on_disconnected, client).await;
    if shared.stopping.is_cancelled() {
        // Not for long: whoever reads nothing must not keep the others' last hooks, and history, from being done.
        let _drained = tokio::time::timeout(shared.config.stop_timeout / 4, client.drained()).await;
        client.outbox().close(Ending::Cut);
    }
    client.outbox().disconnect();
    membership::leave_all(shared, client).await;
    shared.clients.remove(client);
    debug!(user = ?client.user_id(), reason, "disconnected");
    hooks::run_all("on_disconnect", limit, &shared.hooks.on_disconnect, client.handshake()).await;
    client.has_ended();
}
