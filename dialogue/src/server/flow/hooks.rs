//! The application's hooks in the form that the server calls: boxed once at registration, and run under a
//! [guard](super::guard).
//!
//! Hooks take the server's internal types. Registration wraps these in the public handles, so this module does not
//! depend on a handle.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use crate::error::{BoxError, Denied};
use crate::protocol::EventMessage;
use crate::room::{NewRoom, RoomId, UserId};
use crate::server::connection::{HandshakeData, Identity, LiveRoom, Peer};

use super::core::Core;
use super::guard::{Failed, guarded};
use super::listeners::RawMessage;
use super::registry::Registry;

/// A hook that takes one argument and returns `T`.
pub(crate) type Hook<A, T = ()> = Arc<dyn Fn(&Arc<Core>, A) -> BoxFuture<'static, T> + Send + Sync>;

/// A hook that may refuse an operation.
pub(crate) type DecisionHook<A, T = ()> = Hook<A, Result<T, Denied>>;

/// A peer and the room that it joins or leaves.
pub(crate) type Membership = (Arc<Peer>, Arc<LiveRoom>);

/// The hooks of a server, named after the methods of the builder.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) on_connect: Vec<Hook<Arc<HandshakeData>>>,
    pub(crate) on_disconnect: Vec<Hook<Arc<HandshakeData>>>,
    pub(crate) authenticate: Option<DecisionHook<Arc<HandshakeData>, Identity>>,
    pub(crate) on_connected: Vec<Hook<Arc<Peer>>>,
    pub(crate) on_disconnected: Vec<Hook<Arc<Peer>>>,
    pub(crate) before_join: Vec<DecisionHook<Membership>>,
    pub(crate) on_joined: Vec<Hook<Membership>>,
    pub(crate) on_left: Vec<Hook<Membership>>,
    pub(crate) before_create: Option<DecisionHook<Proposal, NewRoom>>,
    pub(crate) on_room_created: Vec<Hook<Arc<LiveRoom>>>,
    pub(crate) on_room_deleted: Vec<Hook<Arc<LiveRoom>>>,
    pub(crate) before_each: Vec<Filter>,
    pub(crate) on_triggered: Vec<Hook<(Arc<LiveRoom>, EventMessage)>>,
    pub(crate) after_each: Vec<Hook<Published>>,
    pub(crate) on_cleanup: Option<Hook<Eviction, Result<(), BoxError>>>,
    pub(crate) on_load: Option<Hook<LoadRequest, Result<Vec<EventMessage>, BoxError>>>,
    /// The before-each hooks of single rooms.
    pub(crate) filters: Registry<RoomFilter>,
}

/// A before-each hook: it may change the event or refuse it.
pub(crate) type Filter = DecisionHook<Pending, Pending>;

/// A before-each hook of one room.
pub(crate) struct RoomFilter {
    /// The event that the hook is for, or `None` for every event.
    pub(crate) event: Option<&'static str>,
    pub(crate) hook: Filter,
}

/// An event that is about to be published.
pub(crate) struct Pending {
    pub(crate) room: Arc<LiveRoom>,
    /// The client that triggers the event, or `None` for the server.
    pub(crate) peer: Option<Arc<Peer>>,
    pub(crate) event: String,
    pub(crate) from: UserId,
    pub(crate) id: Option<String>,
    pub(crate) data: Box<RawValue>,
    pub(crate) meta: Option<Box<RawValue>>,
    /// Whether the payload was changed after it was validated.
    pub(crate) changed: bool,
}

/// An event that has been published.
#[derive(Clone)]
pub(crate) struct Published {
    pub(crate) room: Arc<LiveRoom>,
    /// The client that triggered the event, or `None` for the server.
    pub(crate) peer: Option<Arc<Peer>>,
    pub(crate) message: Arc<RawMessage>,
    pub(crate) recipients: usize,
}

/// A room that a client asks the server to create.
pub(crate) struct Proposal {
    pub(crate) peer: Arc<Peer>,
    pub(crate) id: RoomId,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) max_size: Option<usize>,
}

