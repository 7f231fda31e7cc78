//! The configuration of a server.

use std::time::Duration;

use crate::error::BuildError;
use crate::event::Rate;

/// The maximum duration: about ten years. Adding it to an `Instant` cannot overflow.
const MAX_DURATION: Duration = Duration::from_hours(10 * 366 * 24);

/// The maximum capacity of a queue. It is below the maximum of tokio's channels and semaphores.
const MAX_QUEUE: usize = 1 << 28;

/// The maximum number of bytes in any limit, so that sums of limits cannot overflow.
const MAX_BYTES: usize = isize::MAX as usize / 16;

/// A transport that carries a client's packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP long polling. A client may upgrade from it to a WebSocket.
    Polling,
    /// A WebSocket.
    WebSocket,
}

/// The configuration of a server. Every setting has a default.
///
/// | purpose | settings |
/// |---|---|
/// | transport | [`path`](Self::path), [`transports`](Self::transports), [`max_frame_bytes`](Self::max_frame_bytes), [`max_handshake_bytes`](Self::max_handshake_bytes) |
/// | time limits | [`ping_interval`](Self::ping_interval), [`ping_timeout`](Self::ping_timeout), [`connect_timeout`](Self::connect_timeout), [`upgrade_timeout`](Self::upgrade_timeout), [`hook_timeout`](Self::hook_timeout), [`stop_timeout`](Self::stop_timeout) |
/// | connections | [`max_connections`](Self::max_connections), [`max_connections_per_user`](Self::max_connections_per_user), [`max_connections_per_address`](Self::max_connections_per_address) |
/// | requests | [`max_request_bytes`](Self::max_request_bytes), [`max_request_queue_bytes`](Self::max_request_queue_bytes) |
/// | queues to clients and handlers | [`max_queued_packets`](Self::max_queued_packets), [`max_spill_bytes`](Self::max_spill_bytes), [`max_spill_age`](Self::max_spill_age), [`max_events_per_handler`](Self::max_events_per_handler) |
/// | rooms | [`max_rooms`](Self::max_rooms), [`max_rooms_per_client`](Self::max_rooms_per_client), [`max_opened_rooms_per_user`](Self::max_opened_rooms_per_user), [`max_opened_rooms_per_address`](Self::max_opened_rooms_per_address), [`max_created_rooms_per_user`](Self::max_created_rooms_per_user), [`max_listed_rooms`](Self::max_listed_rooms), [`max_subscriptions_per_room`](Self::max_subscriptions_per_room) |
/// | rates | [`trigger_rate`](Self::trigger_rate), [`request_rate`](Self::request_rate), [`join_rate`](Self::join_rate), [`create_rate`](Self::create_rate), [`create_rate_per_address`](Self::create_rate_per_address), [`list_rate`](Self::list_rate), [`renew_rate`](Self::renew_rate), [`history_rate`](Self::history_rate) |
/// | history | [`max_history_rooms`](Self::max_history_rooms), [`max_history_rooms_per_user`](Self::max_history_rooms_per_user), [`max_history_bytes`](Self::max_history_bytes), [`max_history_bytes_per_user`](Self::max_history_bytes_per_user), [`max_history_page`](Self::max_history_page), [`max_history_page_bytes`](Self::max_history_page_bytes), [`max_resume_bytes`](Self::max_resume_bytes), [`max_evicted_events`](Self::max_evicted_events), [`max_cleanups_at_once`](Self::max_cleanups_at_once) |
/// | message ids | [`message_id_window`](Self::message_id_window), [`max_message_ids`](Self::max_message_ids), [`max_message_ids_per_user`](Self::max_message_ids_per_user) |
/// | names | [`max_name_bytes`](Self::max_name_bytes) |
///
/// A request that exceeds a limit is refused with an error code. `LIMIT_REACHED` means that a limit must be freed
/// first; `RATE_LIMITED` means that the client may retry later. A rate of `None` is unlimited.
///
/// ```
/// # use dialogue::{Config, Rate};
/// # use std::time::Duration;
/// let config = Config {
///     ping_interval: Duration::from_secs(10),
///     max_rooms_per_client: 8,
///     trigger_rate: Some(Rate::per_second(20)),
///     ..Config::default()
/// };
/// assert_eq!(config.path, "/socket.io");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The path at which Socket.IO is served. Default: `/socket.io`.
    pub path: String,
    /// The transports that clients may use. Default: polling and WebSocket.
    pub transports: Vec<Transport>,
    /// The interval between heartbeats that the server sends to each client. Default: 25 seconds.
    pub ping_interval: Duration,
    /// How long a client may take to answer a heartbeat before it is disconnected. Default: 20 seconds.
    pub ping_timeout: Duration,
    /// How long a new connection may take to send its Socket.IO CONNECT packet. Default: 45 seconds.
    pub connect_timeout: Duration,
    /// How long the upgrade of a polling connection to a WebSocket may take. Default: 10 seconds.
    pub upgrade_timeout: Duration,
    /// How long one call of a hook or handler may run. A call that takes longer is cancelled and logged. Default: 10
    /// seconds.
    pub hook_timeout: Duration,
    /// How long a graceful stop may take. Work that has not finished by then is aborted. Default: 10 seconds.
    pub stop_timeout: Duration,
    /// Maximum size of a request, and of an auth payload, in bytes of JSON. Larger ones are refused with
    /// `INVALID_REQUEST`. A request that also exceeds [`max_frame_bytes`](Self::max_frame_bytes) ends the connection
    /// instead. Default: 1,000,000.
    pub max_request_bytes: usize,
    /// Maximum size of the body of a polling request, in bytes. The server announces it to clients as `maxPayload`. A
    /// larger body ends the connection, and so does a WebSocket message larger than twice this limit. Default:
    /// 1,000,000.
    ///
    /// A body is a few bytes longer than the request in it. With the defaults, a request larger than about 999,990
    /// bytes ends a polling connection. Over a WebSocket, a request of exactly
    /// [`max_request_bytes`](Self::max_request_bytes) is accepted, and a larger one is answered with an error. Reverse
    /// proxies have their own limit: nginx accepts bodies of up to 1 MiB by default.
    pub max_frame_bytes: usize,
    /// Maximum size of the path, query and headers of an HTTP request, in bytes. Larger requests are refused with the
    /// status 431. Each connection keeps the head of its first request in memory. Default: 16 KiB.
    pub max_handshake_bytes: usize,
    /// Maximum size of a client's request queue, in bytes; each request counts 64 bytes more than its text. While other
    /// requests are queued, a request that exceeds the limit is refused with `OVERLOADED`. `leave` and `unsubscribe`
    /// may exceed it by 256 KiB; beyond that, the connection ends. Default: 1 MiB.
    pub max_request_queue_bytes: usize,
    /// Maximum number of packets in a client's transport queue. Further packets wait in the client's spill queue.
    /// Default: 1,024.
    pub max_queued_packets: usize,
    /// Maximum size of a client's spill queue, in bytes. A client whose spill queue is full is disconnected. Default: 1
    /// MiB.
    pub max_spill_bytes: usize,
    /// How long a packet may wait in a spill queue before the client is disconnected. Default: 30 seconds.
    pub max_spill_age: Duration,
    /// Maximum number of concurrent connections. Further connections are refused with `LIMIT_REACHED`. Default:
    /// 100,000.
    pub max_connections: usize,
    /// Maximum number of concurrent connections of one user. Further connections are refused with `LIMIT_REACHED`.
    /// Default: 1,000.
    pub max_connections_per_user: usize,
    /// Maximum number of concurrent connections from one address. Further connections are refused with `LIMIT_REACHED`.
    /// The limit has no effect if the router is served without client addresses; see
    /// [`Handshake::peer_address`](crate::Handshake::peer_address). Default: 100,000, because all clients behind a
    /// proxy share the proxy's address.
    pub max_connections_per_address: usize,
    /// Maximum number of open rooms. A join that would open another room is refused with `LIMIT_REACHED`. A tenth of
    /// the rooms that remain after the declared ones is reserved for rooms that the server opens or creates. Default:
    /// 100,000.
    pub max_rooms: usize,
    /// Maximum number of rooms that one client is in. Further joins are refused with `LIMIT_REACHED`. Default: 256.
    pub max_rooms_per_client: usize,
    /// Maximum number of open rooms that one user has opened by joining, with or without members. A user may have at
    /// most half of the rooms that all clients together may open. Further joins that would open a room are refused with
    /// `LIMIT_REACHED`. Default: 256.
    pub max_opened_rooms_per_user: usize,
    /// Maximum number of open rooms that were opened by joins from one address. Further joins that would open a room
    /// are refused with `LIMIT_REACHED`. An IPv6 address counts as its /64 network. The limit has no effect if the
    /// router is served without client addresses. Default: 50,000, because all clients behind a proxy share the proxy's
    /// address.
    ///
    /// Without authentication, clients choose their user ids and can evade limits per user. Lower this limit if clients
    /// connect directly.
    pub max_opened_rooms_per_address: usize,
    /// Maximum number of existing rooms that one user has created. Further requests to create a room are refused with
    /// `LIMIT_REACHED`. Default: 16.
    pub max_created_rooms_per_user: usize,
    /// Maximum number of rooms in an answer to `dialogue:listRooms`. Declared rooms come first. Default: 1,000.
    pub max_listed_rooms: usize,
    /// Maximum number of subscriptions of one client in one room. Further subscriptions are refused with
    /// `LIMIT_REACHED`. Default: 256.
    pub max_subscriptions_per_room: usize,
    /// Rate at which one client may trigger events, in all rooms together. Further events are refused with
    /// `RATE_LIMITED`. Default: unlimited; [`max_request_queue_bytes`](Self::max_request_queue_bytes) still applies.
    pub trigger_rate: Option<Rate>,
    /// Rate at which one client may send requests. Triggers do not count; [`trigger_rate`](Self::trigger_rate) limits
    /// them. `leave` and `unsubscribe` do not count either, because they only release resources. Further requests are
    /// refused with `RATE_LIMITED`. Default: 1,000 per second.
    pub request_rate: Option<Rate>,
    /// Rate at which one client may join rooms. Further joins are refused with `RATE_LIMITED`. Default: 1,024 per 10
    /// seconds, so that a client that reconnects can rejoin all its rooms at once.
    pub join_rate: Option<Rate>,
    /// Rate at which one user may create or delete rooms, on all connections together. Every client is notified of such
    /// a change. Further requests are refused with `RATE_LIMITED`. Default: 20 per minute.
    pub create_rate: Option<Rate>,
    /// Rate at which all clients of one address together may create or delete rooms. Further requests are refused with
    /// `RATE_LIMITED`. An IPv6 address counts as its /64 network. Raise the rate behind a proxy, because all its
    /// clients share the proxy's address. Default: 120 per minute.
    pub create_rate_per_address: Option<Rate>,
    /// Rate at which one client may list the rooms. Further requests are refused with `RATE_LIMITED`. Default: 60 per
    /// minute.
    pub list_rate: Option<Rate>,
    /// Rate at which one client may renew its session, which calls the authenticate hook. Further requests are refused
    /// with `RATE_LIMITED`. Default: 20 per minute.
    pub renew_rate: Option<Rate>,
    /// Rate at which one client may request history. Further requests are refused with `RATE_LIMITED`. History that is
    /// sent to a client that joins a room again counts too: [`max_history_page_bytes`](Self::max_history_page_bytes) of
    /// events count as one request. Default: 20 per minute.
    pub history_rate: Option<Rate>,
    /// Maximum number of rooms that keep history. Declared rooms do not count and always keep theirs. If the limit is
    /// exceeded, the history of the room with the oldest latest event is evicted; among more than 32 rooms the choice
    /// is approximate. Default: 1,000.
    pub max_history_rooms: usize,
    /// Maximum number of rooms with history that one user has opened or created. If it is exceeded, the history of one
    /// of the user's rooms is evicted. Default: 256.
    pub max_history_rooms_per_user: usize,
    /// Maximum size of the history of all rooms together, in bytes. If it is exceeded, events are evicted from a room
    /// that has recorded nothing for a long time. Declared rooms are chosen only if no other room has history. Default:
    /// 256 MiB.
    pub max_history_bytes: usize,
    /// Maximum size of the history of all rooms together that one user has opened or created, in bytes. If it is
    /// exceeded, events of one of the user's rooms are evicted. Default: 32 MiB.
    pub max_history_bytes_per_user: usize,
    /// Maximum number of events in the answer to a history request. A request for more is refused with
    /// `INVALID_REQUEST`; a request without an acknowledgement is answered with this many instead. Default: 1,000.
    pub max_history_page: usize,
    /// Maximum size of the events in the answer to a history request, in bytes. The answer contains the newest events
    /// that fit, and at least one. Default: 256 KiB.
    pub max_history_page_bytes: usize,
    /// Maximum size of the missed events that a resuming client is sent, in bytes. A client that has missed more
    /// receives `resumed: false`. For events that only the store has, the limit is half of
    /// [`max_spill_bytes`](Self::max_spill_bytes). Default: 16 MiB.
    pub max_resume_bytes: usize,
    /// Maximum number of evicted events that wait for `on_cleanup`, in all rooms together. The last quarter is reserved
    /// for declared rooms. Events that are evicted beyond the limit are lost, counted and logged. Default: 100,000.
    pub max_evicted_events: usize,
    /// Maximum number of concurrent `on_cleanup` calls, each for a different room. Waiting batches grow in the
    /// meantime. Default: 16.
    pub max_cleanups_at_once: usize,
    /// How long a message id (an idempotency key) is kept to detect duplicates. Default: 2 minutes.
    pub message_id_window: Duration,
    /// Maximum number of message ids kept for all users together, at about 64 bytes each. Further events with an id are
    /// refused with `RATE_LIMITED` until an id expires. Default: 1,000,000.
    pub max_message_ids: usize,
    /// Maximum number of message ids kept for one user. If it is exceeded, the user's oldest id is discarded. Default:
    /// 1,000.
    pub max_message_ids_per_user: usize,
    /// Maximum number of events in the queue of one handler of the server. While the queue is full, a trigger waits for
    /// up to [`hook_timeout`](Self::hook_timeout), and then fails with `OVERLOADED`. Default: 1,024.
    pub max_events_per_handler: usize,
    /// Maximum length of a room id, event name, user id or message id, in bytes. Longer ones are refused with
    /// `INVALID_REQUEST`. Default: 256.
    pub max_name_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/socket.io".to_owned(),
            transports: vec![Transport::Polling, Transport::WebSocket],
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(45),
            upgrade_timeout: Duration::from_secs(10),
            hook_timeout: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(10),
            max_request_bytes: 1_000_000,
            max_frame_bytes: 1_000_000,
            max_handshake_bytes: 16 << 10,
            max_request_queue_bytes: 1 << 20,
            max_queued_packets: 1024,
            max_spill_bytes: 1 << 20,
            max_spill_age: Duration::from_secs(30),
            max_connections: 100_000,
            max_connections_per_user: 1000,
            max_connections_per_address: 100_000,
            max_rooms: 100_000,
            max_rooms_per_client: 256,
            max_opened_rooms_per_user: 256,
            max_opened_rooms_per_address: 50_000,
            max_created_rooms_per_user: 16,
            max_listed_rooms: 1000,
            max_subscriptions_per_room: 256,
            trigger_rate: None,
            request_rate: Some(Rate::per_second(1000)),
            join_rate: Some(Rate::new(1024, Duration::from_secs(10))),
            create_rate: Some(Rate::per_minute(20)),
            create_rate_per_address: Some(Rate::per_minute(120)),
            list_rate: Some(Rate::per_minute(60)),
            renew_rate: Some(Rate::per_minute(20)),
            history_rate: Some(Rate::per_minute(20)),
            max_history_rooms: 1000,
            max_history_rooms_per_user: 256,
            max_history_bytes: 256 << 20,
            max_history_bytes_per_user: 32 << 20,
            max_history_page: 1000,
            max_history_page_bytes: 256 << 10,
            max_resume_bytes: 16 << 20,
            max_evicted_events: 100_000,
            max_cleanups_at_once: 16,
            message_id_window: Duration::from_mins(2),
            max_message_ids: 1_000_000,
            max_message_ids_per_user: 1000,
            max_events_per_handler: 1024,
            max_name_bytes: 256,
        }
    }
}

