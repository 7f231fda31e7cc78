//! What a server's process costs between two moments.

use std::fs;
use std::io;
use std::time::Duration;

use anyhow::Context as _;
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use perf_event::events::Hardware;
use perf_event::{Builder, Counter};

use crate::callgrind::Callgrind;
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
        match open_counters(std::process::id()) {
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
    process: u32,
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

/// What a measurement has shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Processor time of the server, user and kernel. `None` under valgrind, where it means nothing.
    pub(crate) processor: Option<Duration>,
    /// Processor time of the load generator, user and kernel.
    pub(crate) load: Duration,
    pub(crate) instructions: Option<u64>,
}

impl<'a> Meter<'a> {
    pub(crate) fn start(server: &Server, instructions: &'a Instructions) -> anyhow::Result<Self> {
        let process = server.id();
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
        Ok(Self { process, server_before: processor_time(process)?, own_before: own_time()?, counting })
    }

    pub(crate) fn stop(self) -> anyhow::Result<Reading> {
        let processor = processor_time(self.process)? - self.server_before;
        let load = own_time()? - self.own_before;
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
fn open_counters(process: u32) -> io::Result<Vec<Counter>> {
    let mut counters = Vec::new();
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let Some(thread) = task?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let mut builder = Builder::new(Hardware::INSTRUCTIONS);
        builder.observe_pid(thread).any_cpu().inherit(true).exclude_kernel(false);
        counters.push(builder.build()?);
    }
    Ok(counters)
}

/// User and kernel time of all threads of a process, those that have ended included.
fn processor_time(process: u32) -> anyhow::Result<Duration> {
    let clock = clock_getcpuclockid(Pid::from_raw(process.try_into()?)).context("the server has ended")?;
    Ok(clock.now().context("cannot read the server's processor time")?.into())
}

fn own_time() -> anyhow::Result<Duration> {
    Ok(ClockId::CLOCK_PROCESS_CPUTIME_ID.now().context("cannot read the processor time")?.into())
}

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// All that is resident.
    pub(crate) resident: u64,
    /// The same, with pages that several processes share counted in parts.
    pub(crate) proportional: u64,
}

impl Memory {
    pub(crate) fn of(server: &Server) -> anyhow::Result<Self> {
        let path = format!("/proc/{}/smaps_rollup", server.id());
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            kibibytes.map(|count| count * 1024).with_context(|| format!("{path} has no {name}"))
        };
        Ok(Self { resident: field("Rss:")?, proportional: field("Pss:")? })
    }
}
