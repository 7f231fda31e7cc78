//! What a server's process costs between two moments.

use std::io;
use std::ops::AddAssign;
use std::time::Duration;

use anyhow::Context as _;
use nix::time::ClockId;
use perf_event::events::Hardware;
use perf_event::{Builder, Counter};

use crate::callgrind::Callgrind;
use crate::process::Process;
use crate::server::Server;

/// How instructions are counted.
#[derive(Debug)]
pub(crate) enum Instructions {
    /// By the processor: user and kernel.
    Hardware,
    /// By valgrind: user only.
    Callgrind(Callgrind),
    /// Not at all, as the processor's counters cannot be had; processor time has to do.
    Unavailable(String),
}

impl Instructions {
    /// Counts by the processor, where that is possible.
    pub(crate) fn detect() -> Self {
        match open_counters(Process::this()) {
            Ok(_) => Self::Hardware,
            Err(error) => Self::Unavailable(error.to_string()),
        }
    }

    pub(crate) fn callgrind(&self) -> Option<&Callgrind> {
        match self {
            Self::Callgrind(callgrind) => Some(callgrind),
            Self::Hardware | Self::Unavailable(_) => None,
        }
    }
}

/// A measurement that is going on.
pub(crate) struct Meter<'a> {
    process: Process,
    /// Processor time of the server and of this process, when the measurement began.
    server_before: Duration,
    own_before: Duration,
    counting: Counting<'a>,
}

enum Counting<'a> {
    Hardware(Vec<Counter>),
    Callgrind(&'a Callgrind),
    Nothing,
}

/// What one or more measurements have shown.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reading {
    /// Processor time of the server, user and kernel. `None` under valgrind, where it means nothing.
    pub(crate) processor: Option<Duration>,
    /// Processor time of the load generator, user and kernel.
    pub(crate) load: Duration,
    pub(crate) instructions: Option<u64>,
}

impl AddAssign for Reading {
    fn add_assign(&mut self, other: Self) {
        self.instructions = other.instructions.map(|count| self.instructions.unwrap_or_default() + count);
        self.processor = other.processor.map(|time| self.processor.unwrap_or_default() + time);
        self.load += other.load;
    }
}

impl<'a> Meter<'a> {
    pub(crate) fn start(server: &Server, instructions: &'a Instructions) -> anyhow::Result<Self> {
        let process = server.process();
        let counting = match instructions {
            Instructions::Hardware => {
                let mut counters = open_counters(process).context("cannot open the processor's counters")?;
                counters.iter_mut().try_for_each(Counter::enable).context("cannot start to count")?;
                Counting::Hardware(counters)
            }
            Instructions::Callgrind(callgrind) => {
                callgrind.start(process)?;
                Counting::Callgrind(callgrind)
            }
            Instructions::Unavailable(_) => Counting::Nothing,
        };
        Ok(Self { process, server_before: process.processor_time()?, own_before: own_time()?, counting })
    }

    pub(crate) fn stop(self) -> anyhow::Result<Reading> {
        let processor = self.process.processor_time()?.saturating_sub(self.server_before);
        let load = own_time()?.saturating_sub(self.own_before);
        Ok(match self.counting {
            Counting::Hardware(mut counters) => {
                counters.iter_mut().try_for_each(Counter::disable).context("cannot stop counting")?;
                let counts = counters.iter_mut().map(Counter::read).collect::<io::Result<Vec<_>>>();
                let counts = counts.context("cannot read the processor's counters")?;
                Reading { processor: Some(processor), load, instructions: Some(counts.iter().sum()) }
            }
            Counting::Callgrind(callgrind) => {
                let count = callgrind.stop(self.process)?;
                Reading { processor: None, load, instructions: Some(count) }
            }
            Counting::Nothing => Reading { processor: Some(processor), load, instructions: None },
        })
    }
}

/// One counter for each thread of a process. Threads that begin later are counted with the one that began them.
fn open_counters(process: Process) -> io::Result<Vec<Counter>> {
    let mut counters = Vec::new();
    for thread in process.threads()? {
        let mut builder = Builder::new(Hardware::INSTRUCTIONS);
        builder.observe_pid(thread.as_raw()).any_cpu().inherit(true).exclude_kernel(false);
        counters.push(builder.build()?);
    }
    Ok(counters)
}

fn own_time() -> anyhow::Result<Duration> {
    Ok(ClockId::CLOCK_PROCESS_CPUTIME_ID.now().context("cannot read the processor time")?.into())
}
