//! HTTP around the transport: its health, listening, and being asked to stop.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::serve::ListenerExt as _;
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tracing::{info, warn};

use crate::error::ServeError;

/// The routes, and `/health` where they have nothing there: that the server serves, or that it stops.
pub(crate) fn with_health(router: Router, stopping: CancellationToken) -> Router {
    let own = router.clone();
    let health = async move |request: Request| {
        let Ok(response) = own.oneshot(request).await;
        if response.status() == StatusCode::NOT_FOUND { health(&stopping) } else { response }
    };
    Router::new().route("/health", any(health)).fallback_service(router)
}

fn health(stopping: &CancellationToken) -> Response {
    let (status, text) = if stopping.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"stopping"}"#)
    } else {
        (StatusCode::OK, r#"{"status":"ok"}"#)
    };
    (status, [(CONTENT_TYPE, "application/json")], text).into_response()
}

/// Binds an address.
pub(crate) async fn bind(address: impl ToSocketAddrs + std::fmt::Display) -> Result<TcpListener, ServeError> {
    let text = address.to_string();
    TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address: text, source })
}

/// Serves until `stopping` is over. Without `TCP_NODELAY`, small packets would wait for 40 ms in some patterns.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stopping: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let listener = listener.tap_io(|tcp| {
        if let Err(error) = tcp.set_nodelay(true) {
            warn!(%error, "cannot set TCP_NODELAY");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stopping).await.map_err(ServeError::Accept)
}

/// Waits for ctrl-c or SIGTERM.
pub(crate) async fn asked_to_stop() {
    let ctrl_c = async { tokio::signal::ctrl_c().await.is_ok() };
    let asked = tokio::select! {
        asked = ctrl_c => asked,
        asked = terminated() => asked,
    };
    if !asked {
        // No signal can be heard here: serve until the process ends.
        std::future::pending::<()>().await;
    }
    info!("asked to stop");
}

#[cfg(unix)]
async fn terminated() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => terminate.recv().await.is_some(),
        Err(_) => false,
    }
}

#[cfg(not(unix))]
async fn terminated() -> bool {
    std::future::pending().await
}
