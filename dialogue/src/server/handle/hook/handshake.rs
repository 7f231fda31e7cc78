//! The handshake of a client, as hooks receive it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use axum::http::{HeaderMap, Uri};
use serde::de::DeserializeOwned;

use crate::room::ClientId;
use crate::server::connection::HandshakeData;
use crate::server::flow::Core;
use crate::server::handle::Dialogue;

/// The data that a client sent when it connected: the auth payload, and the HTTP request that opened the connection.
///
/// None of it has been verified.
///
/// ```
/// use dialogue::{Denied, Dialogue, Handshake, Identity};
///
/// # fn main() -> Result<(), dialogue::Error> {
/// let dialogue = Dialogue::builder()
///     .authenticate(async |handshake: Handshake| match handshake.token().as_deref() {
///         Some("secret") => Ok(Identity::new("alice")),
///         _ => Err(Denied::because("wrong token")),
///     })
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Handshake {
    data: Arc<HandshakeData>,
    core: Weak<Core>,
}

impl Handshake {
    pub(crate) fn new(core: &Arc<Core>, data: Arc<HandshakeData>) -> Self {
        Self::with_core(Arc::downgrade(core), data)
    }

    pub(crate) fn with_core(core: Weak<Core>, data: Arc<HandshakeData>) -> Self {
        Self { data, core }
    }

    /// The server that the client connects to, or `None` if it no longer exists.
    pub fn dialogue(&self) -> Option<Dialogue> {
        Some(Dialogue::new(self.core.upgrade()?))
    }

    /// The id of the client on this connection.
    pub fn client_id(&self) -> &ClientId {
        &self.data.client_id
    }

    /// Decodes the auth payload (the client's `auth` option) as a type of yours.
    ///
    /// ```
    /// # use dialogue::{Denied, Handshake, Identity};
    /// #[derive(serde::Deserialize)]
    /// struct Login {
    ///     user: String,
    ///     invitation: String,
    /// }
    ///
    /// fn login(handshake: &Handshake) -> Result<Identity, Denied> {
    ///     let login: Login = handshake.auth().map_err(|_| Denied::because("`user` and `invitation` are required"))?;
    ///     if login.invitation != "welcome" {
    ///         return Err(Denied::because("unknown invitation"));
    ///     }
    ///     Ok(Identity::new(login.user))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the payload does not match the type. A client that sends none is treated as if it had sent `{}`.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        self.data.auth()
    }

    /// The token: `token` of the auth payload, or else the token of the header `Authorization: Bearer ..`.
    pub fn token(&self) -> Option<String> {
        self.data.token()
    }

    /// A header of the request, if its value is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.data.header(name)
    }

    /// All headers of the request. Connections keep them in a compact form; the first call builds a map and caches it.
    pub fn headers(&self) -> &HeaderMap {
        self.data.head.headers()
    }

    /// A parameter of the request's query, decoded: `io(url, { query: { room: "a" } })`.
    pub fn query(&self, name: &str) -> Option<String> {
        self.data.query(name)
    }

    /// The request's path and query.
    pub fn uri(&self) -> &Uri {
        self.data.head.uri()
    }

    /// The address of the peer. Behind a proxy it is the proxy's address; a header such as `X-Forwarded-For` has the
    /// client's. `None` if the router is served without `into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn peer_address(&self) -> Option<SocketAddr> {
        self.data.peer_address
    }
}

impl fmt::Debug for Handshake {
    /// Without the auth payload, the headers and the query, which may contain tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("client_id", self.client_id())
            .field("path", &self.uri().path())
            .field("peer_address", &self.peer_address())
            .finish_non_exhaustive()
    }
}
