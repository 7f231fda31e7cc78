//! The task of one client. It handles the client's requests one after the other, from admission to disconnect.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tracing::{Instrument as _, debug, error, info_span};

use crate::protocol::{ErrorBody, ErrorCode};
use crate::server::connection::{Ending, Job, Peer, Queued};
use crate::server::flow::{Core, hooks, leave};

use super::{admission, dispatch};

/// Starts the task that handles the client's requests.
pub(crate) fn start(core: &Arc<Core>, peer: &Arc<Peer>) {
    let (core, peer) = (Arc::clone(core), Arc::clone(peer));
    let tasks = core.tasks.clone();
    let span = info_span!("client", client = %peer.id());
    let work = async move {
        while let Some(job) = peer.requests().take() {
            let (is_request, is_last) = (job.is_request(), job.is_last());
            let ack = job.ack();
            // Hooks are guarded separately. After a panic anywhere else, no task would serve the client, so it must be
            // removed.
            if AssertUnwindSafe(run(&core, &peer, job)).catch_unwind().await.is_err() {
                error!("handling a request panicked");
                if is_request {
                    peer.refuse(ack, &ErrorBody::new(ErrorCode::Internal, "the server could not handle the request"));
                } else if is_last {
                    remove(&core, &peer);
                } else {
                    peer.outbox().close(Ending::Cut);
                }
            }
        }
    };
    tasks.spawn(work.instrument(span));
}

/// Ends a client's queue: its earlier requests are handled, and then it is removed from its rooms.
pub(crate) fn end(core: &Arc<Core>, peer: &Arc<Peer>, reason: &'static str) {
    if peer.requests().close(reason) == Queued::Idle {
        start(core, peer);
    }
}

async fn run(core: &Arc<Core>, peer: &Arc<Peer>, job: Job) {
    match job {
        Job::Request { frame, ack } => dispatch::request(core, peer, &frame, ack).await,
        Job::Refused { why, ack } => dispatch::unread(core, peer, why, ack),
        // Boxed, like rare requests, because a task is as large as its largest future.
        Job::Connect => Box::pin(admission::connect(core, peer)).await,
        Job::Disconnected { reason } => Box::pin(disconnected(core, peer, reason)).await,
    }
}

/// The hook runs while the client is still in its rooms. Then the client is removed.
async fn disconnected(core: &Arc<Core>, peer: &Arc<Peer>, reason: &'static str) {
    peer.end_session();
    hooks::run_all(core, "on_disconnected", &core.hooks.on_disconnected, peer).await;
    core.peers.set_ending(peer);
    if core.stopping.is_cancelled() {
        let quarter = core.config.stop_timeout / 4;
        // No client publishes after the last request of all clients has been handled. Every acknowledged event is then
        // in the queues of all members.
        let _all = tokio::time::timeout(quarter, core.peers.all_ending()).await;
        // The wait is short: a client that does not read must not delay the last hooks of other clients, or the
        // eviction of history.
        let _drained = tokio::time::timeout(quarter, peer.drained()).await;
        peer.outbox().close(Ending::Cut);
    }
    peer.outbox().disconnect();
    leave::leave_all(core, peer).await;
    core.peers.remove(peer);
    debug!(user = ?peer.user_id(), reason, "disconnected");
    hooks::run_all(core, "on_disconnect", &core.hooks.on_disconnect, &peer.handshake).await;
    peer.set_ended();
}

/// Removes a client from its rooms and from the server without notifying anyone, because the regular removal panicked.
fn remove(core: &Arc<Core>, peer: &Arc<Peer>) {
    peer.outbox().disconnect();
    leave::abandon(core, peer);
    core.peers.remove(peer);
    peer.set_ended();
}
