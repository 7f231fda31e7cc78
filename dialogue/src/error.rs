//! What can fail: one enum per operation, each with its [`ErrorCode`] on the wire.

use crate::room::RoomId;
use crate::validation::Invalid;
use crate::wire::{ErrorBody, ErrorCode, validation_message};

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
    /// The client has gone.
    #[error("the client has disconnected")]
    Disconnected,
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

/// Why a client did not leave a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeaveError {
    /// It was not in it.
    #[error("the client has not joined the room `{0}`")]
    NotInRoom(RoomId),
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

/// Why something was not sent to a single client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The name is one of the protocol's own.
    #[error("`{0}` was not sent: names that start with `dialogue:` are the protocol's own")]
    ReservedName(String),
    /// The type's own `Serialize` failed, or a map has keys that are no texts.
    #[error("`{event}` cannot be encoded as JSON")]
    Encode {
        /// The event's name.
        event: String,
        /// What serde said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why an event was not published.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// There is no such room.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
    /// The client has not joined the room.
    #[error("the client has not joined the room `{0}`")]
    NotInRoom(RoomId),
    /// The room does not carry the event, or only the server may trigger it there.
    #[error("clients may not trigger `{event}` in the room `{room}`")]
    EventNotAllowed {
        /// The room.
        room: RoomId,
        /// The event's name.
        event: String,
    },
    /// The payload does not decode or breaks a rule.
    #[error("{}", validation_message(event, invalid))]
    Invalid {
        /// The event's name.
        event: String,
        /// Every fault.
        invalid: Invalid,
    },
    /// The server's own handlers of the event are too far behind.
    #[error("the handlers of `{event}` are too far behind: try again later")]
    Overloaded {
        /// The event's name.
        event: String,
    },
    /// User code panicked, or a payload cannot be encoded; the log says more.
    #[error("the server could not handle `{event}`")]
    Internal {
        /// The event's name.
        event: String,
    },
}

/// Why a [`Dialogue`](crate::Dialogue) could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two rooms have one id.
    #[error("the room `{0}` is there twice: give one of them another id")]
    DuplicateRoom(RoomId),
    /// More rooms are declared than the server may keep.
    #[error("{declared} rooms are declared, and `Config::rooms` is {max}: raise it")]
    TooManyRooms {
        /// How many are declared.
        declared: usize,
        /// The limit.
        max: usize,
    },
    /// Socket.IO cannot be served there.
    #[error("`Config::path` must look like `/socket.io`, and is `{0}`")]
    Path(String),
    /// A limit of the configuration is zero, so nothing could ever work.
    #[error("`Config::{0}` cannot be 0")]
    ZeroLimit(&'static str),
}

/// Why a server did not start or had to end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address could not be bound.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address as it was given.
        address: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Accepting connections failed.
    #[error("cannot accept connections")]
    Accept(#[source] std::io::Error),
    /// It has been stopped before; a stopped server does not start again.
    #[error("this server has been stopped: build another one")]
    Stopped,
}

/// Everything that can keep a program from serving, for `main`.
///
/// ```no_run
/// # dialogue::rooms! { pub Lobby { events: [*] } }
/// #[tokio::main]
/// async fn main() -> Result<(), dialogue::Error> {
///     let dialogue = dialogue::Dialogue::builder().rooms(ROOMS).build()?;
///     dialogue.serve("0.0.0.0:3000").await
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The set-up is wrong.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The server did not start or had to end.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// An event was not published.
    #[error(transparent)]
    Trigger(#[from] TriggerError),
    /// A client did not join a room.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// The server did not open a room.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Something was not sent to a single client.
    #[error(transparent)]
    Send(#[from] SendError),
}

impl JoinError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::RoomFull { .. } => ErrorCode::RoomFull,
            Self::EventNotAllowed { .. } => ErrorCode::EventNotAllowed,
            Self::TooManyRooms { .. } | Self::ServerFull { .. } => ErrorCode::RateLimited,
            Self::Disconnected => ErrorCode::NotInRoom,
        }
    }
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

impl LeaveError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
        }
    }
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

impl TriggerError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
            Self::EventNotAllowed { .. } => ErrorCode::EventNotAllowed,
            Self::Invalid { .. } => ErrorCode::ValidationFailed,
            Self::Overloaded { .. } => ErrorCode::Overloaded,
            Self::Internal { .. } => ErrorCode::Internal,
        }
    }
}

macro_rules! body {
    ($($error:ty)*) => { $(
        impl From<&$error> for ErrorBody {
            fn from(error: &$error) -> Self {
                ErrorBody::new(error.code(), error.to_string())
            }
        }
    )* };
}
body!(JoinError LeaveError SubscribeError);

impl From<&TriggerError> for ErrorBody {
    fn from(error: &TriggerError) -> Self {
        let mut body = ErrorBody::new(error.code(), error.to_string());
        if let TriggerError::Invalid { invalid, .. } = error {
            body.issues = invalid.issues().to_vec();
        }
        body
    }
}
