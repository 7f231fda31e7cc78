//! Commands from handles to the client's task.

use std::sync::Arc;

use dialogue::RoomId;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::error::Failure;
use crate::seat::Seat;

/// Receives the answer of the server.
pub(crate) type Reply = oneshot::Sender<Result<Box<RawValue>, Failure>>;

/// Receives the seat of a join.
pub(crate) type SeatReply = oneshot::Sender<Result<Arc<Seat>, Failure>>;

pub(crate) enum Command {
    /// A request, and its effect on the client's state if it succeeds.
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

/// The effect of a successful request on the client's state.
#[derive(Debug)]
pub(crate) enum Effect {
    Nothing,
    Left(RoomId),
    Deleted(RoomId),
    Subscribed(RoomId, String),
    Unsubscribed(RoomId, String),
}

/// Encodes the argument of a request as JSON.
pub(crate) fn argument<T: Serialize>(argument: &T) -> Box<str> {
    serde_json::to_string(argument).expect("ids and names can always be encoded").into_boxed_str()
}
