//! The outbound side of one client: the transport's queue, and a spill queue for when the transport's queue is full.
//!
//! No packet is dropped silently. If the transport's queue is full, packets wait in the spill queue, and later packets
//! wait behind them. A client whose spill queue is full is disconnected, so that it notices the gap and resumes. Only
//! events that are declared volatile are dropped instead, and counted.

use std::collections::VecDeque;
use std::time::Duration;

use axum::body::Bytes;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::packet::Packet;

/// One connection, as provided by the transport.
pub(crate) trait Connection: Send + Sync {
    /// Queues a packet.
    fn send(&self, packet: &Packet) -> Result<(), SendError>;

    /// Ends the connection.
    fn close(&self, ending: Ending);

    /// Releases the connection, which may become another client once this one has ended.
    fn refuse(&self);
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The client is notified that the server disconnected it, and does not reconnect automatically.
    Goodbye,
    /// The connection is closed as if the network had failed, and the client reconnects.
    Cut,
    /// The client sent an invalid frame. The connection is closed, and later packets of the client are ignored.
    Malformed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendError {
    Full,
    Closed,
}

/// The result of pushing a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// The packet is queued.
    Queued,
    /// The packet is the first in the spill queue. The caller must [drain](Outbox::drain) the queue.
    Spilled,
    /// The packet was volatile and was dropped, because the queue was full.
    Dropped,
    /// The connection has ended.
    Closed,
}

/// The limits of a spill queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpillLimits {
    pub(crate) bytes: usize,
    pub(crate) age: Duration,
}

pub(crate) struct Outbox {
    limits: SpillLimits,
    state: Mutex<State>,
    /// Notified when the spill queue is empty.
    emptied: Notify,
}

struct State {
    connection: Option<Box<dyn Connection>>,
    spill: VecDeque<Waiting>,
    spilled_bytes: usize,
    /// Large texts of this client alone that the transport still holds. The transport limits packets, not bytes.
    heavy: Vec<Bytes>,
    /// Maximum number of bytes of these texts.
    heavy_bytes: usize,
    /// The time at which the last packet of a replay was sent.
    replayed_at: Option<Instant>,
    cut_off: bool,
    dropped: u64,
}

/// A packet in the spill queue.
struct Waiting {
    since: Instant,
    packet: Packet,
    /// The number of bytes that the packet counts towards the limit.
    bytes: usize,
    is_replayed: bool,
}

impl Outbox {
    /// Creates an outbox that is not connected yet.
    pub(crate) fn new(limits: SpillLimits) -> Self {
        let state = State {
            connection: None,
            spill: VecDeque::new(),
            spilled_bytes: 0,
            heavy: Vec::new(),
            heavy_bytes: limits.bytes,
            replayed_at: None,
            cut_off: false,
            dropped: 0,
        };
        Self { limits, state: Mutex::new(state), emptied: Notify::new() }
    }

    pub(crate) fn connect(&self, connection: Box<dyn Connection>) {
        self.state.lock().connection = Some(connection);
    }

    /// Releases the connection. A handle that is kept after the end of the connection must not keep its memory.
    pub(crate) fn disconnect(&self) {
        self.state.lock().let_go();
        self.emptied.notify_waiters();
    }

    /// Ends the connection, and discards the spill queue.
    pub(crate) fn close(&self, ending: Ending) {
        let connection = self.state.lock().let_go();
        self.emptied.notify_waiters();
        if let Some(connection) = connection {
            connection.close(ending);
        }
    }

    /// Sends the refusal to the client, and releases the connection, which may become another client.
    pub(crate) fn refuse(&self, refusal: &Packet) {
        let connection = self.state.lock().let_go();
        self.emptied.notify_waiters();
        if let Some(connection) = connection {
            connection.refuse();
            // If the queue is full, the client is not waiting for this packet.
            let _told_if_there_is_room = connection.send(refusal);
        }
    }

    pub(crate) fn push(&self, packet: &Packet) -> Pushed {
        let mut state = self.state.lock();
        match state.send(packet) {
            Ok(()) => Pushed::Queued,
            Err(error) => self.not_sent(state, error, packet.clone(), packet.text.len(), false),
        }
    }

    /// Queues a packet that is in the history of a room. It does not count towards the limits, because its text takes
    /// no additional memory unless the packet is private. A client has at most one replay in its queue.
    pub(crate) fn replay(&self, packet: &Packet) -> Pushed {
        let mut state = self.state.lock();
        match state.send(packet) {
            Ok(()) => Pushed::Queued,
            Err(error) => {
                let bytes = if packet.private { packet.text.len() } else { 0 };
                self.not_sent(state, error, Packet { volatile: false, ..packet.clone() }, bytes, true)
            }
        }
    }