impl Proposal {
    /// The room as the client proposed it.
    pub(crate) fn config(&self) -> NewRoom {
        let Self { peer, id, name, description, max_size } = self;
        NewRoom::proposed(id.clone(), name.clone(), description.clone(), *max_size, peer.user_id().clone())
    }
}

/// Evicted events of one type, oldest first.
pub(crate) struct Eviction {
    pub(crate) room: Arc<LiveRoom>,
    pub(crate) event: String,
    pub(crate) events: Vec<EventMessage>,
}

/// A request for events that are not in memory: from `start` to `end`, counted from the newest in the store.
pub(crate) struct LoadRequest {
    pub(crate) room: Arc<LiveRoom>,
    pub(crate) event: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) before: Option<u64>,
}

impl Hooks {
    /// The before-each hooks of an event in a room: the server's, then the room's.
    pub(crate) fn before_each(&self, room: &RoomId, event: &str) -> Vec<Filter> {
        let is_for = |filter: &RoomFilter| filter.event.is_none_or(|own| own == event);
        let mut hooks = self.filters.of(room, |filter| is_for(filter).then(|| Arc::clone(&filter.hook)));
        if !self.before_each.is_empty() {
            hooks.splice(..0, self.before_each.iter().cloned());
        }
        hooks
    }

    /// Whether any hook is called before or after an event is published, so that publishing may take long.
    pub(crate) fn wait_for_events(&self) -> bool {
        self.follow_events() || !self.before_each.is_empty() || !self.filters.is_empty()
    }

    /// Whether any hook is called after an event was published.
    pub(crate) fn follow_events(&self) -> bool {
        !self.after_each.is_empty() || !self.on_triggered.is_empty()
    }
}

/// Boxes a user's closure. `wrap` converts the server's internal argument into the closure's argument. The closure is
/// cloned for every call, so it may consume its captures.
pub(crate) fn boxed<A, U, T, F, Fut>(wrap: fn(&Arc<Core>, A) -> U, hook: F) -> Hook<A, T>
where
    A: 'static,
    U: 'static,
    T: 'static,
    F: FnOnce(U) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    Arc::new(move |core, argument| hook.clone()(wrap(core, argument)).boxed())
}

/// Why a hook refused an operation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The hook returned a reason.
    Denied(Denied),
    /// The hook panicked or exceeded its time limit.
    Failed,
}

/// Runs every hook of one kind, in the order of registration.
pub(crate) async fn run_all<A: Clone>(core: &Arc<Core>, what: &'static str, hooks: &[Hook<A>], argument: &A) {
    for hook in hooks {
        let _logged = run(core, what, hook, argument.clone()).await;
    }
}

/// Runs one hook.
pub(crate) async fn run<A, T>(
    core: &Arc<Core>,
    what: &'static str,
    hook: &Hook<A, T>,
    argument: A,
) -> Result<T, Failed> {
    guarded(what, core.config.hook_timeout, || hook(core, argument)).await
}

/// Runs a hook that accesses a store. Its error is returned as text, because its `Display` and `Drop` implementations
/// are user code too.
pub(crate) async fn run_store<A: 'static, T: 'static>(
    core: &Arc<Core>,
    what: &'static str,
    hook: &Hook<A, Result<T, BoxError>>,
    argument: A,
) -> Result<Result<T, String>, Failed> {
    let guarded_hook = || {
        let future = hook(core, argument);
        async move { future.await.map_err(|error| error.to_string()) }.boxed()
    };
    guarded(what, core.config.hook_timeout, guarded_hook).await
}

/// Calls every deciding hook of one kind, in the order of registration, until one refuses.
pub(crate) async fn ask_all<A: Clone>(
    core: &Arc<Core>,
    what: &'static str,
    hooks: &[DecisionHook<A>],
    argument: &A,
) -> Result<(), Refusal> {
    for hook in hooks {
        ask(core, what, hook, argument.clone()).await?;
    }
    Ok(())
}

/// Calls one deciding hook.
pub(crate) async fn ask<A, T>(
    core: &Arc<Core>,
    what: &'static str,
    hook: &DecisionHook<A, T>,
    argument: A,
) -> Result<T, Refusal> {
    match run(core, what, hook, argument).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(denied)) => Err(Refusal::Denied(denied)),
        Err(Failed) => Err(Refusal::Failed),
    }
}
