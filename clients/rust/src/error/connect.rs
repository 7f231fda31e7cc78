//! Getting a connection, and losing it.

use std::time::Duration;

use dialogue::error::ErrorCode;

use super::{Refusal, Source};

/// Why a client cannot be set up like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The address is none.
    #[error("`{0}` is not the address of a server: write it like `http://localhost:3000` or `wss://example.com`")]
    Url(String),
    /// The address has a path, which would be lost.
    #[error("the address has the path `{0}`: give it with `.path(..)`")]
    UrlWithPath(String),
    /// The address is an encrypted one, and this crate was built without encryption.
    #[error("`{0}` needs TLS: enable the feature `rustls` of dialogue-client")]
    NoTls(String),
    /// Socket.IO cannot be served there.
    #[error("`{0}` is not a path: write it like `/socket.io`")]
    Path(String),
    /// This cannot stand in an HTTP request.
    #[error("the header `{0}` has a name or a value that HTTP does not allow")]
    Header(String),
    /// What the server is to be told is no JSON object.
    #[error("`auth` takes a struct or a map, which becomes a JSON object: {{\"userId\": ..}}")]
    Auth,
    /// A limit of nothing.
    #[error("`{0}` cannot be zero")]
    Zero(&'static str),
    /// The shortest pause is longer than the longest.
    #[error("`reconnect` has a `min` that is longer than its `max`")]
    Pauses,
}

/// Why there is no connection.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The set-up is wrong.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Nobody answers there.
    #[error("cannot reach the server: check its address, and that it is running")]
    Unreachable {
        /// What the system says.
        source: Source,
    },
    /// Somebody answers, and it is no Dialogue server.
    #[error("the server answered with HTTP status {status}: check the address and the path")]
    NoSocket {
        /// The status.
        status: u16,
    },
    /// The server said no.
    #[error("the server refused the connection: {0}")]
    Refused(Refusal),
    /// The function that was given to `auth_with` failed.
    #[error("there is nothing to authenticate with")]
    Auth {
        /// Its error.
        source: Source,
    },
    /// The server did not welcome this client in time.
    #[error("the server did not welcome this client within {0:?}: check that it is a Dialogue server")]
    Timeout(Duration),
    /// The server does not speak the protocol, or has cut the connection meanwhile.
    #[error("the connection ended before the server had welcomed this client")]
    Lost(#[source] Lost),
}

impl ConnectError {
    /// The server's code, if it gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(refusal) => refusal.code(),
            _ => None,
        }
    }

    /// Whether coming back is no use.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Build(_) => true,
            // Whoever has too many connections has fewer when those that it lost are noticed, so it comes back.
            Self::Refused(refusal) => {
                let passes = matches!(refusal.code(), Some(ErrorCode::Internal | ErrorCode::LimitReached));
                !passes && !refusal.is_temporary()
            }
            _ => false,
        }
    }
}

/// Why a connection was lost. The client comes back by itself.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// It was closed.
    #[error("the connection was closed")]
    Closed,
    /// It failed.
    #[error("the connection failed")]
    Failed {
        /// What the system says.
        source: Source,
    },
    /// The server has not been heard of for the time that it promised.
    #[error("the server was silent for {0:?}")]
    Silent(Duration),
    /// The server sent what is no packet of Socket.IO.
    #[error("the server sent a malformed packet")]
    Malformed,
    /// The server sent more at once than this client takes.
    #[error("the server sent a message of {bytes} bytes: `max_message_bytes` allows {max}")]
    TooLarge {
        /// How many.
        bytes: usize,
        /// How many are allowed.
        max: usize,
    },
    /// The server did not answer when this client came back to its rooms.
    #[error("the server did not answer a join in time")]
    Unanswered,
    /// The session has expired; the client comes back with what `auth_with` gives it.
    #[error("the session has expired")]
    Expired,
}
