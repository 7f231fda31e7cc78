//! The configuration of a client.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use dialogue::error::BoxError;
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};

use crate::backoff::Reconnect;
use crate::client::Client;
use crate::connection::Connection;
use crate::engine::Link;
use crate::error::{BuildError, ConnectError};
use crate::hub::Hub;
use crate::settings::{Auth, Settings, url};

/// The capacity of the client task's command queue.
const COMMANDS: usize = 64;

/// The maximum of all durations. It is short enough to be added to an `Instant` without overflow.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// Configures a client. Create it with [`Client::builder`], which has an example.
#[must_use = "call `connect` to connect the client"]
pub struct ClientBuilder {
    address: String,
    path: String,
    auth: Result<Auth, BuildError>,
    headers: Vec<(String, String)>,
    timeout: Duration,
    connect_timeout: Duration,
    reconnect: Reconnect,
    queue: usize,
    max_message_bytes: usize,
}

impl ClientBuilder {
    pub(crate) fn new(address: String) -> Self {
        Self {
            address,
            path: "/socket.io".to_owned(),
            auth: Ok(Auth::Nothing),
            headers: Vec::new(),
            timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(20),
            reconnect: Reconnect::default(),
            queue: 1024,
            max_message_bytes: 2 << 20,
        }
    }

    /// Sets the authentication data for the server: a struct or map that becomes a JSON object, the same for every
    /// connection. Default: none.
    ///
    /// A server without authentication reads the user id from `userId`. A server with tokens reads the token from
    /// `token`.
    ///
    /// ```no_run
    /// use dialogue_client::Client;
    /// use serde_json::json;
    ///
    /// # async fn run() -> Result<(), dialogue_client::ConnectError> {
    /// let client = Client::builder("http://localhost:3000").auth(json!({ "userId": "alice" })).connect().await?;
    /// # Ok(()) }
    /// ```
    pub fn auth(mut self, auth: impl Serialize) -> Self {
        self.auth = json_object(&auth).map(|json| Auth::Fixed(json.into()));
        self
    }

    /// Sets a function that provides the authentication data for every connection. Use it for tokens, which expire
    /// before the client ends.
    ///
    /// If the function fails for the first connection, [`connect`](Self::connect) fails. Later, it is called again with
    /// the next attempt to reconnect. Its time counts towards [`connect_timeout`](Self::connect_timeout).
    ///
    /// ```no_run
    /// use dialogue_client::Client;
    /// use serde_json::json;
    /// # async fn fetch_token() -> Result<String, std::io::Error> { Ok(String::new()) }
    ///
    /// # async fn run() -> Result<(), dialogue_client::ConnectError> {
    /// let client = Client::builder("http://localhost:3000")
    ///     .auth_with(async || Ok(json!({ "token": fetch_token().await? })))
    ///     .connect()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn auth_with<A, F, Fut>(mut self, provider: F) -> Self
    where
        A: Serialize,
        F: FnOnce() -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<A, BoxError>> + Send + 'static,
    {
        self.auth = Ok(Auth::Asked(Arc::new(move || {
            let provider = provider.clone();
            let asked = AssertUnwindSafe(async move { Ok(json_object(&provider().await?)?) });
            let answer = asked
                .catch_unwind()
                .map(|answer| answer.unwrap_or_else(|_| Err("the function given to `auth_with` panicked".into())));
            answer.map(|answer: Result<String, BoxError>| answer.map_err(Arc::from)).boxed()
        })));
        self
    }

    /// Adds an HTTP header to the request that opens the connection. Default: none.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the path at which the server serves Socket.IO. Default: `/socket.io`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets how long the server may take to answer a request. Default: 10 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long one attempt to connect may take, including the handshake. Default: 20 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how the client reconnects after its connection was lost. Default: without a limit of attempts, with pauses
    /// from 500 ms to 10 s.
    pub fn reconnect(mut self, reconnect: Reconnect) -> Self {
        self.reconnect = reconnect;
        self
    }

    /// Sets the maximum number of events in the queue of one callback or stream. Further events are dropped for this
    /// listener and reported. Default: 1,024; in any case at most 16 MiB.
    pub fn queue(mut self, events: usize) -> Self {
        self.queue = events;
        self
    }

