//! The data that a client sent when it connected: the auth payload and the HTTP request.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::room::ClientId;

use super::request_head::{RequestHead, network};

/// The data that a client sent when it connected. None of it has been verified.
#[derive(Clone)]
pub(crate) struct HandshakeData {
    pub(crate) client_id: ClientId,
    auth: Box<str>,
    pub(crate) head: Arc<RequestHead>,
    pub(crate) peer_address: Option<SocketAddr>,
}

impl HandshakeData {
    pub(crate) fn new(client_id: ClientId, auth: &str, request: &Parts) -> Self {
        let head = request.extensions.get::<Arc<RequestHead>>();
        Self {
            client_id,
            auth: auth.into(),
            head: head.cloned().unwrap_or_else(|| RequestHead::copy_of(&request.uri, &request.headers)),
            peer_address: request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
        }
    }

    /// The address of the client that limits count by, or `None` if it is unknown.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.peer_address.map(|address| network(address.ip()))
    }

    /// The same handshake with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        let mut fields = self.fields();
        fields.insert("token".to_owned(), Value::from(token));
        Self { auth: Value::Object(fields).to_string().into(), ..self.clone() }
    }

    /// The auth payload as `T`.
    pub(crate) fn auth<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(if self.auth.is_empty() { "{}" } else { &self.auth })
    }

    /// The fields of the auth payload; none if it is not an object.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        self.auth().unwrap_or_default()
    }

    /// A text field of the auth payload. Other fields are not parsed, so their nesting depth does not matter.
    pub(crate) fn text(&self, field: &str) -> Option<String> {
        let fields: HashMap<String, &RawValue> = serde_json::from_str(&self.auth).ok()?;
        serde_json::from_str(fields.get(field)?.get()).ok()
    }

    /// The token: `token` of the auth payload, or else the bearer token of the `Authorization` header.
    pub(crate) fn token(&self) -> Option<String> {
        if let Some(token) = self.text("token") {
            return Some(token);
        }
        let (scheme, token) = self.header(header::AUTHORIZATION.as_str())?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    }

    /// A header of the request, if its value is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// A parameter of the request's query, decoded.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let pairs = form_urlencoded::parse(self.head.uri().query().unwrap_or_default().as_bytes());
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}
