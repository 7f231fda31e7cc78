//! Socket.IO protocol 5 on engineioxide's Engine.IO: connects connections to the request queues and outboxes of
//! clients.
//!
//! This crate implements the Socket.IO layer itself for two reasons. A packet is encoded once and shared by all
//! recipients, including the queue of each connection. And a connection can be closed while packets wait in its queue.

use std::sync::Arc;

use axum::{Extension, Router, middleware};
use engineioxide::TransportType;
use engineioxide::config::EngineIoConfig;
use engineioxide::service::EngineIoService;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::server::config::{Config, Transport as Carrier};
use crate::server::flow::{Core, Transport};

use super::connections::Handler;
use super::cors::Cors;
use super::{own_head, upgrade};

/// The size of the read buffer of a WebSocket. Each connection keeps such a buffer, which is cleared before each read.
const READ_BUFFER_BYTES: usize = 2048;

/// The Engine.IO server of one [`Core`].
struct EngineIoTransport {
    handler: Arc<Handler>,
    service: Router,
    cors: Cors,
    app: Router,
}

/// Keeps the server alive as long as its router, which may be the only remaining handle.
#[derive(Clone)]
struct KeepAlive {
    _server: Arc<Core>,
}

/// Serves clients in the default namespace, beside the routes of `app`.
#[allow(clippy::similar_names, reason = "both names are used for the same things everywhere")]
pub(crate) fn open(core: &Arc<Core>, cors: Cors, app: Router) -> Arc<dyn Transport> {
    let handler = Arc::new(Handler::new(core));
    let service = EngineIoService::with_config(Arc::clone(&handler), engine(&core.config));
    let path = core.config.path.trim_end_matches('/');
    let service = Router::new().route_service(path, service.clone()).route_service(&format!("{path}/"), service);
    let service = own_head::layer(service, core.config.max_handshake_bytes);
    Arc::new(EngineIoTransport { handler, service, cors, app })
}

fn engine(config: &Config) -> EngineIoConfig {
    let allows = |transport| config.transports.contains(&transport);
    let builder = EngineIoConfig::builder();
    let builder = match (allows(Carrier::Polling), allows(Carrier::WebSocket)) {
        (true, false) => builder.transports([TransportType::Polling]),
        (false, true) => builder.transports([TransportType::Websocket]),
        _ => builder,
    };
    // A WebSocket accepts a request that is too large, so that the server can answer it. Otherwise a client that keeps
    // requests across reconnects would send it again and again.
    let websocket_bytes = config.max_frame_bytes.saturating_mul(2);
    builder
        .req_path(config.path.trim_end_matches('/').to_owned())
        .ping_interval(config.ping_interval)
        .ping_timeout(config.ping_timeout)
        .upgrade_timeout(config.upgrade_timeout)
        .max_buffer_size(config.max_queued_packets + 1)
        .max_payload(config.max_frame_bytes as u64)
        .ws_read_buffer_size(READ_BUFFER_BYTES)
        .ws_max_message_size(websocket_bytes)
        .ws_max_frame_size(websocket_bytes)
        .build()
}

impl Transport for EngineIoTransport {
    fn router(&self, core: &Arc<Core>) -> Router {
        let service = self.service.clone().layer(middleware::from_fn(upgrade::refuse_plain));
        let service = service.layer(Extension(KeepAlive { _server: Arc::clone(core) }));
        self.app.clone().merge(self.cors.guard(service))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.handler.close_all().boxed()
    }
}