    /// Sets the maximum size of a message from the server, in bytes. A larger message closes the connection. Default: 2
    /// MiB, which suffices for servers with default limits: their largest answers have 256 KiB of events, or one event.
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// Connects, and waits until the server has accepted the client.
    ///
    /// This is a single attempt; call it again to wait for a server that is still starting. After the first connection,
    /// the client reconnects on its own.
    ///
    /// # Errors
    ///
    /// Returns [`ConnectError`] if the configuration is invalid, the server cannot be reached, or it refuses the
    /// client.
    ///
    /// # Panics
    ///
    /// Panics if called outside of a tokio runtime.
    pub async fn connect(self) -> Result<Client, ConnectError> {
        let settings = Arc::new(self.build()?);
        let (link, identity) = Link::open(&settings).await?;
        let hub = Arc::new(Hub::new(identity, settings.queue));
        let (commands, to_obey) = mpsc::channel(COMMANDS);
        let client = Client::new(Arc::clone(&hub), commands, settings.timeout);
        tokio::spawn(Connection::new(settings, hub, to_obey).run(link));
        Ok(client)
    }

    fn build(self) -> Result<Settings, BuildError> {
        let reconnect = self.reconnect;
        let limits = [
            ("timeout", self.timeout.is_zero()),
            ("connect_timeout", self.connect_timeout.is_zero()),
            ("queue", self.queue == 0),
            ("max_message_bytes", self.max_message_bytes == 0),
            ("reconnect.min", reconnect.min.is_zero()),
        ];
        if let Some((name, _)) = limits.iter().find(|(_, is_zero)| *is_zero) {
            return Err(BuildError::Zero(name));
        }
        if reconnect.min > reconnect.max {
            return Err(BuildError::Pauses);
        }
        Ok(Settings {
            url: url(&self.address, &self.path)?,
            headers: self.headers.into_iter().map(header).collect::<Result<_, _>>()?,
            auth: self.auth?,
            timeout: self.timeout.min(LONGEST),
            connect_timeout: self.connect_timeout.min(LONGEST),
            reconnect: Reconnect { max: reconnect.max.min(LONGEST), ..reconnect },
            queue: self.queue,
            max_message_bytes: self.max_message_bytes,
        })
    }
}

fn json_object(auth: &impl Serialize) -> Result<String, BuildError> {
    match serde_json::to_value(auth) {
        Ok(object @ Value::Object(_)) => Ok(object.to_string()),
        _ => Err(BuildError::Auth),
    }
}

fn header((name, value): (String, String)) -> Result<(HeaderName, HeaderValue), BuildError> {
    match (name.parse(), value.parse()) {
        (Ok(name), Ok(value)) => Ok((name, value)),
        _ => Err(BuildError::Header(name)),
    }
}

impl fmt::Debug for ClientBuilder {
    /// Omits headers and authentication data, which may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("address", &self.address)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(set_up: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Option<BuildError> {
        set_up(Client::builder("http://localhost:3000")).build().err()
    }

    #[test]
    fn a_set_up_that_cannot_work_is_refused() {
        assert_eq!(fault(|builder| builder), None);
        assert_eq!(fault(|builder| builder.timeout(Duration::ZERO)), Some(BuildError::Zero("timeout")));
        assert_eq!(fault(|builder| builder.queue(0)), Some(BuildError::Zero("queue")));
        assert_eq!(fault(|builder| builder.auth("a text")), Some(BuildError::Auth));
        assert_eq!(fault(|builder| builder.header("a b", "c")), Some(BuildError::Header("a b".into())));
        assert_eq!(fault(|builder| builder.header("a", "b\nc")), Some(BuildError::Header("a".into())));
        let backwards = Reconnect { min: Duration::from_mins(1), ..Reconnect::default() };
        assert_eq!(fault(|builder| builder.reconnect(backwards)), Some(BuildError::Pauses));
        let hot = Reconnect { min: Duration::ZERO, ..Reconnect::default() };
        assert_eq!(fault(|builder| builder.reconnect(hot)), Some(BuildError::Zero("reconnect.min")));
    }

    #[test]
    fn nothing_secret_is_shown() {
        let builder =
            Client::builder("http://localhost:3000").auth(json!({ "token": "secret" })).header("cookie", "secret");
        assert!(!format!("{builder:?}").contains("secret"));
    }
}
