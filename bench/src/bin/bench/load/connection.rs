//! One client connection: a non-blocking socket and how far it has come on its way into its room.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use bench_server::EVENT;
use mio::net::TcpStream;

use super::marker::Marker;
use super::socket_io::{self, Packet};
use super::websocket::{self, Opcode};

/// Where a connection belongs.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) room: String,
    /// Asks for the event explicitly, in a room that gives nothing on joining.
    pub(crate) subscribe: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connecting,
    Upgrading,
    Entering,
    Joining,
    Subscribing,
    Ready,
    Closed,
}

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    number: usize,
    pub(crate) seat: Seat,
    stage: Stage,
    /// The beginning of a frame that has not come whole yet; empty nearly always.
    partial: Vec<u8>,
    /// What the socket did not take yet; empty nearly always.
    unsent: Vec<u8>,
}

impl Connection {
    /// Begins to connect as user `u{number}`.
    pub(crate) fn open(address: SocketAddr, number: usize, seat: Seat) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).context("cannot connect")?;
        let stage = Stage::Connecting;
        Ok(Self { stream, number, seat, stage, partial: Vec::new(), unsent: Vec::new() })
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.stage == Stage::Closed
    }

    /// To be called when the socket can be written to.
    pub(crate) fn writable(&mut self) -> anyhow::Result<()> {
        if self.stage == Stage::Connecting {
            if let Some(error) = self.stream.take_error()? {
                return Err(error).context("cannot connect");
            }
            self.stream.set_nodelay(true).context("cannot set TCP_NODELAY")?;
            self.stage = Stage::Upgrading;
            self.unsent = socket_io::upgrade_request();
        }
        self.flush()
    }

    /// Sends one text.
    pub(crate) fn send(&mut self, text: &[u8]) -> anyhow::Result<()> {
        websocket::write_text(&mut self.unsent, text);
        self.flush()
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        while !self.unsent.is_empty() && !self.is_closed() {
            match self.stream.write(&self.unsent) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => self.lost(&error)?,
            }
        }
        Ok(())
    }

    /// Reads all there is, gives the marker of each delivery to `deliver`, and returns the number of reads that
    /// brought something.
    pub(crate) fn readable(&mut self, buffer: &mut [u8], deliver: &mut impl FnMut(Marker)) -> anyhow::Result<u64> {
        let mut reads = 0;
        while !self.is_closed() {
            match self.stream.read(buffer) {
                Ok(0) => self.lost(&ErrorKind::UnexpectedEof.into())?,
                Ok(count) => {
                    reads += 1;
                    self.take(&buffer[..count], deliver)?;
                    // A short read has emptied the socket: the next bytes raise a new event.
                    if count < buffer.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => self.lost(&error)?,
            }
        }
        Ok(reads)
    }

    /// A connection that ends while it is in use is part of the result; before that, it is an error.
    fn lost(&mut self, error: &std::io::Error) -> anyhow::Result<()> {
        ensure!(self.is_ready(), "a connection ended while {:?}: {error}", self.stage);
        self.stage = Stage::Closed;
        Ok(())
    }

    fn take(&mut self, bytes: &[u8], deliver: &mut impl FnMut(Marker)) -> anyhow::Result<()> {
        if self.partial.is_empty() {
            let used = self.frames(bytes, deliver)?;
            self.partial.extend_from_slice(&bytes[used..]);
        } else {
            let mut whole = std::mem::take(&mut self.partial);
            whole.extend_from_slice(bytes);
            let used = self.frames(&whole, deliver)?;
            whole.drain(..used);
            self.partial = whole;
        }
        Ok(())
    }

    fn frames(&mut self, bytes: &[u8], deliver: &mut impl FnMut(Marker)) -> anyhow::Result<usize> {
        let mut used = 0;
        if self.stage == Stage::Upgrading {
            let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else { return Ok(0) };
            ensure!(bytes.starts_with(b"HTTP/1.1 101"), "no WebSocket: {}", bytes[..end].escape_ascii());
            self.stage = Stage::Entering;
            used = end + 4;
        }
        while let Some((frame, length)) = websocket::split(&bytes[used..])? {
            used += length;
            match frame.opcode {
                Opcode::Text => match Packet::parse(frame.payload) {
                    Packet::Delivery(Some(marker)) => deliver(marker),
                    packet => self.advance(&packet, frame.payload)?,
                },
                Opcode::Ping => {
                    websocket::write_pong(&mut self.unsent, frame.payload);
                    self.flush()?;
                }
                Opcode::Close => self.lost(&ErrorKind::ConnectionAborted.into())?,
                Opcode::Binary | Opcode::Pong => {}
            }
        }
        Ok(used)
    }

    /// The next step into the room.
    fn advance(&mut self, packet: &Packet<'_>, text: &[u8]) -> anyhow::Result<()> {
        match (self.stage, packet) {
            (_, Packet::Ping) => self.send(socket_io::PONG),
            (Stage::Entering, Packet::Open) => self.send(socket_io::connect(self.number).as_bytes()),
            (Stage::Entering, Packet::Event(b"dialogue:connected")) => {
                self.stage = Stage::Joining;
                self.send(socket_io::join(&self.seat.room).as_bytes())
            }
            (Stage::Joining, Packet::Event(b"dialogue:joined")) if self.seat.subscribe => {
                self.stage = Stage::Subscribing;
                self.send(socket_io::subscribe(&self.seat.room, EVENT).as_bytes())
            }
            (Stage::Joining, Packet::Event(b"dialogue:joined"))
            | (Stage::Subscribing, Packet::Acknowledgement(br#"1[{"ok":true}]"#)) => {
                self.stage = Stage::Ready;
                Ok(())
            }
            (_, Packet::Event(b"dialogue:error") | Packet::Refused | Packet::Acknowledgement(_)) => {
                bail!("refused while {:?}: {}", self.stage, text.escape_ascii())
            }
            _ => Ok(()),
        }
    }
}
