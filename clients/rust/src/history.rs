//! The request for past events of a room.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use dialogue::{Event, EventMessage};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::client::Client;
use crate::command::{Effect, argument};
use crate::error::HistoryError;
use crate::room::check;
use crate::seat::Seat;
use crate::subscription::typed;
use crate::wire::{self, GetHistory, HistoryPage};

/// A request for past events that is sent when this is awaited, as returned by [`Room::history`](crate::Room::history).
#[must_use = "history is asked for when this is awaited"]
pub struct History<E> {
    client: Client,
    seat: Arc<Seat>,
    range: Range<usize>,
    before: Option<u64>,
    event: PhantomData<fn() -> E>,
}

impl<E: Event> History<E> {
    pub(crate) fn new(client: &Client, seat: &Arc<Seat>, range: Range<usize>) -> Self {
        Self { client: client.clone(), seat: Arc::clone(seat), range, before: None, event: PhantomData }
    }

    /// Requests only events that are older than this offset, as many as the range is long. Unlike the range, this
    /// cursor does not shift when new events arrive.
    ///
    /// ```no_run
    /// # use dialogue_client::{HistoryError, Room};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] #[event(history = 100)] struct Message { text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    /// # async fn run(general: Room<General>) -> Result<(), HistoryError> {
    /// let mut page = general.history::<Message>(0..50).await?;
    /// while let Some(oldest) = page.last().and_then(|msg| msg.offset) {
    ///     page = general.history::<Message>(0..50).before(oldest).await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn before(mut self, offset: u64) -> Self {
        self.before = Some(offset);
        self
    }

    async fn run(self) -> Result<Vec<EventMessage<E>>, HistoryError> {
        let Self { client, seat, range, before, .. } = self;
        check(&client, &seat)?;
        let Range { start, end } = range;
        let request = argument(&GetHistory { room_id: &seat.id, event_name: E::NAME, start, end, before });
        let answer = client.request(wire::GET_HISTORY, Some(request), Effect::Nothing).await?;
        let HistoryPage { events } = wire::decode(&answer)?;
        events.iter().map(|event| typed(event).ok_or(HistoryError::Undecodable(E::NAME))).collect()
    }
}

impl<E: Event> IntoFuture for History<E> {
    type Output = Result<Vec<EventMessage<E>>, HistoryError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

impl<E> fmt::Debug for History<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History")
            .field("room", &self.seat.id)
            .field("range", &self.range)
            .field("before", &self.before)
            .finish_non_exhaustive()
    }
}
