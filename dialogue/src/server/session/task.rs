//! The task of one client: it handles the client's requests one after the other, from its admission to its end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tracing::{Instrument as _, debug, error, info_span};

use crate::protocol::{ErrorBody, ErrorCode};
use crate::server::connection::{Ending, Job, Peer, Queued};
use crate::server::flow::{Core, hooks, leave};

use super::{admission, dispatch};

/// Starts the task that does what the client asked for.
pub(crate) fn start(core: &Arc<Core>, peer: &Arc<Peer>) {
    let (core, peer) = (Arc::clone(core), Arc::clone(peer));
    let tasks = core.tasks.clone();
    let span = info_span!("client", client = %peer.id());
    let work = async move {
        while let Some(job) = peer.requests().take() {
            let (is_request, is_last) = (job.is_request(), job.is_last());
            let ack = job.ack();
            // Hooks are guarded already. A panic anywhere else must not leave a client seated that nobody serves any more.
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

/// Ends a client's queue: what it asked for before is done, then it is taken out of its rooms.
pub(crate) fn end(core: &Arc<Core>, peer: &Arc<Peer>, reason: &'static str) {
    if peer.requests().close(reason) == Queued::Idle {
        start(core, peer);
    }
}

async fn run(core: &Arc<Core>, peer: &Arc<Peer>, job: Job) {
    match job {
        Job::Request { frame, ack } => dispatch::request(core, peer, &frame, ack).await,
        Job::Refused { why, ack } => dispatch::unread(core, peer, why, ack),
        // Boxed, as are the rare requests: a task is as large as the largest thing that it may do.
        Job::Connect => Box::pin(admission::connect(core, peer)).await,
        Job::Disconnected { reason } => Box::pin(disconnected(core, peer, reason)).await,
    }
}

/// The hook runs while the client is still in its rooms; then it is removed.
async fn disconnected(core: &Arc<Core>, peer: &Arc<Peer>, reason: &'static str) {
    peer.end_session();
    hooks::run_all(core, "on_disconnected", &core.hooks.on_disconnected, peer).await;
    core.peers.set_ending(peer);
    if core.stopping.is_cancelled() {
        let quarter = core.config.stop_timeout / 4;
        // Only when the last request of everyone has been handled does nobody publish any more: then what was acknowledged
        // is in the queues of all members.
        let _all = tokio::time::timeout(quarter, core.peers.all_ending()).await;
        // Not for long: a client that reads nothing must not keep the others' last hooks, and history, from being done.
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

/// Removes a client from its rooms and from the server without telling anyone: what should have done so panicked.
fn remove(core: &Arc<Core>, peer: &Arc<Peer>) {
    peer.outbox().disconnect();
    leave::abandon(core, peer);
    core.peers.set_ending(peer);
    core.peers.remove(peer);
    peer.set_ended();
}
