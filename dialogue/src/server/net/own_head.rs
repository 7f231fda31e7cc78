//! Frees the buffer that a request's head was read into, and limits the size of the head that a connection keeps.

use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};

use crate::server::connection::RequestHead;

/// Copies the head of every request that opens a connection. A request with a head of more than `max_bytes` is refused.
pub(super) fn layer(router: Router, max_bytes: usize) -> Router {
    router.layer(middleware::from_fn_with_state(max_bytes, own_head))
}

async fn own_head(State(max): State<usize>, mut request: Request, next: Next) -> Response {
    if RequestHead::size_of(request.uri(), request.headers()) > max {
        let message = format!("the head of the request is too large: at most {max} bytes");
        return (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, message).into_response();
    }
    if opens_connection(&request) {
        let head = RequestHead::copy_of(request.uri(), request.headers());
        // The connection keeps the request's parts, so none of them may borrow the read buffer.
        *request.uri_mut() = head.uri().clone();
        *request.headers_mut() = head.transport_headers();
        request.extensions_mut().remove::<OriginalUri>();
        request.extensions_mut().insert(head);
    }
    next.run(request).await
}

/// Whether the request opens a connection: only the first request of a connection has no session id.
fn opens_connection(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    !query.split('&').any(|pair| pair.starts_with("sid="))
}
