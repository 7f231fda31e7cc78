//! Every limit of a server, with its default.

use std::time::Duration;

use crate::error::BuildError;

/// Every limit of a server. All have a default, and none is infinite.
///
/// ```
/// # use dialogue::Config;
/// # use std::time::Duration;
/// let config = Config { ping_interval: Duration::from_secs(10), rooms_per_client: 8, ..Config::default() };
/// assert_eq!(config.path, "/socket.io");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where Socket.IO is served. Default: `/socket.io`.
    pub path: String,
    /// How often the server asks whether a client is there. Default: 25 s.
    pub ping_interval: Duration,
    /// How long a client may take to answer that. Default: 20 s.
    pub ping_timeout: Duration,
    /// How long a new connection may take to say which namespace it wants. Default: 45 s.
    pub connect_timeout: Duration,
    /// How long one hook or handler may run. Default: 10 s; then it is dropped and the log says so.
    pub hook_timeout: Duration,
    /// How long a graceful stop may take. Default: 10 s; then what is left is cut off.
    pub stop_timeout: Duration,
    /// The largest request, in bytes of JSON. Default: 100,000. A larger one is answered `INVALID_REQUEST`.
    pub request_bytes: usize,
    /// The largest Socket.IO frame, in bytes. Default: 2 MiB. The connection of a larger one ends.
    pub frame_bytes: usize,
    /// How many requests of one client wait for their turn. Default: 128. One more is answered `OVERLOADED`.
    pub requests_per_client: usize,
    /// How many bytes of requests of one client wait for their turn. Default: 1 MiB. One more is answered `OVERLOADED`.
    pub request_queue_bytes: usize,
    /// How many packets wait for one client in the transport. Default: 1,024. Then the spill queue begins.
    pub packets_per_client: usize,
    /// How many bytes wait for one client in its spill queue. Default: 1 MiB. Then the client is disconnected.
    pub spill_bytes: usize,
    /// How long a packet may wait in a spill queue. Default: 30 s. Then the client is disconnected.
    pub spill_age: Duration,
    /// How many rooms are open at once. Default: 100,000. Joining one more is answered `RATE_LIMITED`.
    pub rooms: usize,
    /// How many rooms one client is in. Default: 256. Joining one more is answered `RATE_LIMITED`.
    pub rooms_per_client: usize,
    /// How many subscriptions one client has in one room. Default: 256. One more is answered `RATE_LIMITED`.
    pub subscriptions_per_room: usize,
    /// How many events wait for one handler of the server. Default: 1,024. Then whoever triggers waits too, for
    /// [`hook_timeout`](Self::hook_timeout) at most, and is answered `OVERLOADED`.
    pub events_per_handler: usize,
    /// The longest room id, event name or message id, in bytes. Default: 256. A longer one is answered
    /// `INVALID_REQUEST`.
    pub name_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/socket.io".to_owned(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(45),
            hook_timeout: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(10),
            request_bytes: 100_000,
            frame_bytes: 2 << 20,
            requests_per_client: 128,
            request_queue_bytes: 1 << 20,
            packets_per_client: 1024,
            spill_bytes: 1 << 20,
            spill_age: Duration::from_secs(30),
            rooms: 100_000,
            rooms_per_client: 256,
            subscriptions_per_room: 256,
            events_per_handler: 1024,
            name_bytes: 256,
        }
    }
}

impl Config {
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let limits = [
            ("request_bytes", self.request_bytes),
            ("frame_bytes", self.frame_bytes),
            ("requests_per_client", self.requests_per_client),
            ("request_queue_bytes", self.request_queue_bytes),
            ("packets_per_client", self.packets_per_client),
            ("spill_bytes", self.spill_bytes),
            ("rooms", self.rooms),
            ("rooms_per_client", self.rooms_per_client),
            ("subscriptions_per_room", self.subscriptions_per_room),
            ("events_per_handler", self.events_per_handler),
            ("name_bytes", self.name_bytes),
        ];
        if !is_path(&self.path) {
            return Err(BuildError::Path(self.path.clone()));
        }
        match limits.iter().find(|(_, limit)| *limit == 0) {
            Some((name, _)) => Err(BuildError::ZeroLimit(name)),
            None => Ok(()),
        }
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
        let no_requests = Config { requests_per_client: 0, ..Config::default() };
        assert_eq!(no_requests.check(), Err(BuildError::ZeroLimit("requests_per_client")));
        for path in ["", "/", "socket.io", "/{x}", "/a b"] {
            let config = Config { path: path.to_owned(), ..Config::default() };
            assert_eq!(config.check(), Err(BuildError::Path(path.to_owned())));
        }
    }
}
