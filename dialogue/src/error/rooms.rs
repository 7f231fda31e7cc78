//! Coming and going: joins, leaves, subscriptions, and the rooms themselves.

use std::time::Duration;

use crate::rate::Rate;
use crate::room::RoomId;
use crate::wire::ErrorCode;

use super::{Denied, millis};

/// Why a client did not join a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// There is no such room, and no family that opens one on join.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// Every seat is taken.
    #[error("the room `{room}` is full: all {max_size} seats are taken")]
    RoomFull {
        /// The room.
        room: RoomId,
        /// How many it seats.
        max_size: usize,
    },
    /// The join asked for an event that the room does not carry.
    #[error("the room `{room}` does not carry the event `{event}`")]
    EventNotAllowed {
        /// The room.
        room: RoomId,
        /// The event's name.
        event: String,
    },
    /// The client is in as many rooms as one client may be.
    #[error("a client may be in {max} rooms at once: leave one first")]
    TooManyRooms {
        /// The limit, [`Config::rooms_per_client`](crate::Config::rooms_per_client).
        max: usize,
    },
    /// The server has as many rooms as it keeps.
    #[error("the server keeps {max} rooms and opens no more: try again when some have closed")]
    ServerFull {
        /// The limit, [`Config::rooms`](crate::Config::rooms).
        max: usize,
    },
    /// The before-join hook said no.
    #[error("{}", denied.reason())]
    Denied {
        /// The room.
        room: RoomId,
        /// The reason.
        denied: Denied,
    },
    /// The client joins too often.
    #[error("a client may join {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, [`Config::join_rate`](crate::Config::join_rate).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
    /// The join asked for more subscriptions than a client may have in a room.
    #[error("a client may have {max} subscriptions in a room: subscribe to fewer, or to all events")]
    TooManySubscriptions {
        /// The limit, [`Config::subscriptions_per_room`](crate::Config::subscriptions_per_room).
        max: usize,
    },
    /// The before-join hook failed; the log says more.
    #[error("the server could not decide about the room `{0}`")]
    Internal(RoomId),
    /// The client has gone.
    #[error("the client has disconnected")]
    Disconnected,
}

impl JoinError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::RoomFull { .. } => ErrorCode::RoomFull,
            Self::EventNotAllowed { .. } => ErrorCode::EventNotAllowed,
            Self::TooManyRooms { .. }
            | Self::ServerFull { .. }
            | Self::TooManySubscriptions { .. }
            | Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Denied { .. } => ErrorCode::JoinDenied,
            Self::Internal(_) => ErrorCode::Internal,
            Self::Disconnected => ErrorCode::NotInRoom,
        }
    }
}

/// Why a client did not leave a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeaveError {
    /// It was not in it.
    #[error("the client has not joined the room `{0}`")]
    NotInRoom(RoomId),
}

impl LeaveError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
        }
    }
}

/// Why the server did not open a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No room and no family has this id.
    #[error("no room or family of the tables has the id `{0}`")]
    NoSuchFamily(RoomId),
    /// The server has as many rooms as it keeps.
    #[error("the server keeps {max} rooms and opens no more: try again when some have closed")]
    ServerFull {
        /// The limit, [`Config::rooms`](crate::Config::rooms).
        max: usize,
    },
}

impl OpenError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoSuchFamily(_) => ErrorCode::RoomNotFound,
            Self::ServerFull { .. } => ErrorCode::RateLimited,
        }
    }
}

