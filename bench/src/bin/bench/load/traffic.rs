//! One phase of traffic: publishers with a window each, and the count of what came back.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bench_server::EVENT;

use super::marker::Marker;
use super::{Delivery, Load, socket_io};

/// Bytes of a message's own text.
const TEXT: usize = 100;

/// What is published in a phase.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    /// The first so many connections publish, each in its own room.
    pub(crate) publishers: u16,
    /// How many of its messages a publisher has on the way before it waits for one to come back to itself.
    pub(crate) window: u32,
    /// What each publisher sends.
    pub(crate) messages: u32,
    /// Connections that are to get each message.
    pub(crate) subscribers: u32,
    /// After so long without any delivery, what is on the way counts as lost.
    pub(crate) stall: Duration,
    /// The phase ends after so long, whatever has come.
    pub(crate) limit: Duration,
}

impl Traffic {
    /// Deliveries that there are to be.
    pub(crate) fn deliveries(&self) -> u64 {
        u64::from(self.publishers) * u64::from(self.messages) * u64::from(self.subscribers)
    }
}

/// What came of a phase.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) publishes: u64,
    /// Deliveries that there should have been.
    pub(crate) expected: u64,
    /// How long each delivery took, in nanoseconds from the trigger's sending. In the order of arrival.
    pub(crate) latencies: Vec<u64>,
    /// From the first trigger to the last delivery.
    pub(crate) duration: Duration,
    /// Socket reads that brought something.
    pub(crate) reads: u64,
}

struct Publisher {
    /// Text of the trigger, with the marker in it to be overwritten.
    text: Vec<u8>,
    marker_at: usize,
    /// When each message was sent, by sequence number.
    sent: Vec<Instant>,
    /// How many messages are no longer waited for: all up to the latest that came back.
    settled: usize,
}

impl Publisher {
    fn new(number: usize, room: &str, messages: u32) -> Self {
        let (head, tail) = socket_io::trigger(room, EVENT, number);
        let text = format!("{head}{:.<TEXT$}{tail}", "").into_bytes();
        let sent = Vec::with_capacity(messages as usize);
        Self { text, marker_at: head.len(), sent, settled: 0 }
    }

    fn may_send(&self, traffic: &Traffic) -> bool {
        self.sent.len() < traffic.messages as usize && self.sent.len() < self.settled + traffic.window as usize
    }
}

impl Load {
    /// Runs one phase; `phase` must differ from the one before.
    ///
    /// # Errors
    ///
    /// If a connection breaks the protocol, or more comes back than was sent.
    pub(crate) fn run(&mut self, phase: u8, traffic: &Traffic) -> anyhow::Result<Tally> {
        let mut publishers = (0..traffic.publishers)
            .map(|number| {
                let number = usize::from(number);
                let seat = &self.connections[number].seat;
                Publisher::new(number, &seat.room, traffic.messages)
            })
            .collect::<Vec<_>>();
        let all = traffic.deliveries();
        let mut latencies = Vec::with_capacity(usize::try_from(all).context("too many deliveries")?);
        let reads_before = self.reads;
        let start = Instant::now();
        let mut latest = start;
        let mut quiet_since = start;

        while (latencies.len() as u64) < all && start.elapsed() < traffic.limit {
            match &self.volleys {
                None => self.publish(phase, traffic, &mut publishers)?,
                Some(server) if latencies.len() as u64 == expected(&publishers, traffic) => {
                    let halted = server.halt()?;
                    self.publish(phase, traffic, &mut publishers)?;
                    drop(halted);
                }
                Some(_) => {}
            }
            self.turn(traffic.stall, &mut |delivery: Delivery| {
                let Delivery { connection, marker, at } = delivery;
                let publisher = publishers.get_mut(usize::from(marker.publisher));
                let Some(publisher) = publisher.filter(|_| marker.phase == phase) else { return };
                let Some(sent) = publisher.sent.get(marker.sequence as usize) else { return };
                latencies.push(u64::try_from((at - *sent).as_nanos()).unwrap_or(u64::MAX));
                latest = at;
                quiet_since = at;
                if connection == usize::from(marker.publisher) {
                    publisher.settled = publisher.settled.max(marker.sequence as usize + 1);
                }
            })?;
            if quiet_since.elapsed() > traffic.stall {
                if expected(&publishers, traffic) == all {
                    break;
                }
                quiet_since = Instant::now();
                for publisher in &mut publishers {
                    publisher.settled = publisher.sent.len();
                }
            }
        }

        let expected = expected(&publishers, traffic);
        ensure!(latencies.len() as u64 <= expected, "{} deliveries instead of {expected}", latencies.len());
        let (duration, reads) = (latest - start, self.reads - reads_before);
        Ok(Tally { publishes: published(&publishers), expected, latencies, duration, reads })
    }

    /// Sends whatever the windows allow.
    fn publish(&mut self, phase: u8, traffic: &Traffic, publishers: &mut [Publisher]) -> anyhow::Result<()> {
        for (connection, publisher) in publishers.iter_mut().enumerate() {
            while publisher.may_send(traffic) {
                let marker = Marker {
                    phase,
                    publisher: u16::try_from(connection)?,
                    sequence: u32::try_from(publisher.sent.len())?,
                };
                let place = publisher.text[publisher.marker_at..]
                    .first_chunk_mut()
                    .context("the text has no room for a marker")?;
                marker.write(place);
                publisher.sent.push(Instant::now());
                self.connections[connection].send(&publisher.text)?;
            }
        }
        Ok(())
    }
}

/// Messages sent so far.
fn published(publishers: &[Publisher]) -> u64 {
    publishers.iter().map(|publisher| publisher.sent.len() as u64).sum()
}

/// Deliveries that there should be of them.
fn expected(publishers: &[Publisher], traffic: &Traffic) -> u64 {
    published(publishers) * u64::from(traffic.subscribers)
}
