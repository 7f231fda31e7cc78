//! User code, boxed once when it is registered, and run guarded: against panics and against its time limit.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tracing::{error, warn};

use crate::room::RoomId;

use super::client::Client;

/// A hook that takes one argument and answers `T`.
pub(crate) type Hook<A, T = ()> = Box<dyn Fn(A) -> BoxFuture<'static, T> + Send + Sync>;

/// The hooks of a server.
#[derive(Default)]
#[expect(clippy::struct_field_names, reason = "these are the names of the builder's methods")]
pub(crate) struct Hooks {
    pub(crate) on_connected: Vec<Hook<Client>>,
    pub(crate) on_disconnected: Vec<Hook<Client>>,
    pub(crate) on_joined: Vec<Hook<(Client, RoomId)>>,
    pub(crate) on_left: Vec<Hook<(Client, RoomId)>>,
}

/// Boxes a user's closure. It is cloned for every call, so that it may use up what it captured.
pub(crate) fn boxed<A, T, F, Fut>(hook: F) -> Hook<A, T>
where
    F: FnOnce(A) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    Box::new(move |argument| hook.clone()(argument).boxed())
}

/// User code that did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

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