impl Config {
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let limits = [
            ("max_request_bytes", self.max_request_bytes),
            ("max_frame_bytes", self.max_frame_bytes),
            ("max_handshake_bytes", self.max_handshake_bytes),
            ("max_request_queue_bytes", self.max_request_queue_bytes),
            ("max_queued_packets", self.max_queued_packets),
            ("max_spill_bytes", self.max_spill_bytes),
            ("max_connections", self.max_connections),
            ("max_connections_per_user", self.max_connections_per_user),
            ("max_connections_per_address", self.max_connections_per_address),
            ("max_rooms", self.max_rooms),
            ("max_rooms_per_client", self.max_rooms_per_client),
            ("max_opened_rooms_per_user", self.max_opened_rooms_per_user),
            ("max_opened_rooms_per_address", self.max_opened_rooms_per_address),
            ("max_created_rooms_per_user", self.max_created_rooms_per_user),
            ("max_history_rooms", self.max_history_rooms),
            ("max_history_rooms_per_user", self.max_history_rooms_per_user),
            ("max_cleanups_at_once", self.max_cleanups_at_once),
            ("max_history_page", self.max_history_page),
            ("max_message_ids", self.max_message_ids),
            ("max_message_ids_per_user", self.max_message_ids_per_user),
            ("max_subscriptions_per_room", self.max_subscriptions_per_room),
            ("max_events_per_handler", self.max_events_per_handler),
            ("max_name_bytes", self.max_name_bytes),
        ];
        if !is_path(&self.path) {
            return Err(BuildError::Path(self.path.clone()));
        }
        if self.transports.is_empty() {
            return Err(BuildError::NoTransport);
        }
        let durations = [
            ("ping_interval", self.ping_interval),
            ("ping_timeout", self.ping_timeout),
            ("connect_timeout", self.connect_timeout),
            ("upgrade_timeout", self.upgrade_timeout),
            ("hook_timeout", self.hook_timeout),
            ("max_spill_age", self.max_spill_age),
        ];
        let zero_limit = limits.iter().find(|(_, limit)| *limit == 0).map(|(name, _)| *name);
        let zero_duration = durations.iter().find(|(_, duration)| duration.is_zero()).map(|(name, _)| *name);
        match zero_limit.or(zero_duration) {
            Some(name) => Err(BuildError::ZeroLimit(name)),
            None => Ok(()),
        }
    }

    /// Returns the configuration with every limit capped so that arithmetic with it cannot overflow. No server could
    /// reach the capped values.
    pub(crate) fn capped(mut self) -> Self {
        for duration in [
            &mut self.ping_interval,
            &mut self.ping_timeout,
            &mut self.connect_timeout,
            &mut self.upgrade_timeout,
            &mut self.hook_timeout,
            &mut self.stop_timeout,
            &mut self.max_spill_age,
            &mut self.message_id_window,
        ] {
            *duration = (*duration).min(MAX_DURATION);
        }
        for queue in [&mut self.max_queued_packets, &mut self.max_events_per_handler] {
            *queue = (*queue).min(MAX_QUEUE);
        }
        for bytes in [
            &mut self.max_request_bytes,
            &mut self.max_frame_bytes,
            &mut self.max_request_queue_bytes,
            &mut self.max_spill_bytes,
            &mut self.max_history_bytes,
            &mut self.max_history_page_bytes,
            &mut self.max_resume_bytes,
            &mut self.max_name_bytes,
        ] {
            *bytes = (*bytes).min(MAX_BYTES);
        }
        self
    }
}

/// Whether Socket.IO can be served at `path`, such as `/socket.io` or `/api/realtime/`.
fn is_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/.-_~".contains(c);
    path.starts_with('/') && !path.trim_end_matches('/').is_empty() && path.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_up_that_cannot_work_is_refused() {
        assert_eq!(Config::default().check(), Ok(()));
        let no_requests = Config { max_request_queue_bytes: 0, ..Config::default() };
        assert_eq!(no_requests.check(), Err(BuildError::ZeroLimit("max_request_queue_bytes")));
        let no_heartbeat = Config { ping_interval: Duration::ZERO, ..Config::default() };
        assert_eq!(no_heartbeat.check(), Err(BuildError::ZeroLimit("ping_interval")));
        for path in ["", "/", "socket.io", "/{x}", "/a b"] {
            let config = Config { path: path.to_owned(), ..Config::default() };
            assert_eq!(config.check(), Err(BuildError::Path(path.to_owned())));
        }
    }
}
