//! HTTP for the transport: the health route, listening, and shutdown signals.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::serve::ListenerExt as _;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tracing::{info, warn};

use crate::error::ServeError;

/// The routes, and `/health` unless they contain that route. It reports whether the server is serving or stopping.
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

/// Serves until `stopping` completes. A connection ends if its peer reads nothing for the duration of `patience`.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    patience: Duration,
    stopping: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let listener = listener.tap_io(move |tcp| {
        if let Err(error) = set_up(tcp, patience) {
            warn!(%error, "cannot set up a connection");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stopping).await.map_err(ServeError::Accept)
}

/// Without `TCP_NODELAY`, small packets would be delayed by 40 ms in some patterns. Without a time limit, the system
/// would keep a connection open whose peer does not read, even after it has been disconnected.
fn set_up(tcp: &TcpStream, patience: Duration) -> std::io::Result<()> {
    tcp.set_nodelay(true)?;
    limit(tcp, patience)
}

#[cfg(target_os = "linux")]
fn limit(tcp: &TcpStream, patience: Duration) -> std::io::Result<()> {
    socket2::SockRef::from(tcp).set_tcp_user_timeout(Some(patience))
}

#[cfg(not(target_os = "linux"))]
fn limit(_: &TcpStream, _: Duration) -> std::io::Result<()> {
    Ok(())
}

/// Waits for ctrl-c or SIGTERM.
pub(crate) async fn asked_to_stop() {
    let ctrl_c = async { tokio::signal::ctrl_c().await.is_ok() };
    let asked = tokio::select! {
        asked = ctrl_c => asked,
        asked = terminated() => asked,
    };
    if !asked {
        // Signals are not available, so serve until the process ends.
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
