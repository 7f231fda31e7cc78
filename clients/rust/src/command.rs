//! What handles ask of the client's task.

use std::sync::Arc;

use dialogue::RoomId;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::error::Failure;
use crate::seat::Seat;

/// Where the answer of the server goes.
pub(crate) type Reply = oneshot::Sender<Result<Box<RawValue>, Failure>>;

/// Where a seat goes that a join has taken.
pub(crate) type SeatReply = oneshot::Sender<Result<Arc<Seat>, Failure>>;

pub(crate) enum Command {
    /// A request, and what its success changes for this client.
    Request {
        name: &'static str,
        argument: Option<Box<str>>,
        effect: Effect,
        reply: Reply,
    },
    /// A message that is kept until it is answered.
    Keep {
        room: RoomId,
        argument: Box<str>,
        reply: Reply,
    },
    Join {
        room: RoomId,
        reply: SeatReply,
    },
}

/// What changes when a request succeeds.
#[derive(Debug)]
pub(crate) enum Effect {
    Nothing,
    Left(RoomId),
    Deleted(RoomId),
    Subscribed(RoomId, String),
    Unsubscribed(RoomId, String),
}

/// The argument of a request, as JSON.
pub(crate) fn argument<T: Serialize>(argument: &T) -> Box<str> {
    serde_json::to_string(argument).expect("ids and names are JSON").into_boxed_str()
}
