//! Socket.IO protocol 5, on engineioxide's Engine.IO: the way from a connection to a client's queue, and back from its
//! outbox.
//!
//! The Socket.IO layer is our own, for two reasons. A packet is encoded once and shared by everyone who gets it, down to
//! the connection's own queue; and a connection can be ended, whatever waits in that queue.

mod handler;
mod packet;
mod session;

use std::sync::Arc;

use axum::Router;
use engineioxide::TransportType;
use engineioxide::config::EngineIoConfig;
use engineioxide::service::EngineIoService;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::config::{Config, Transport as Carrier};
use super::shared::{Shared, Transport};
use handler::Handler;

/// The Engine.IO server of one [`Shared`].
struct EngineIoTransport {
    handler: Arc<Handler>,
    router: Router,
}

/// Opens the default namespace for the clients of `shared`.
pub(crate) fn open(shared: &Arc<Shared>) -> Arc<dyn Transport> {
    let handler = Arc::new(Handler::new(shared));
    let service = EngineIoService::with_config(Arc::clone(&handler), engine(&shared.config));
    let path = shared.config.path.trim_end_matches('/');
    let router = Router::new().route_service(path, service.clone()).route_service(&format!("{path}/"), service);
    Arc::new(EngineIoTransport { handler, router })
}

fn engine(config: &Config) -> EngineIoConfig {
    let allows = |transport| config.transports.contains(&transport);
    let builder = EngineIoConfig::builder();
    let builder = match (allows(Carrier::Polling), allows(Carrier::WebSocket)) {
        (true, false) => builder.transports([TransportType::Polling]),
        (false, true) => builder.transports([TransportType::Websocket]),
        _ => builder,
    };
    builder
        .req_path(config.path.trim_end_matches('/').to_owned())
        .ping_interval(config.ping_interval)
        .ping_timeout(config.ping_timeout)
        .upgrade_timeout(config.upgrade_timeout)
        .max_buffer_size(config.max_queued_packets + 1)
        .max_payload(config.max_frame_bytes as u64)
        .ws_max_message_size(config.max_frame_bytes)
        .ws_max_frame_size(config.max_frame_bytes)
        .build()
}

impl Transport for EngineIoTransport {
    fn router(&self) -> Router {
        self.router.clone()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.handler.close_all().boxed()
    }
}
