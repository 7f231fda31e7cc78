//! Runs the application's code so that a panic or a hang in it does not affect the server.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tracing::{error, warn};

/// User code that panicked or exceeded its time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

/// Runs user code until it returns, panics or reaches its time limit, whichever comes first.
pub(crate) async fn guarded<T>(
    what: &'static str,
    limit: Duration,
    code: impl FnOnce() -> BoxFuture<'static, T>,
) -> Result<T, Failed> {
    // A closure may panic before it returns its future.
    let future = caught(code).map_err(|()| panicked(what))?;
    let mut guarded = Guarded(Some(future));
    let outcome = tokio::time::timeout(limit, &mut guarded).await;
    if guarded.dispose().is_err() {
        error!(hook = what, "the hook panicked while it was dropped");
    }
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(())) => Err(panicked(what)),
        Err(_elapsed) => {
            warn!(hook = what, ?limit, "the hook was dropped: it ran into its time limit");
            Err(Failed)
        }
    }
}

fn panicked(what: &'static str) -> Failed {
    error!(hook = what, "the hook panicked");
    Failed
}

/// Runs code that may panic.
pub(crate) fn caught<T>(code: impl FnOnce() -> T) -> Result<T, ()> {
    catch_unwind(AssertUnwindSafe(code)).map_err(dispose)
}

/// Drops the payload of a panic. If the drop panics too, the second payload is leaked.
fn dispose(payload: Box<dyn Any + Send>) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        #[allow(clippy::mem_forget, reason = "its drop panics, and could do so without end")]
        std::mem::forget(payload);
    }
}

/// A future of user code. Panics while it is polled or dropped are caught, even if the waiting task is dropped.
struct Guarded<T>(Option<BoxFuture<'static, T>>);

impl<T> Guarded<T> {
    /// Drops the future, if it is still there.
    fn dispose(&mut self) -> Result<(), ()> {
        self.0.take().map_or(Ok(()), |future| caught(|| drop(future)))
    }
}

impl<T> Future for Guarded<T> {
    type Output = Result<T, ()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.0 else { return Poll::Pending };
        match caught(|| future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(()) => Poll::Ready(Err(())),
        }
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        // This happens only if the waiting task was dropped, so no caller needs the result.
        let _unheard = self.dispose();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    /// Panics when it is dropped.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            // A second panic during unwinding would abort the process, regardless of guards.
            if !std::thread::panicking() {
                std::panic::panic_any(Bomb2);
            }
        }
    }

    /// A panic payload that panics whenever it is dropped.
    struct Bomb2;

    impl Drop for Bomb2 {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                std::panic::panic_any(Bomb2);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn user_code_cannot_panic_or_hang_the_server() {
        assert_eq!(guarded("test", LIMIT, || async { 5 }.boxed()).await, Ok(5));
        assert_eq!(guarded("test", LIMIT, || async { panic!("a bug") }.boxed()).await, Err::<(), _>(Failed));
        assert_eq!(guarded("test", LIMIT, || -> BoxFuture<'static, ()> { panic!("a bug") }).await, Err(Failed));
        assert_eq!(guarded("test", LIMIT, || std::future::pending::<()>().boxed()).await, Err(Failed));
    }

    #[tokio::test(start_paused = true)]
    async fn nor_when_it_is_dropped() {
        let hangs = || {
            async {
                let _bomb = Bomb;
                std::future::pending::<()>().await;
            }
            .boxed()
        };
        assert_eq!(guarded("test", LIMIT, hangs).await, Err(Failed));
        let bomb = Bomb;
        let holds = move || async move { size_of_val(&bomb) }.boxed();
        assert_eq!(guarded("test", LIMIT, holds).await, Err(Failed), "it was dropped while it was polled");
        let abandoned = tokio::time::timeout(Duration::from_secs(1), guarded("test", LIMIT, hangs)).await;
        assert!(abandoned.is_err(), "whoever waited has gone, and nothing has panicked here");
        let payload = guarded("test", LIMIT, || async { std::panic::panic_any(Bomb2) }.boxed()).await;
        assert_eq!(payload, Err::<(), _>(Failed));
    }
}
