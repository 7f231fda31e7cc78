//! WebSocket requests that cannot be upgraded.
//!
//! A proxy that does not forward `Upgrade`, such as nginx with a bare `proxy_pass`, turns a WebSocket handshake into a
//! plain request. The answer must be an error, so that clients fall back to long polling immediately. After `101
//! Switching Protocols` both sides would wait for each other forever.

use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use axum::http::{HeaderMap, HeaderName, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// The error that the base library sends.
const BAD_REQUEST: &str = r#"{"code":3,"message":"Bad request"}"#;

/// Refuses a request for a WebSocket on a connection that cannot be upgraded.
pub(super) async fn refuse_plain(request: Request, next: Next) -> Response {
    if is_websocket(request.uri().query().unwrap_or_default()) && !is_upgrade(request.version(), request.headers()) {
        return (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "application/json")], BAD_REQUEST).into_response();
    }
    next.run(request).await
}

/// Whether the query asks for a WebSocket. As in engineioxide, the first `transport` parameter is decisive.
fn is_websocket(query: &str) -> bool {
    query.split('&').find_map(|pair| pair.strip_prefix("transport=")) == Some("websocket")
}

/// Whether the connection can become a WebSocket: HTTP/1.1 with both headers.
fn is_upgrade(version: Version, headers: &HeaderMap) -> bool {
    version == Version::HTTP_11
        && has_token(headers, &UPGRADE, "websocket")
        && has_token(headers, &CONNECTION, "upgrade")
}

/// Whether a header names this token. The header is a list, and may occur several times.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
}
