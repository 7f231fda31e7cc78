//! The load generator: one thread, non-blocking sockets, and as little work per delivery as possible, so that the
//! server is what is measured.

mod connection;
mod marker;
mod socket_io;
mod traffic;
mod websocket;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use mio::{Events, Interest, Poll, Token};

use connection::Connection;
use marker::Marker;

use crate::process::Process;

pub(crate) use connection::Seat;
pub(crate) use traffic::Traffic;

/// How many connections may be on their way into their room at once.
const CONNECTING: usize = 64;

/// How long all connections together may take to get into their rooms, per connection, and at least.
const PATIENCE_EACH: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(1);

/// Bytes read at once.
const BUFFER: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct Load {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    /// How many connections have come into their room, since the beginning.
    ready: usize,
    buffer: Vec<u8>,
    /// Reads that brought something, since the beginning.
    reads: u64,
    /// The server to halt while messages are sent, in volleys.
    volleys: Option<Process>,
}

impl Load {
    /// Brings one connection for each seat into its room, and returns how long that took.
    ///
    /// # Errors
    ///
    /// If the server refuses one, or takes too long.
    pub(crate) fn connect(address: SocketAddr, seats: &[Seat]) -> anyhow::Result<(Self, Duration)> {
        let mut load = Self {
            poll: Poll::new().context("cannot poll")?,
            events: Events::with_capacity(1024),
            connections: Vec::with_capacity(seats.len()),
            ready: 0,
            buffer: vec![0; BUFFER],
            reads: 0,
            volleys: None,
        };
        let start = Instant::now();
        let deadline = start + PATIENCE + PATIENCE_EACH * u32::try_from(seats.len())?;
        while load.ready < seats.len() {
            ensure!(Instant::now() < deadline, "only {} of {} clients in time", load.ready, seats.len());
            while load.connections.len() < seats.len().min(load.ready + CONNECTING) {
                load.open(address, seats[load.connections.len()].clone())?;
            }
            load.turn(Duration::from_millis(100), &mut |_| {})?;
        }
        Ok((load, start.elapsed()))
    }

    /// From now on nobody sends before all that is on the way has come to all, and the server stands still meanwhile:
    /// how publishers bunch is otherwise up to chance, and what a delivery costs depends on it.
    pub(crate) fn send_in_volleys(&mut self, server: Process) {
        self.volleys = Some(server);
    }

    fn open(&mut self, address: SocketAddr, seat: Seat) -> anyhow::Result<()> {
        let number = self.connections.len();
        let mut connection = Connection::open(address, number, seat)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut connection.stream, Token(number), interest)?;
        self.connections.push(connection);
        Ok(())
    }

    /// How many connections the server has closed.
    pub(crate) fn closed(&self) -> usize {
        self.connections.iter().filter(|connection| connection.is_closed()).count()
    }

    /// Answers heartbeats for `time`, and does nothing else.
    pub(crate) fn rest(&mut self, time: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.turn(left, &mut |_| {})?;
        }
        Ok(())
    }

    /// Waits for something to happen, for at most `timeout`, and deals with all that has.
    fn turn(&mut self, timeout: Duration, deliver: &mut impl FnMut(Delivery)) -> anyhow::Result<()> {
        if let Err(error) = self.poll.poll(&mut self.events, Some(timeout)) {
            ensure!(error.kind() == std::io::ErrorKind::Interrupted, "cannot poll: {error}");
            return Ok(());
        }
        for event in &self.events {
            let number = event.token().0;
            let connection = &mut self.connections[number];
            let was_ready = connection.is_ready();
            if event.is_writable() {
                connection.writable()?;
            }
            if event.is_readable() {
                let at = Instant::now();
                self.reads += connection.readable(&mut self.buffer, &mut |marker| {
                    deliver(Delivery { connection: number, marker, at });
                })?;
            }
            if connection.is_ready() && !was_ready {
                self.ready += 1;
            }
        }
        Ok(())
    }
}

/// One event that came to one connection.
struct Delivery {
    connection: usize,
    marker: Marker,
    at: Instant,
}
