//! Errors of connecting, and reasons for losing a connection.

use std::time::Duration;

use dialogue::error::ErrorCode;

use super::{Refusal, Source};

/// Errors in the configuration of a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The address is not a URL of a server.
    #[error("`{0}` is not the address of a server; write it like `http://localhost:3000` or `wss://example.com`")]
    Url(String),
    /// The address has a path, which must be configured separately.
    #[error("the address has the path `{0}`; set the path with `.path(..)` instead")]
    UrlWithPath(String),
    /// The address requires TLS, and this crate was built without it.
    #[error("`{0}` requires TLS; enable the feature `rustls` of dialogue-client")]
    NoTls(String),
    /// The path is not valid.
    #[error("`{0}` is not a valid path; write it like `/socket.io`")]
    Path(String),
    /// A header has a name or value that is not allowed in HTTP.
    #[error("the header `{0}` has a name or value that HTTP does not allow")]
    Header(String),
    /// The authentication data is not a JSON object.
    #[error("`auth` is not a JSON object; use a struct or a map, such as `json!({{ \"userId\": \"alice\" }})`")]
    Auth,
    /// A limit is zero.
    #[error("`{0}` is zero; set it to a positive value")]
    Zero(&'static str),
    /// `Reconnect::min` is longer than `Reconnect::max`.
    #[error("`reconnect.min` is longer than `reconnect.max`; make it shorter")]
    Pauses,
}

/// Errors returned when connecting to a server.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The configuration is invalid.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The server cannot be reached.
    #[error("cannot reach the server; check the address, and that the server is running")]
    Unreachable {
        /// The underlying error.
        source: Source,
    },
    /// The server answered, but did not open a WebSocket.
    #[error("the server answered with HTTP status {status}; check the address and the path")]
    NoSocket {
        /// The HTTP status code.
        status: u16,
    },
    /// The server refused the client.
    #[error("the server refused the connection: {0}")]
    Refused(Refusal),
    /// The function given to `auth_with` failed.
    #[error("the function given to `auth_with` failed")]
    Auth {
        /// The error of the function.
        source: Source,
    },
    /// The server did not accept the client in time.
    #[error("the server did not accept the client within {0:?}; check that it is a Dialogue server")]
    Timeout(Duration),
    /// The connection was lost during the handshake, or the server does not speak the protocol.
    #[error("the connection was lost before the server had accepted the client")]
    Lost(#[source] Lost),
}

impl ConnectError {
    /// Returns the server's error code, if the server sent one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(refusal) => refusal.code(),
            _ => None,
        }
    }

    /// Returns whether another attempt would fail too.
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

/// The reason why a connection was lost. The client reconnects on its own.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// The connection was closed.
    #[error("the connection was closed")]
    Closed,
    /// The connection failed.
    #[error("the connection failed")]
    Failed {
        /// The underlying error.
        source: Source,
    },
    /// No heartbeat of the server arrived in time.
    #[error("the server sent no heartbeat for {0:?}")]
    Silent(Duration),
    /// The server sent something that is not a Socket.IO packet.
    #[error("the server sent a malformed packet")]
    Malformed,
    /// The server sent a message that is larger than the client accepts.
    #[error("the server sent a message of {bytes} bytes, but `max_message_bytes` is {max}; raise the limit")]
    TooLarge {
        /// The size of the message, in bytes.
        bytes: usize,
        /// The limit, in bytes.
        max: usize,
    },
    /// The server did not answer when the client rejoined a room.
    #[error("the server did not answer a join in time")]
    Unanswered,
    /// The session has expired. The client reconnects with new data of `auth_with`.
    #[error("the session has expired")]
    Expired,
}
