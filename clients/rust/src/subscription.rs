//! The two kinds of listeners: callbacks and streams.

use std::fmt;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use dialogue::{Event, EventMessage};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, Stream};

use crate::board::Topical;
use crate::client::Client;
use crate::error::{Error, StreamError};
use crate::hub::{Hub, Notice};
use crate::inbox;
use crate::queue::{Queue, Weighs};
use crate::seat::Seat;
use crate::wire::{self, RawMessage};

/// A registered callback. Dropping this value does not remove the callback; it stays until
/// [`unsubscribe`](Self::unsubscribe), until its room is left, or until the client ends.
///
/// ```no_run
/// use dialogue_client::Client;
///
/// # fn run(client: Client) {
/// let subscription = client.on_error(async |error| eprintln!("{error}"));
/// subscription.unsubscribe();
/// # }
/// ```
#[derive(Clone)]
pub struct Subscription {
    board: Weak<dyn Listeners>,
    number: u64,
}

impl Subscription {
    /// Removes the callback. It is still called for events that are already in its queue. The server continues to send
    /// the events; see [`Room::unsubscribe`](crate::Room::unsubscribe).
    pub fn unsubscribe(&self) {
        if let Some(board) = self.board.upgrade() {
            board.remove(self.number);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("number", &self.number).finish_non_exhaustive()
    }
}

/// An owner of a board, from which listeners can be removed.
trait Listeners: Send + Sync {
    fn remove(&self, number: u64);
}

impl Listeners for Seat {
    fn remove(&self, number: u64) {
        self.board.lock().remove(number);
    }
}

impl Listeners for Hub {
    fn remove(&self, number: u64) {
        self.board.lock().remove(number);
    }
}

/// A boxed callback.
pub(crate) type Callback<A> = Box<dyn Fn(A) -> BoxFuture<'static, ()> + Send + Sync>;

/// Boxes a user's closure. The closure is cloned for every call, so that it may consume what it captured.
pub(crate) fn boxed<A, F, Fut>(callback: F) -> Callback<A>
where
    A: 'static,
    F: FnOnce(A) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    Box::new(move |argument| callback.clone()(argument).boxed())
}

/// Registers a callback for the events of a room, or for those of one name.
pub(crate) fn on_event<A: 'static>(
    client: &Client,
    seat: &Arc<Seat>,
    event: Option<&str>,
    decode: impl Fn(&RawMessage) -> Option<A> + Send + Sync + 'static,
    callback: Callback<A>,
) -> Subscription {
    let hub = client.hub();
    let listening = listen(hub, seat, event);
    let decode = move |event: &inbox::Event| decode(&event.message);
    let of = event.unwrap_or(wire::ALL).to_owned();
    tokio::spawn(call_back(listening.1, Arc::clone(hub), of, decode, callback));
    let seat: Arc<dyn Listeners> = Arc::clone(seat) as _;
    Subscription { board: Arc::downgrade(&seat), number: listening.0 }
}

/// Registers a callback for the notices of a topic.
pub(crate) fn on_notice<A: 'static>(
    hub: &Arc<Hub>,
    topic: &str,
    decode: impl Fn(&Notice) -> Option<A> + Send + Sync + 'static,
    callback: Callback<A>,
) -> Subscription {
    let listening = hub.board.lock().listen(Some(topic), hub.queue);
    let decode = move |notice: &Arc<Notice>| decode(notice);
    tokio::spawn(call_back(listening.queue, Arc::clone(hub), topic.to_owned(), decode, callback));
    let board: Arc<dyn Listeners> = Arc::clone(hub) as _;
    Subscription { board: Arc::downgrade(&board), number: listening.number }
}

/// Starts to listen in a room. Events that were dropped before this are reported as a gap.
fn listen(hub: &Hub, seat: &Arc<Seat>, event: Option<&str>) -> (u64, Arc<Queue<inbox::Event>>) {
    let listening = seat.board.lock().listen(event, hub.queue);
    if listening.has_lost {
        hub.gap(&seat.id);
    }
    (listening.number, listening.queue)
}