    /// Adds a packet to the spill queue if the transport's queue is full.
    #[cold]
    fn not_sent(
        &self,
        mut state: MutexGuard<'_, State>,
        error: SendError,
        packet: Packet,
        bytes: usize,
        is_replayed: bool,
    ) -> Pushed {
        let pushed = match error {
            SendError::Closed => {
                state.let_go();
                Pushed::Closed
            }
            SendError::Full => {
                let waiting = Waiting { since: Instant::now(), packet, bytes, is_replayed };
                state.spill(waiting, self.limits.bytes)
            }
        };
        if pushed == Pushed::Closed {
            self.emptied.notify_waiters();
        }
        pushed
    }

    /// Moves packets from the spill queue to the transport until its queue is full. Returns true when nothing is left
    /// to do.
    ///
    /// If a packet has waited for too long, the connection is closed.
    pub(crate) fn drain(&self) -> bool {
        let mut state = self.state.lock();
        while state.send_first() {}
        // While a client reads a replay, the packets behind it are not considered late.
        let since = state.spill.front().map(|first| state.replayed_at.map_or(first.since, |at| at.max(first.since)));
        if since.is_some_and(|since| since.elapsed() > self.limits.age) {
            state.cut_off();
        }
        let is_drained = state.spill.is_empty();
        drop(state);
        if is_drained {
            self.emptied.notify_waiters();
        }
        is_drained
    }

    /// Waits until the spill queue is empty, or the connection has ended.
    pub(crate) async fn drained(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.state.lock().spill.is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Whether the connection was still open when the last packet was sent.
    pub(crate) fn is_connected(&self) -> bool {
        self.state.lock().connection.is_some()
    }

    /// Whether the client was disconnected because it was too slow.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.state.lock().cut_off
    }

    /// The number of volatile events that were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.state.lock().dropped
    }
}

impl State {
    /// Passes a packet to the transport, unless other packets are waiting.
    #[inline]
    fn send(&mut self, packet: &Packet) -> Result<(), SendError> {
        match &self.connection {
            Some(_) if packet.is_heavy() => self.send_heavy(packet),
            Some(connection) if self.spill.is_empty() => connection.send(packet),
            Some(_) => Err(SendError::Full),
            None => Err(SendError::Closed),
        }
    }

    #[cold]
    fn send_heavy(&mut self, packet: &Packet) -> Result<(), SendError> {
        if self.spill.is_empty() { self.hand_over(packet) } else { Err(SendError::Full) }
    }

    /// Passes a packet to the transport, within the limit on large texts.
    fn hand_over(&mut self, packet: &Packet) -> Result<(), SendError> {
        let Some(connection) = &self.connection else { return Err(SendError::Closed) };
        if !packet.is_heavy() {
            return connection.send(packet);
        }
        // A text with no other owner has been released by the transport.
        self.heavy.retain(|text| !text.is_unique());
        let held: usize = self.heavy.iter().map(Bytes::len).sum();
        if held > 0 && held + packet.text.len() > self.heavy_bytes {
            return Err(SendError::Full);
        }
        connection.send(packet)?;
        self.heavy.push(Bytes::from(packet.text.clone()));
        Ok(())
    }

    /// Passes the first waiting packet to the transport. Returns false if no packet waits, or the transport's queue is
    /// full.
    fn send_first(&mut self) -> bool {
        let Some(first) = self.spill.pop_front() else { return false };
        match self.hand_over(&first.packet) {
            Ok(()) => {}
            Err(SendError::Full) => {
                self.spill.push_front(first);
                return false;
            }
            Err(SendError::Closed) => {
                self.let_go();
                return false;
            }
        }
        if first.is_replayed {
            self.replayed_at = Some(Instant::now());
        }
        self.spilled_bytes -= first.bytes;
        true
    }

    /// Without a connection the spill queue is empty.
    fn let_go(&mut self) -> Option<Box<dyn Connection>> {
        self.spill = VecDeque::new();
        self.spilled_bytes = 0;
        self.heavy = Vec::new();
        self.connection.take()
    }

    /// Adds a packet to the spill queue, within `max` bytes. A single packet may be larger.
    fn spill(&mut self, waiting: Waiting, max: usize) -> Pushed {
        if waiting.packet.volatile {
            self.dropped += 1;
            return Pushed::Dropped;
        }
        self.spilled_bytes += waiting.bytes;
        self.spill.push_back(waiting);
        if self.spilled_bytes > max && self.spill.len() > 1 {
            self.cut_off();
            return Pushed::Closed;
        }
        if self.spill.len() == 1 { Pushed::Spilled } else { Pushed::Queued }
    }

