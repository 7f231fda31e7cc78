//! User code, boxed once when it is registered, and run guarded: against panics and against its time limit.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tracing::{error, warn};

use crate::error::{BoxError, Denied};
use crate::protocol::EventMessage;
use crate::room::{NewRoom, RoomId};

use super::client::Client;
use super::handshake::Handshake;
use super::identity::Identity;
use super::incoming::{PendingEvent, PublishedEvent};
use super::new_room::RoomProposal;
use super::past::{Evicted, Query};
use super::registry::Registry;
use super::room::Room;

/// A hook that takes one argument and answers `T`.
pub(crate) type Hook<A, T = ()> = Arc<dyn Fn(A) -> BoxFuture<'static, T> + Send + Sync>;

/// A hook that may say no.
pub(crate) type Judge<A, T = ()> = Hook<A, Result<T, Denied>>;

/// The hooks of a server, under the names of the builder's methods.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) on_connect: Vec<Hook<Handshake>>,
    pub(crate) on_disconnect: Vec<Hook<Handshake>>,
    pub(crate) authenticate: Option<Judge<Handshake, Identity>>,
    pub(crate) on_connected: Vec<Hook<Client>>,
    pub(crate) on_disconnected: Vec<Hook<Client>>,
    pub(crate) before_join: Vec<Judge<(Client, Room)>>,
    pub(crate) on_joined: Vec<Hook<(Client, Room)>>,
    pub(crate) on_left: Vec<Hook<(Client, Room)>>,
    pub(crate) before_create: Option<Judge<RoomProposal, NewRoom>>,
    pub(crate) on_room_created: Vec<Hook<Room>>,
    pub(crate) on_room_deleted: Vec<Hook<Room>>,
    pub(crate) before_each: Vec<Judge<PendingEvent, PendingEvent>>,
    pub(crate) on_triggered: Vec<Hook<(Room, EventMessage)>>,
    pub(crate) after_each: Vec<Hook<PublishedEvent>>,
    pub(crate) on_cleanup: Option<Hook<Evicted, Result<(), BoxError>>>,
    pub(crate) on_load: Option<Hook<Query, Result<Vec<EventMessage>, BoxError>>>,
    /// Those of single rooms.
    pub(crate) before: Registry<Before>,
}

/// A before-each hook of one room.
pub(crate) struct Before {
    /// The event that it is for; `None` is every event.
    pub(crate) event: Option<&'static str>,
    pub(crate) hook: Judge<PendingEvent, PendingEvent>,
}

impl Hooks {
    /// The before-each hooks of an event in a room: the server's, then the room's.
    pub(crate) fn before_each(&self, room: &RoomId, event: &str) -> Vec<Judge<PendingEvent, PendingEvent>> {
        let is_for = |before: &Before| before.event.is_none_or(|own| own == event);
        let mut hooks = self.before.of(room, |before| is_for(before).then(|| Arc::clone(&before.hook)));
        if !self.before_each.is_empty() {
            hooks.splice(..0, self.before_each.iter().cloned());
        }
        hooks
    }

    /// Whether anyone wants to know of events that have been published.
    pub(crate) fn follow_events(&self) -> bool {
        !self.after_each.is_empty() || !self.on_triggered.is_empty()
    }
}

/// Boxes a user's closure. It is cloned for every call, so that it may use up what it captured.
pub(crate) fn boxed<A, T, F, Fut>(hook: F) -> Hook<A, T>
where
    F: FnOnce(A) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    Arc::new(move |argument| hook.clone()(argument).boxed())
}

/// User code that did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

/// Why something that hooks were asked about is not to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum No {
    /// A hook said so.
    Denied(Denied),
    /// A hook did not come to its end.
    Failed,
}

/// Runs user code to its end, its panic or its limit, whichever is first.
pub(crate) async fn guarded<T>(
    what: &'static str,
    limit: Duration,
    code: impl FnOnce() -> BoxFuture<'static, T>,
) -> Result<T, Failed> {
    // A closure may panic before it returns its future.
    let run = async { code().await };
    match tokio::time::timeout(limit, AssertUnwindSafe(run).catch_unwind()).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_panic)) => {
            error!(hook = what, "the hook panicked");
            Err(Failed)
        }
        Err(_elapsed) => {
            warn!(hook = what, ?limit, "the hook was dropped: it ran into its time limit");
            Err(Failed)
        }
    }
}

/// Runs every hook of one kind, in the order of registration.
pub(crate) async fn run_all<A: Clone>(what: &'static str, limit: Duration, hooks: &[Hook<A>], argument: &A) {
    for hook in hooks {
        let _logged = guarded(what, limit, || hook(argument.clone())).await;
    }
}

/// Asks every hook of one kind, in the order of registration; the first no counts.
pub(crate) async fn ask_all<A: Clone>(
    what: &'static str,
    limit: Duration,
    hooks: &[Judge<A>],
    argument: &A,
) -> Result<(), No> {
    for hook in hooks {
        ask(what, limit, hook, argument.clone()).await?;
    }
    Ok(())
}

/// Asks one hook.
pub(crate) async fn ask<A, T>(what: &'static str, limit: Duration, hook: &Judge<A, T>, argument: A) -> Result<T, No> {
    match guarded(what, limit, || hook(argument)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(denied)) => Err(No::Denied(denied)),
        Err(Failed) => Err(No::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn user_code_cannot_panic_or_hang_the_server() {
        assert_eq!(guarded("test", LIMIT, || async { 5 }.boxed()).await, Ok(5));
        assert_eq!(guarded("test", LIMIT, || async { panic!("a bug") }.boxed()).await, Err::<(), _>(Failed));
        assert_eq!(guarded("test", LIMIT, || -> BoxFuture<'static, ()> { panic!("a bug") }).await, Err(Failed));
        assert_eq!(guarded("test", LIMIT, || std::future::pending::<()>().boxed()).await, Err(Failed));
    }
}