/// Calls the callback, one item at a time, until the queue ends.
async fn call_back<T: Weighs + Topical, A>(
    queue: Arc<Queue<T>>,
    hub: Arc<Hub>,
    of: String,
    decode: impl Fn(&T) -> Option<A>,
    callback: Callback<A>,
) {
    // Reporting an error of an `on_error` callback to that callback could loop forever.
    let report = |error: Error| {
        if of == wire::ERROR {
            tracing::error!(%error, "a callback of `on_error` failed");
        } else {
            hub.error(error);
        }
    };
    while let Some(next) = std::future::poll_fn(|cx| queue.poll_next(cx)).await {
        match next {
            Ok(item) => {
                // Decoding runs user code, which may panic too.
                let call = AssertUnwindSafe(async {
                    let argument = decode(&item).ok_or_else(|| Error::Undecodable(item.topic().to_owned()))?;
                    callback(argument).await;
                    Ok(())
                });
                let called = call.catch_unwind().await;
                if let Err(error) = called.unwrap_or_else(|_| Err(Error::Panicked { of: of.clone() })) {
                    report(error);
                }
            }
            Err(StreamError::Lagged(missed)) => report(Error::Lagged { of: of.clone(), missed }),
            // The end of the room or client has already been reported to `on_error`.
            Err(_) => {}
        }
    }
}

/// Decodes the payload of an event as any JSON.
pub(crate) fn untyped(message: &RawMessage) -> Option<EventMessage> {
    Some(wire::envelope(message, serde_json::from_str(message.data.get()).ok()?))
}

/// Decodes the payload of an event as its type.
pub(crate) fn typed<E: Event>(message: &RawMessage) -> Option<EventMessage<E>> {
    Some(wire::envelope(message, E::from_json(message.data.get()).ok()?))
}

/// The events of one type in a room as a [`Stream`], as returned by [`Room::events`](crate::Room::events). Drop it to
/// stop listening.
///
/// The stream yields [`StreamError::Lagged`] where events were dropped because it was not polled fast enough. It ends
/// when the room is left; if the program did not leave the room itself, its last item is an error that says why.
#[must_use = "a stream does nothing unless it is polled, and loses events when it is full"]
pub struct Events<E> {
    heard: Heard,
    event: PhantomData<fn() -> E>,
}

/// All events of a room as a [`Stream`], as returned by [`Room::any_events`](crate::Room::any_events). See [`Events`].
#[must_use = "a stream does nothing unless it is polled, and loses events when it is full"]
pub struct AnyEvents {
    heard: Heard,
}

/// A queue and what keeps it registered and connected.
struct Heard {
    queue: Arc<Queue<inbox::Event>>,
    number: u64,
    seat: Arc<Seat>,
    /// Keeps the client connected while a stream exists.
    _client: Client,
}

impl Heard {
    fn new(client: &Client, seat: &Arc<Seat>, event: Option<&str>) -> Self {
        let (number, queue) = listen(client.hub(), seat, event);
        Self { queue, number, seat: Arc::clone(seat), _client: client.clone() }
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        self.seat.board.lock().remove(self.number);
    }
}

impl<E: Event> Events<E> {
    pub(crate) fn new(client: &Client, seat: &Arc<Seat>) -> Self {
        Self { heard: Heard::new(client, seat, Some(E::NAME)), event: PhantomData }
    }
}

impl<E: Event> Stream for Events<E> {
    type Item = Result<EventMessage<E>, StreamError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.heard.queue.poll_next(cx));
        Poll::Ready(next.map(|next| typed::<E>(&next?.message).ok_or(StreamError::Undecodable(E::NAME))))
    }
}

impl AnyEvents {
    pub(crate) fn new(client: &Client, seat: &Arc<Seat>) -> Self {
        Self { heard: Heard::new(client, seat, None) }
    }
}

impl Stream for AnyEvents {
    type Item = Result<EventMessage, StreamError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.heard.queue.poll_next(cx));
        Poll::Ready(next.map(|next| untyped(&next?.message).ok_or(StreamError::Undecodable(wire::ALL))))
    }
}

impl<E> fmt::Debug for Events<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("room", &self.heard.seat.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for AnyEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyEvents").field("room", &self.heard.seat.id).finish_non_exhaustive()
    }
}
