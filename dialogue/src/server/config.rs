//! Every limit of a server, with its default.

use std::time::Duration;

use crate::error::BuildError;
use crate::event::Rate;

/// The longest duration: about ten years.
const MAX_DURATION: Duration = Duration::from_hours(10 * 366 * 24);

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
    /// The largest request, and the largest auth payload, in bytes of JSON. Default: 1,000,000. A larger one is answered
    /// `INVALID_REQUEST`, if [`max_frame_bytes`](Self::max_frame_bytes) lets it come that far.
    pub max_request_bytes: usize,
    /// The largest body of a polling request, in bytes, which clients are told as `maxPayload`. Default: 1,000,000. A larger
    /// one ends the connection. So does a WebSocket message of more than twice that.
    ///
    /// A body is a few bytes longer than the request in it. With the defaults, a request of more than about 999,990 bytes ends a
    /// polling connection; over a WebSocket one of exactly [`max_request_bytes`](Self::max_request_bytes) is taken, and a
    /// larger one is answered. A reverse proxy has a limit of its own: nginx takes bodies of up to 1 MiB by default.
    pub max_frame_bytes: usize,
    /// The largest head of an HTTP request to the server, in bytes of its path, query and headers. Default: 16 KiB. A larger
    /// one is refused with the status 431. A connection keeps the head that opened it.
    pub max_handshake_bytes: usize,
    /// How many bytes of requests of one client wait for their turn; each counts 64 bytes beside its text. Default: 1 MiB.
    /// One more is answered `OVERLOADED`, unless nothing waits. `leave` and `unsubscribe` are taken beyond that; if they
    /// come to another 256 KiB, the connection ends.
    pub max_request_queue_bytes: usize,
    /// How many packets wait for one client in the transport. Default: 1,024. Then the spill queue begins.
    pub max_queued_packets: usize,
    /// How many bytes wait for one client in its spill queue. Default: 1 MiB. Then the client is disconnected.
    pub max_spill_bytes: usize,
    /// How long a packet may wait in a spill queue. Default: 30 s. Then the client is disconnected.
    pub max_spill_age: Duration,
    /// How many connections there are at once. Default: 100,000. One more is refused with `LIMIT_REACHED`.
    pub max_connections: usize,
    /// How many connections one user has at once. Default: 1,000. One more is refused with `LIMIT_REACHED`.
    pub max_connections_per_user: usize,
    /// How many connections come from one address at once. Default: 100,000, as all clients behind a proxy have the
    /// proxy's. One more is refused with `LIMIT_REACHED`. The address is known when this crate serves; see
    /// [`Handshake::peer_address`](crate::Handshake::peer_address).
    pub max_connections_per_address: usize,
    /// How many rooms are open at once. Default: 100,000. Joining one more is answered `LIMIT_REACHED`. A tenth of what the
    /// declared rooms leave free is the server's own: clients can neither open nor create rooms in it.
    pub max_rooms: usize,
    /// How many rooms one client is in. Default: 256. Joining one more is answered `LIMIT_REACHED`.
    pub max_rooms_per_client: usize,
    /// How many rooms that one user has opened by joining are open at once, with members or without. Default: 256, and at
    /// most half of what clients may open together. Opening one more is answered `LIMIT_REACHED`.
    pub max_opened_rooms_per_user: usize,
    /// How many rooms that were opened by joins from one address are open at once. Default: 50,000, as all clients behind a
    /// proxy have the proxy's address. Opening one more is answered `LIMIT_REACHED`. Without authentication clients choose
    /// their user ids, and this is the bound that holds; lower it if clients connect directly. The address is known when this
    /// crate serves; an IPv6 address counts as its /64 network.
    pub max_opened_rooms_per_address: usize,
    /// How many rooms that one user has created there are at once. Default: 16. One more is answered `LIMIT_REACHED`.
    pub max_created_rooms_per_user: usize,
    /// How many rooms the list of rooms names. Default: 1,000, the declared ones first.
    pub max_listed_rooms: usize,
    /// How many subscriptions one client has in one room. Default: 256. One more is answered `LIMIT_REACHED`.
    pub max_subscriptions_per_room: usize,
    /// How often one client may trigger events, over all rooms. Default: no limit but its queue. Once more is answered
    /// `RATE_LIMITED`.
    pub trigger_rate: Option<Rate>,
    /// How often one client may send requests. Triggers do not count, which have [`trigger_rate`](Self::trigger_rate), nor
    /// do `leave` and `unsubscribe`, which are never refused and take back what joins and subscriptions gave. Default: 1,000 a
    /// second. Once more is answered `RATE_LIMITED`.
    pub request_rate: Option<Rate>,
    /// How often one client may join rooms. Default: 1,024 in 10 s, so that a client that reconnects can join all its rooms
    /// again at once. Once more is answered `RATE_LIMITED`.
    pub join_rate: Option<Rate>,
    /// How often one user may create or delete rooms, which everyone is told of, on all connections together. Default: 20 a
    /// minute. Once more is answered `RATE_LIMITED`.
    pub create_rate: Option<Rate>,
    /// How often all clients of one address may create or delete rooms together. Default: 120 a minute; raise it behind a
    /// proxy, whose clients all have the proxy's address. Once more is answered `RATE_LIMITED`. An IPv6 address counts as its
    /// /64 network.
    pub create_rate_per_address: Option<Rate>,
    /// How often one client may ask for the list of rooms. Default: 60 a minute. Once more is answered `RATE_LIMITED`.
    pub list_rate: Option<Rate>,
    /// How often one client may renew its session, which runs the authenticate hook. Default: 20 a minute. Once more is
    /// answered `RATE_LIMITED`.
    pub renew_rate: Option<Rate>,
    /// How often one client may ask for history. Default: 20 a minute. Once more is answered `RATE_LIMITED`. A client that
    /// leaves a room and joins it again takes of this too, for the events that the join sends:
    /// [`max_history_page_bytes`](Self::max_history_page_bytes) of them count as one request.
    pub history_rate: Option<Rate>,
    /// How many rooms remember events, beside the declared ones, which always may. Default: 1,000. When there are more, one
    /// forgets in which nothing was recorded for long: of up to 32 rooms the first such one, of more about that one.
    pub max_history_rooms: usize,
    /// How many rooms remember events that one user has opened or created. Default: 256. When there are more, one of this
    /// user's rooms forgets.
    pub max_history_rooms_per_user: usize,
    /// How many bytes of events all rooms remember together. Default: 256 MiB. When there are more, a room forgets in which
    /// nothing was recorded for long; a declared one only if no other remembers anything.
    pub max_history_bytes: usize,
    /// How many bytes of events the rooms remember together that one user has opened or created. Default: 32 MiB. When there
    /// are more, one of this user's rooms forgets.
    pub max_history_bytes_per_user: usize,
    /// How many events one request for history answers with. Default: 1,000. Asking for more is answered
    /// `INVALID_REQUEST`, and a request without an acknowledgement with that many.
    pub max_history_page: usize,
    /// How many bytes of events one answer with history has. Default: 256 KiB; the newest that fit, but at least one.
    pub max_history_page_bytes: usize,
    /// How many bytes of missed events a client that comes back is sent. Default: 16 MiB. Who has missed more is answered
    /// `resumed: false`. Of what only the store has, it is half of [`max_spill_bytes`](Self::max_spill_bytes).
    pub max_resume_bytes: usize,
    /// How many evicted events wait for `on_cleanup` in all rooms together. Default: 100,000; the last quarter is for declared
    /// rooms. When there are more, those that are evicted next are lost, counted and logged.
    pub max_evicted_events: usize,
    /// How many calls of `on_cleanup` run at once, for different rooms. Default: 16. The others wait, and become larger batches
    /// meanwhile.
    pub max_cleanups_at_once: usize,
    /// How long the id of a message is remembered, so that it is not published twice. Default: 2 minutes.
    pub message_id_window: Duration,
    /// How many ids of messages are remembered of all users together, in about 64 bytes each. Default: 1,000,000. A trigger
    /// with one more is answered `RATE_LIMITED` until an older one has expired.
    pub max_message_ids: usize,
    /// How many ids of messages are remembered of one user. Default: 1,000. With one more, the user's oldest is forgotten.
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
