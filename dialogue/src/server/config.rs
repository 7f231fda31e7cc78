//! Every limit of a server, with its default.

use std::time::Duration;

use crate::error::BuildError;
use crate::event::Rate;

/// The longest duration: about ten years.
const MAX_DURATION: Duration = Duration::from_secs(10 * 366 * 24 * 3600);

/// The most places in a queue that tokio can count.
const MAX_QUEUE: usize = 1 << 28;

/// The most bytes of anything.
const MAX_BYTES: usize = isize::MAX as usize / 16;

/// What carries a client's packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP long polling, from which a client may upgrade to a WebSocket.
    Polling,
    /// A WebSocket.
    WebSocket,
}

/// Every limit of a server. All have a default, and none is infinite.
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
    /// Where Socket.IO is served. Default: `/socket.io`.
    pub path: String,
    /// What may carry a client's packets. Default: both.
    pub transports: Vec<Transport>,
    /// How often the server asks whether a client is there. Default: 25 s.
    pub ping_interval: Duration,
    /// How long a client may take to answer that. Default: 20 s.
    pub ping_timeout: Duration,
    /// How long a new connection may take to say which namespace it wants. Default: 45 s.
    pub connect_timeout: Duration,
    /// How long a polling connection may take to upgrade to a WebSocket. Default: 10 s.
    pub upgrade_timeout: Duration,
    /// How long one hook or handler may run. Default: 10 s; then it is dropped and the log says so.
    pub hook_timeout: Duration,
    /// How long a graceful stop may take. Default: 10 s; then what is left is cut off.
    pub stop_timeout: Duration,
    /// The largest request, and the largest auth payload, in bytes of JSON. Default: 100,000. A larger one is answered
    /// `INVALID_REQUEST`.
    pub max_request_bytes: usize,
    /// The largest Socket.IO frame, in bytes. Default: 2 MiB. The connection of a larger one ends.
    pub max_frame_bytes: usize,
    /// How many requests of one client wait for their turn. Default: 128. One more is answered `OVERLOADED`.
    pub max_queued_requests: usize,
    /// How many bytes of requests of one client wait for their turn. Default: 1 MiB. One more is answered `OVERLOADED`.
    pub max_request_queue_bytes: usize,
    /// How many packets wait for one client in the transport. Default: 1,024. Then the spill queue begins.
    pub max_queued_packets: usize,
    /// How many bytes wait for one client in its spill queue. Default: 1 MiB. Then the client is disconnected.
    pub max_spill_bytes: usize,
    /// How long a packet may wait in a spill queue. Default: 30 s. Then the client is disconnected.
    pub max_spill_age: Duration,
    /// How many connections there are at once. Default: 100,000. One more is refused with `RATE_LIMITED`.
    pub max_connections: usize,
    /// How many connections one user has at once. Default: 1,000. One more is refused with `RATE_LIMITED`.
    pub max_connections_per_user: usize,
    /// How many connections come from one address at once. Default: 100,000, as all clients behind a proxy have the
    /// proxy's. One more is refused with `RATE_LIMITED`. The address is known when this crate serves; see
    /// [`Handshake::peer_address`](crate::Handshake::peer_address).
    pub max_connections_per_address: usize,
    /// How many rooms are open at once. Default: 100,000. Joining one more is answered `RATE_LIMITED`.
    pub max_rooms: usize,
    /// How many rooms one client is in. Default: 256. Joining one more is answered `RATE_LIMITED`.
    pub max_rooms_per_client: usize,
    /// How many rooms that one user has created there are at once. Default: 16. One more is answered `RATE_LIMITED`.
    pub max_created_rooms_per_user: usize,
    /// How many rooms the list of rooms names. Default: 1,000, the declared ones first.
    pub max_listed_rooms: usize,
    /// How many subscriptions one client has in one room. Default: 256. One more is answered `RATE_LIMITED`.
    pub max_subscriptions_per_room: usize,
    /// How often one client may trigger events, over all rooms. Default: no limit but its queue. Once more is answered
    /// `RATE_LIMITED`.
    pub trigger_rate: Option<Rate>,
    /// How often one client may join rooms. Default: no limit but its queue. Once more is answered `RATE_LIMITED`.
    pub join_rate: Option<Rate>,
    /// How often one client may create or delete rooms, which everyone is told of. Default: 20 a minute. Once more is
    /// answered `RATE_LIMITED`.
    pub create_rate: Option<Rate>,
    /// How often one client may ask for history. Default: 20 a minute. Once more is answered `RATE_LIMITED`.
    pub history_rate: Option<Rate>,
    /// How many rooms remember events. Default: 1,000, as in the reference (Backend API 6.1). When there are more, the
    /// one in which nothing was recorded for longest forgets.
    pub max_history_rooms: usize,
    /// How many bytes of events all rooms remember together. Default: 256 MiB. When there are more, the room in which
    /// nothing was recorded for longest forgets.
    pub max_history_bytes: usize,
    /// How many events one request for history answers with. Default: 1,000. Asking for more is answered
    /// `INVALID_REQUEST`.
    pub max_history_page: usize,
    /// How many bytes of events one answer with history has. Default: 256 KiB; the newest that fit, but at least one.
    pub max_history_page_bytes: usize,
    /// How many bytes of missed events a client that comes back is sent. Default: 16 MiB. Who has missed more is answered
    /// `resumed: false`. Of what only the store has, it is half of [`max_spill_bytes`](Self::max_spill_bytes).
    pub max_resume_bytes: usize,
    /// How many evicted events wait for `on_cleanup` in all rooms together. Default: 100,000. When there are more, those
    /// that are evicted next are lost, counted and logged.
    pub max_evicted_events: usize,
    /// How long the id of a message is remembered, so that it is not published twice. Default: 2 minutes.
    pub message_id_window: Duration,
    /// How many ids of messages are remembered of one user. Default: 1,000, the newest.
    pub max_message_ids_per_user: usize,
    /// How many events wait for one handler of the server. Default: 1,024. Then whoever triggers waits too, for
    /// [`hook_timeout`](Self::hook_timeout) at most, and is answered `OVERLOADED`.
    pub max_events_per_handler: usize,
    /// The longest room id, event name, user id or message id, in bytes. Default: 256. A longer one is answered
    /// `INVALID_REQUEST`.
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
            max_request_bytes: 100_000,
            max_frame_bytes: 2 << 20,
            max_queued_requests: 128,
            max_request_queue_bytes: 1 << 20,
            max_queued_packets: 1024,
            max_spill_bytes: 1 << 20,
            max_spill_age: Duration::from_secs(30),
            max_connections: 100_000,
            max_connections_per_user: 1000,
            max_connections_per_address: 100_000,
            max_rooms: 100_000,
            max_rooms_per_client: 256,
            max_created_rooms_per_user: 16,
            max_listed_rooms: 1000,
            max_subscriptions_per_room: 256,
            trigger_rate: None,
            join_rate: None,
            create_rate: Some(Rate::per_minute(20)),
            history_rate: Some(Rate::per_minute(20)),
            max_history_rooms: 1000,
            max_history_bytes: 256 << 20,
            max_history_page: 1000,
            max_history_page_bytes: 256 << 10,
            max_resume_bytes: 16 << 20,
            max_evicted_events: 100_000,
            message_id_window: Duration::from_mins(2),
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
            ("max_queued_requests", self.max_queued_requests),
            ("max_request_queue_bytes", self.max_request_queue_bytes),
            ("max_queued_packets", self.max_queued_packets),
            ("max_spill_bytes", self.max_spill_bytes),
            ("max_connections", self.max_connections),
            ("max_connections_per_user", self.max_connections_per_user),
            ("max_connections_per_address", self.max_connections_per_address),
            ("max_rooms", self.max_rooms),
            ("max_rooms_per_client", self.max_rooms_per_client),
            ("max_created_rooms_per_user", self.max_created_rooms_per_user),
            ("max_history_rooms", self.max_history_rooms),
            ("max_history_page", self.max_history_page),
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

    /// The same with every limit where arithmetic with it cannot overflow. What is capped could not be reached anyway.
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

/// Whether Socket.IO can be served there: `/socket.io`, `/api/realtime/`.
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
        let no_requests = Config { max_queued_requests: 0, ..Config::default() };
        assert_eq!(no_requests.check(), Err(BuildError::ZeroLimit("max_queued_requests")));
        let no_heartbeat = Config { ping_interval: Duration::ZERO, ..Config::default() };
        assert_eq!(no_heartbeat.check(), Err(BuildError::ZeroLimit("ping_interval")));
        for path in ["", "/", "socket.io", "/{x}", "/a b"] {
            let config = Config { path: path.to_owned(), ..Config::default() };
            assert_eq!(config.check(), Err(BuildError::Path(path.to_owned())));
        }
    }
}
