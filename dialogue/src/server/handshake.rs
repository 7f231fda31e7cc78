//! What a client says of itself when it connects.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Weak;

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::room::ClientId;

use super::shared::Shared;

/// What a client says of itself when it connects: the auth payload, and the HTTP request that the connection began with.
///
/// None of it has been checked.
///
/// ```
/// use dialogue::{Denied, Dialogue, Handshake, Identity};
///
/// # fn main() -> Result<(), dialogue::error::BuildError> {
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
    client: ClientId,
    auth: Box<str>,
    headers: HeaderMap,
    uri: Uri,
    peer: Option<SocketAddr>,
    shared: Weak<Shared>,
}

impl Handshake {
    pub(crate) fn new(client: ClientId, auth: &str, request: &Parts, shared: Weak<Shared>) -> Self {
        Self {
            client,
            auth: auth.into(),
            headers: request.headers.clone(),
            uri: request.uri.clone(),
            peer: request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
            shared,
        }
    }

    /// The same client with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        let mut fields = self.fields();
        fields.insert("token".to_owned(), Value::from(token));
        Self { auth: Value::Object(fields).to_string().into(), ..self.clone() }
    }

    /// The id that the connection's client has, or will have.
    pub fn client_id(&self) -> &ClientId {
        &self.client
    }

    /// The auth payload, as a type of yours: what the client gave as `auth`.
    ///
    /// # Errors
    ///
    /// When the payload is not of that type. A client that gave none has sent `{}`.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(if self.auth.is_empty() { "{}" } else { &self.auth })
    }

    /// The token: `token` of the auth payload, else that of the header `Authorization: Bearer ..`.
    pub fn token(&self) -> Option<String> {
        if let Some(Value::String(token)) = self.fields().remove("token") {
            return Some(token);
        }
        let (scheme, token) = self.header(header::AUTHORIZATION.as_str())?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    }

    /// A header of the request, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Every header of the request.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A parameter of the request's query, decoded: `io(url, { query: { room: "a" } })`.
    pub fn query(&self, name: &str) -> Option<String> {
        let pairs = form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes());
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The request's path and query.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Where the connection comes from; behind a proxy that is the proxy, and a header says more. `None` when the
    /// router is served without `into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn peer_address(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The fields of the auth payload.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        self.auth().unwrap_or_default()
    }

    pub(crate) fn shared(&self) -> &Weak<Shared> {
        &self.shared
    }
}

impl fmt::Debug for Handshake {
    /// Without the auth payload, the headers and the query, where tokens are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("client_id", &self.client)
            .field("path", &self.uri.path())
            .field("peer_address", &self.peer)
            .finish_non_exhaustive()
    }
}
