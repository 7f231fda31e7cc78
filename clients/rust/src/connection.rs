//! The task of a client. It owns the connection and restores it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use dialogue::RoomId;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::debug;

use crate::backoff::Backoff;
use crate::command::Command;
use crate::engine::Link;
use crate::error::{ConnectError, Error, Lost, StreamError};
use crate::hub::{Hub, State};
use crate::outbox::Outbox;
use crate::requests::Requests;
use crate::rooms::Rooms;
use crate::settings::Settings;
use crate::work::Purpose;

/// The number of packets after which the task yields. A burst of packets needs no waiting for the network and would
/// starve other tasks.
const PACKETS_IN_A_ROW: u32 = 64;

pub(crate) struct Connection {
    pub(crate) settings: Arc<Settings>,
    pub(crate) hub: Arc<Hub>,
    commands: mpsc::Receiver<Command>,
    pub(crate) requests: Requests<Purpose>,
    pub(crate) outbox: Outbox,
    pub(crate) rooms: Rooms,
    /// Rooms to rejoin, as the limit of concurrent requests allows.
    pub(crate) to_rejoin: VecDeque<RoomId>,
    /// Whether the server has reported that the session expired.
    pub(crate) has_expired: bool,
    /// The last item of all streams when the client ends.
    last_words: Option<StreamError>,
}

/// Why a connection ended.
pub(crate) enum Ending {
    /// The connection is to be restored.
    Lost(Lost),
    /// The client ends.
    Over(&'static str),
    /// The program disconnected the client.
    Closed,
}

impl Connection {
    pub(crate) fn new(settings: Arc<Settings>, hub: Arc<Hub>, commands: mpsc::Receiver<Command>) -> Self {
        let requests = Requests::new(settings.timeout);
        Self {
            settings,
            hub,
            commands,
            requests,
            outbox: Outbox::new(),
            rooms: Rooms::new(),
            to_rejoin: VecDeque::new(),
            has_expired: false,
            last_words: Some(StreamError::Disconnected),
        }
    }

    /// Runs until the client ends. Dropping the future ends the client.
    pub(crate) async fn run(mut self, mut link: Link) {
        loop {
            let ending = self.serve(&mut link).await;
            match ending {
                Ending::Closed => {
                    self.last_words = None;
                    return link.goodbye().await;
                }
                Ending::Over(why) => return self.hub.error(Error::Ended { why }),
                Ending::Lost(why) => {
                    drop(link);
                    self.disconnected(why);
                }
            }
            match self.come_back().await {
                Ok(restored) => link = restored,
                Err(Ending::Over(why)) => return self.hub.error(Error::Ended { why }),
                Err(_) => {
                    self.last_words = None;
                    return;
                }
            }
        }
    }

    async fn serve(&mut self, link: &mut Link) -> Ending {
        self.to_rejoin = self.rooms.to_rejoin();
        self.go_on(link);
        let hub = Arc::clone(&self.hub);
        let mut in_a_row = 0;
        loop {
            let wake_at = [self.requests.deadline(), self.rooms.next_rejoin()].into_iter().flatten().min();
            let takes_on = !link.is_busy() && !self.requests.is_full();
            let done = tokio::select! {
                () = hub.closing.notified() => Err(Ending::Closed),
                heard = link.next() => match heard {
                    Ok(text) => self.hear(link, text.packet()),
                    Err(lost) => Err(Ending::Lost(lost)),
                },
                command = self.commands.recv(), if takes_on => match command {
                    Some(command) => { self.obey(link, command); Ok(()) }
                    None => Err(Ending::Closed),
                },
                () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => self.tick(link),
            };
            if let Err(ending) = done {
                return ending;
            }
            in_a_row = (in_a_row + 1) % PACKETS_IN_A_ROW;
            if in_a_row == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Handles the loss of the connection: pending requests fail, because their answers cannot arrive.
    fn disconnected(&mut self, why: Lost) {
        self.hub.state.send_replace(State::Connecting);
        self.hub.error(Error::Lost(why));
        self.requests.drain().for_each(drop);
        self.outbox.disconnected();
        self.rooms.disconnected();
        self.has_expired = false;
    }

    async fn come_back(&mut self) -> Result<Link, Ending> {
        let mut backoff = Backoff::new(self.settings.reconnect);
        let mut at_least = Duration::ZERO;
        loop {
            let pause = backoff.next(fastrand::f64()).ok_or(Ending::Over("it could not reconnect"))?.max(at_least);
            debug!(?pause, "reconnecting");
            let settings = Arc::clone(&self.settings);
            let attempt = async move {
                sleep(pause).await;
                Link::open(&settings).await
            };
            match self.meanwhile(attempt).await.ok_or(Ending::Closed)? {
                Ok((link, identity)) => {
                    self.hub.connected(identity);
                    return Ok(link);
                }
                Err(error) => {
                    let is_final = error.is_final();
                    at_least = match &error {
                        ConnectError::Refused(refusal) => refusal.retry_after().unwrap_or_default(),
                        _ => Duration::ZERO,
                    };
                    self.hub.error(Error::Reconnect(error));
                    if is_final {
                        return Err(Ending::Over("the server refused it when it reconnected"));
                    }
                }
            }
        }
    }

    /// Waits for a future while there is no connection. Returns `None` if the program ends the client.
    async fn meanwhile<T>(&mut self, something: impl Future<Output = T>) -> Option<T> {
        let hub = Arc::clone(&self.hub);
        let mut something = Box::pin(something);
        loop {
            tokio::select! {
                done = &mut something => return Some(done),
                () = hub.closing.notified() => return None,
                command = self.commands.recv() => self.put_off(command?),
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.rooms.leave_all(self.last_words.as_ref());
        self.hub.end(self.last_words.take());
    }
}
