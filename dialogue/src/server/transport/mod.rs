//! Socket.IO, as socketioxide serves it: the only place that knows that library.
//!
//! What it takes care of, because it cost days to find out, stands in `ARCHITECTURE.md`, "Facts about the transport".

mod connect;
mod connection;

use std::sync::Arc;

use axum::Router;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use socketioxide::{ParserConfig, SocketIo};

use super::config::Config;
use super::shared::{Shared, Transport};
use connect::Connect;

/// The Socket.IO server of one [`Shared`].
struct SocketIoTransport {
    io: SocketIo,
    router: Router,
}

/// Opens the default namespace for the clients of `shared`.
pub(crate) fn open(shared: &Arc<Shared>) -> Arc<dyn Transport> {
    let (service, io) = builder(&shared.config).build_svc();
    io.ns("/", Connect::new(shared));
    let path = shared.config.path.trim_end_matches('/');
    let router = Router::new().route_service(path, service.clone()).route_service(&format!("{path}/"), service);
    Arc::new(SocketIoTransport { io, router })
}

fn builder(config: &Config) -> socketioxide::SocketIoBuilder {
    SocketIo::builder()
        .req_path(config.path.clone())
        .ping_interval(config.ping_interval)
        .ping_timeout(config.ping_timeout)
        .connect_timeout(config.connect_timeout)
        .max_buffer_size(config.packets_per_client)
        .max_payload(config.frame_bytes as u64)
        .ws_max_message_size(config.frame_bytes)
        .ws_max_frame_size(config.frame_bytes)
        .with_parser(ParserConfig::common().max_incoming_binaries(0))
}

impl Transport for SocketIoTransport {
    fn router(&self) -> Router {
        self.router.clone()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.io.close().boxed()
    }
}
