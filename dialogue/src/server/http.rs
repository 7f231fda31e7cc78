//! HTTP around the transport: CORS, listening, and the stop that loses nothing.

use std::net::SocketAddr;

use axum::Router;
use axum::http::Method;
use axum::serve::ListenerExt as _;
use tokio::net::{TcpListener, ToSocketAddrs};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};
use tracing::{info, warn};

use crate::error::ServeError;

/// Answers to every origin, with credentials, as the reference does by default.
pub(crate) fn any_origin(router: Router) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .allow_credentials(true);
    router.layer(cors)
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
