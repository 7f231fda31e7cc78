//! What can fail: one enum per operation, each with its [`ErrorCode`] on the wire.

use std::borrow::Cow;
use std::time::Duration;

use crate::rate::Rate;
use crate::room::RoomId;
use crate::validation::Invalid;
use crate::wire::{ErrorBody, ErrorCode, validation_message};

/// Any error: what hooks that reach out to a store may fail with. It is logged, and never told to a client.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The no of a hook, with the reason that is told to the client.
///
/// ```
/// use dialogue::Denied;
///
/// fn check(role: &str) -> Result<(), Denied> {
///     if role == "vip" { Ok(()) } else { Err(Denied::because("for VIPs only")) }
/// }
/// assert_eq!(check("guest").unwrap_err().to_string(), "for VIPs only");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Denied {
    reason: Cow<'static, str>,
}

impl Denied {
    /// No, because of this. The client reads it.
    pub fn because(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into() }
    }

    /// The reason.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

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
    /// Clients may not create rooms here, or the before-create hook said no.
    #[error("{}", .0.reason())]
    Denied(Denied),
    /// The before-create hook failed; the log says more.
    #[error("the server could not create the room `{0}`")]
    Internal(RoomId),
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
    /// Only its creator may.
    #[error("only the user who created a room may delete it")]
    NotCreator,
}

/// Why history was not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// There is no such room.
    #[error("there is no room `{0}`")]
    RoomNotFound(RoomId),
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
    /// The range is none, or too long.
    #[error("a range of history has its `start` before its `end`, and {max} events at most")]
    Range {
        /// The limit, [`Config::history_page`](crate::Config::history_page).
        max: usize,
    },
    /// The client asks too often.
    #[error("a client may ask for history {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// The limit, [`Config::history_rate`](crate::Config::history_rate).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
    },
    /// An event does not decode as the type that was asked for.
    #[error("an event of the history is not `{event}` as this program knows it")]
    Decode {
        /// The event's name.
        event: String,
        /// What serde said.
        source: BoxError,
    },
    /// The on-load hook failed; the log says more.
    #[error("older events could not be loaded: try again later")]
    Internal,
}

/// Why a session was not renewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenewError {
    /// The server does not authenticate.
    #[error("this server takes no tokens")]
    NoAuthentication,
    /// The token was refused.
    #[error("{}", .0.reason())]
    Denied(Denied),
    /// The token is another user's.
    #[error("the token is for another user: connect anew")]
    OtherUser,
    /// The authenticate hook failed; the log says more.
    #[error("the server could not check the token")]
    Internal,
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
    /// The before-each hook said no.
    #[error("{}", denied.reason())]
    Rejected {
        /// The event's name.
        event: String,
        /// The reason.
        denied: Denied,
    },
    /// The client triggers too often.
    #[error("a client may trigger {what} {rate}: try again in {} ms", millis(retry_after))]
    RateLimited {
        /// What is limited: the event's name, or events at all.
        what: String,
        /// The limit, of the event or [`Config::trigger_rate`](crate::Config::trigger_rate).
        rate: Rate,
        /// When there is a place again.
        retry_after: Duration,
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
    /// An origin of [`Cors::origins`](crate::Cors::origins) is none.
    #[error("`{0}` is not an origin: write it as `https://example.com`")]
    Origin(String),
    /// No transport is left.
    #[error("`Config::transports` cannot be empty")]
    NoTransport,
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
    /// A room was not created.
    #[error(transparent)]
    CreateRoom(#[from] CreateRoomError),
    /// A room was not deleted.
    #[error(transparent)]
    DeleteRoom(#[from] DeleteRoomError),
    /// History was not to be had.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// Something was not sent to a single client.
    #[error(transparent)]
    Send(#[from] SendError),
}

/// At least one, so that nobody tries again at once.
fn millis(duration: &Duration) -> u128 {
    duration.as_millis() + 1
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

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }
}

impl CreateRoomError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Exists(_) => ErrorCode::RoomExists,
            Self::OfFamily(_) | Self::Denied(_) => ErrorCode::PermissionDenied,
            Self::Id { .. } | Self::Name { .. } | Self::NoSeats => ErrorCode::InvalidRequest,
            Self::ServerFull { .. } | Self::TooManyRooms { .. } => ErrorCode::RateLimited,
            Self::NoEvents(_) | Self::DuplicateEvent { .. } | Self::UnknownSubscription { .. } | Self::Internal(_) => {
                ErrorCode::Internal
            }
        }
    }
}

impl DeleteRoomError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::Declared(_) | Self::NotCreator => ErrorCode::PermissionDenied,
        }
    }
}

impl HistoryError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound(_) => ErrorCode::RoomNotFound,
            Self::NotInRoom(_) => ErrorCode::NotInRoom,
            Self::EventNotAllowed { .. } => ErrorCode::EventNotAllowed,
            Self::Range { .. } => ErrorCode::InvalidRequest,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Decode { .. } | Self::Internal => ErrorCode::Internal,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }
}

impl RenewError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoAuthentication | Self::OtherUser => ErrorCode::PermissionDenied,
            Self::Denied(_) => ErrorCode::Unauthenticated,
            Self::Internal => ErrorCode::Internal,
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
            Self::Rejected { .. } => ErrorCode::EventRejected,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
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
body!(CreateRoomError DeleteRoomError LeaveError RenewError SubscribeError);

macro_rules! limited_body {
    ($($error:ty)*) => { $(
        impl From<&$error> for ErrorBody {
            fn from(error: &$error) -> Self {
                ErrorBody::new(error.code(), error.to_string()).retry_after(error.retry_after())
            }
        }
    )* };
}
limited_body!(JoinError HistoryError);

impl From<&TriggerError> for ErrorBody {
    fn from(error: &TriggerError) -> Self {
        let mut body = ErrorBody::new(error.code(), error.to_string());
        match error {
            TriggerError::Invalid { invalid, .. } => body.issues = invalid.issues().to_vec(),
            TriggerError::RateLimited { retry_after, .. } => body = body.retry_after(Some(*retry_after)),
            _ => {}
        }
        body
    }
}

impl ErrorBody {
    /// Says when to try again.
    pub(crate) fn retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after.map(|after| u64::try_from(millis(&after)).unwrap_or(u64::MAX));
        self
    }
}