/// Why a room was not created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateRoomError {
    /// A room has this id already.
    #[error("there is a room `{0}` already")]
    Exists(RoomId),
    /// The id is one of a family's, whose rooms are opened and not created.
    #[error("`{0}` is a room of a family: `open` it")]
    OfFamily(RoomId),
    /// The id cannot be one.
    #[error(
        "a room id is 1 to {max} bytes without control characters, does not start with `dialogue:`, and is not `*`"
    )]
    Id {
        /// The limit, [`Config::name_bytes`](crate::Config::name_bytes).
        max: usize,
    },
    /// The name or the description cannot be shown.
    #[error("a room has a name of 1 to {max} bytes, and a description of {} bytes at most", 4 * max)]
    Name {
        /// The limit, [`Config::name_bytes`](crate::Config::name_bytes).
        max: usize,
    },
    /// It seats nobody.
    #[error("a room with `max_size(0)` seats nobody: leave it out for no limit")]
    NoSeats,
    /// Nothing could ever happen in it.
    #[error("the room `{0}` has no events: add some, or `any_event()`")]
    NoEvents(RoomId),
    /// Two of its events have one name.
    #[error("two events of the room `{room}` have the name `{event}`")]
    DuplicateEvent {
        /// The room.
        room: RoomId,
        /// The event's name.
        event: String,
    },
    /// A default subscription is to an event that it does not carry.
    #[error("the room `{room}` does not carry its default subscription `{event}`")]
    UnknownSubscription {
        /// The room.
        room: RoomId,
        /// The event's name.
        event: String,
    },
    /// The server has as many rooms as it keeps.
    #[error("the server keeps {max} rooms and opens no more: try again when some have closed")]
    ServerFull {
        /// The limit, [`Config::rooms`](crate::Config::rooms).
        max: usize,
    },
    /// The user has created as many rooms as one may have at once.
    #[error("a user may have created {max} rooms at once: delete one first")]
    TooManyRooms {
        /// The limit, [`Config::rooms_created_per_user`](crate::Config::rooms_created_per_user).
        max: usize,
    },
    /// The client creates or deletes rooms too often.
    #[error("a client may create and delete rooms {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, [`Config::create_rate`](crate::Config::create_rate).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
    /// Clients may not create rooms here, or the before-create hook said no.
    #[error("{}", .0.reason())]
    Denied(Denied),
    /// The before-create hook failed; the log says more.
    #[error("the server could not create the room `{0}`")]
    Internal(RoomId),
}

impl CreateRoomError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Exists(_) => ErrorCode::RoomExists,
            Self::OfFamily(_) | Self::Denied(_) => ErrorCode::PermissionDenied,
            Self::Id { .. } | Self::Name { .. } | Self::NoSeats => ErrorCode::InvalidRequest,
            Self::ServerFull { .. } | Self::TooManyRooms { .. } | Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::NoEvents(_) | Self::DuplicateEvent { .. } | Self::UnknownSubscription { .. } | Self::Internal(_) => {
                ErrorCode::Internal
            }
        }
    }
}

/// Why a room was not deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteRoomError {
    /// There is no such room.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// Declared rooms are always there.
    #[error("the room `{0}` is declared, and stays")]
    Declared(RoomId),
    /// The client creates or deletes rooms too often.
    #[error("a client may create and delete rooms {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, [`Config::create_rate`](crate::Config::create_rate).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
    /// Only its creator may.
    #[error("only the user who created a room may delete it")]
    NotCreator,
}

impl DeleteRoomError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::Declared(_) | Self::NotCreator => ErrorCode::PermissionDenied,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
        }
    }
}

/// Why a subscription was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The client has not joined the room.
    #[error("the client has not joined the room `{0}`")]
    NotInRoom(RoomId),
    /// The room does not carry the event.
    #[error("the room `{room}` does not carry the event `{event}`")]
    EventNotAllowed {
        /// The room.
        room: RoomId,
        /// The event's name.
        event: String,
    },
    /// The client has as many subscriptions in the room as one client may have.
    #[error("a client may have {max} subscriptions in a room: unsubscribe from one, or subscribe to all events")]
    TooMany {
        /// The limit, [`Config::subscriptions_per_room`](crate::Config::subscriptions_per_room).
        max: usize,
    },
}

impl SubscribeError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
            Self::EventNotAllowed { .. } => ErrorCode::EventNotAllowed,
            Self::TooMany { .. } => ErrorCode::RateLimited,
        }
    }
}