    fn cut_off(&mut self) {
        self.cut_off = true;
        if let Some(connection) = self.let_go() {
            connection.close(Ending::Cut);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A connection with a queue of a fixed capacity.
    #[derive(Clone, Default)]
    struct Narrow(Arc<Mutex<Pipe>>);

    #[derive(Default)]
    struct Pipe {
        room: usize,
        sent: String,
        ending: Option<Ending>,
    }

    impl Narrow {
        fn makes_room(&self, packets: usize) {
            self.0.lock().room += packets;
        }

        fn sent(&self) -> String {
            self.0.lock().sent.clone()
        }
    }

    impl Connection for Narrow {
        fn send(&self, packet: &Packet) -> Result<(), SendError> {
            let mut pipe = self.0.lock();
            pipe.room = pipe.room.checked_sub(1).ok_or(SendError::Full)?;
            pipe.sent.push_str(packet.text.trim_start_matches(r#"2["t","#).trim_end_matches(']'));
            Ok(())
        }

        fn close(&self, ending: Ending) {
            self.0.lock().ending = Some(ending);
        }

        fn refuse(&self) {}
    }

    fn packet(number: u64, volatile: bool) -> Packet {
        Packet { volatile, ..Packet::event("t", &number) }
    }

    fn outbox(room: usize) -> (Outbox, Narrow) {
        let outbox = Outbox::new(SpillLimits { bytes: 20, age: Duration::from_secs(30) });
        let narrow = Narrow::default();
        narrow.makes_room(room);
        outbox.connect(Box::new(narrow.clone()));
        (outbox, narrow)
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_fit_waits_and_keeps_its_order() {
        let (outbox, narrow) = outbox(1);
        assert_eq!(outbox.push(&packet(1, false)), Pushed::Queued);
        assert_eq!(outbox.push(&packet(2, false)), Pushed::Spilled);
        narrow.makes_room(1);
        assert_eq!(outbox.push(&packet(3, false)), Pushed::Queued, "it waits behind the other");
        assert!(!outbox.drain());
        assert_eq!(narrow.sent(), "12");
        narrow.makes_room(5);
        assert!(outbox.drain());
        assert_eq!(outbox.push(&packet(4, false)), Pushed::Queued);
        assert_eq!(narrow.sent(), "1234");
    }

    #[tokio::test(start_paused = true)]
    async fn a_volatile_packet_does_not_wait() {
        let (outbox, narrow) = outbox(0);
        assert_eq!(outbox.push(&packet(1, true)), Pushed::Dropped);
        assert_eq!(outbox.push(&packet(2, false)), Pushed::Spilled);
        narrow.makes_room(1);
        assert_eq!(outbox.push(&packet(3, true)), Pushed::Dropped, "nor does it overtake");
        assert_eq!(outbox.dropped(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_bytes_cut_the_client_off() {
        let (outbox, narrow) = outbox(0);
        assert_eq!(outbox.push(&packet(1, false)), Pushed::Spilled);
        assert_eq!(outbox.push(&packet(2, false)), Pushed::Queued);
        assert!(!outbox.is_cut_off());
        assert_eq!(outbox.push(&packet(3, false)), Pushed::Closed);
        assert!(outbox.is_cut_off());
        assert_eq!(outbox.push(&packet(4, false)), Pushed::Closed);
        assert!(outbox.drain(), "there is nothing left to do");
        assert_eq!((narrow.sent().as_str(), narrow.0.lock().ending), ("", Some(Ending::Cut)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_replayed_has_no_part_in_the_bounds() {
        let (outbox, narrow) = outbox(0);
        for number in 0..100 {
            outbox.replay(&packet(number % 10, true));
        }
        assert_eq!(outbox.push(&packet(1, false)), Pushed::Queued);
        for _ in 0..100 {
            tokio::time::advance(Duration::from_secs(20)).await;
            narrow.makes_room(1);
            assert!(!outbox.drain());
            assert!(!outbox.is_cut_off(), "who reads it is not late");
        }
        tokio::time::advance(Duration::from_secs(31)).await;
        assert!(outbox.drain() && outbox.is_cut_off(), "what came behind it has waited for too long now");
    }

    #[tokio::test(start_paused = true)]
    async fn too_long_a_wait_cuts_the_client_off() {
        let (outbox, narrow) = outbox(0);
        outbox.push(&packet(1, false));
        tokio::time::advance(Duration::from_secs(31)).await;
        assert!(outbox.drain());
        assert_eq!(narrow.0.lock().ending, Some(Ending::Cut));
    }
}
