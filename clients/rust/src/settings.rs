//! The validated configuration of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Uri};

use crate::backoff::Reconnect;
use crate::error::{BuildError, Source};

/// The configuration of connections.
pub(crate) struct Settings {
    pub(crate) url: Uri,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) auth: Auth,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) reconnect: Reconnect,
    pub(crate) queue: usize,
    pub(crate) max_message_bytes: usize,
}

/// The authentication data for the server.
#[derive(Clone)]
pub(crate) enum Auth {
    Nothing,
    /// JSON, the same on every connection.
    Fixed(Arc<str>),
    /// Provided by a function for every connection.
    Asked(Provider),
}

pub(crate) type Provider = Arc<dyn Fn() -> BoxFuture<'static, Result<String, Source>> + Send + Sync>;

impl Auth {
    /// Returns the JSON for one connection.
    pub(crate) async fn json(&self) -> Result<String, Source> {
        match self {
            Self::Nothing => Ok(String::new()),
            Self::Fixed(json) => Ok(json.as_ref().to_owned()),
            Self::Asked(provider) => provider().await,
        }
    }

    /// Returns whether another connection may use different data.
    pub(crate) fn is_asked(&self) -> bool {
        matches!(self, Self::Asked(_))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Fixed(_) => "Fixed",
            Self::Asked(_) => "Asked",
        })
    }
}

/// Returns the URL of the WebSocket: `http://localhost:3000` and `/socket.io` become
/// `ws://localhost:3000/socket.io/?EIO=4&transport=websocket`.
pub(crate) fn url(address: &str, path: &str) -> Result<Uri, BuildError> {
    let wrong = || BuildError::Url(address.to_owned());
    let uri: Uri = address.parse().map_err(|_| wrong())?;
    let scheme = match uri.scheme_str() {
        Some("http" | "ws") => "ws",
        Some("https" | "wss") if cfg!(feature = "rustls") => "wss",
        Some("https" | "wss") => return Err(BuildError::NoTls(address.to_owned())),
        _ => return Err(wrong()),
    };
    let authority = uri.authority().filter(|authority| !authority.host().is_empty()).ok_or_else(wrong)?;
    if uri.path() != "/" {
        return Err(BuildError::UrlWithPath(uri.path().to_owned()));
    }
    let plain = path.trim_end_matches('/');
    let more = uri.query().map(|query| format!("&{query}")).unwrap_or_default();
    let url = format!("{scheme}://{authority}{plain}/?EIO=4&transport=websocket{more}");
    match url.parse() {
        Ok(url) if plain.len() > 1 && plain.starts_with('/') && !plain.contains(['?', '#']) => Ok(url),
        _ => Err(BuildError::Path(path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(address: &str, path: &str) -> Result<String, BuildError> {
        url(address, path).map(|url| url.to_string())
    }

    #[test]
    fn addresses_become_those_of_the_websocket() {
        let local = made("http://localhost:3000", "/socket.io");
        assert_eq!(local.as_deref(), Ok("ws://localhost:3000/socket.io/?EIO=4&transport=websocket"));
        let other = made("ws://[::1]:80/?room=a", "/api/live/");
        assert_eq!(other.as_deref(), Ok("ws://[::1]:80/api/live/?EIO=4&transport=websocket&room=a"));
    }

    #[test]
    fn addresses_that_lead_nowhere_are_refused() {
        for address in ["", "localhost", "localhost:3000", "ftp://a", "http://", "/a", "http://a b"] {
            assert_eq!(made(address, "/socket.io"), Err(BuildError::Url(address.to_owned())));
        }
        assert_eq!(made("http://a/b", "/socket.io"), Err(BuildError::UrlWithPath("/b".to_owned())));
        for path in ["", "/", "socket.io", "/a b", "/a?b"] {
            assert_eq!(made("http://a", path), Err(BuildError::Path(path.to_owned())));
        }
    }

    #[test]
    fn encryption_is_there_or_said_to_be_missing() {
        let made = made("https://example.com", "/socket.io");
        if cfg!(feature = "rustls") {
            assert_eq!(made.as_deref(), Ok("wss://example.com/socket.io/?EIO=4&transport=websocket"));
        } else {
            assert_eq!(made, Err(BuildError::NoTls("https://example.com".to_owned())));
        }
    }
}
