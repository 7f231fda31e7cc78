//! What the system tells of a process, and does to it.

use std::fmt;
use std::fs;
use std::io;
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use nix::sys::signal::{Signal, kill};
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;

/// How long a process may take to stand still.
const HALT: Duration = Duration::from_secs(10);

/// A process, by its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(Pid);

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// All that is resident.
    pub(crate) resident: u64,
    /// The same, with pages that several processes share counted in parts.
    pub(crate) proportional: u64,
}

/// A process that stands still until this value goes.
pub(crate) struct Halted(Pid);

impl Process {
    pub(crate) fn this() -> Self {
        Self(Pid::this())
    }

    pub(crate) fn of(child: &Child) -> Self {
        Self(Pid::from_raw(child.id().cast_signed()))
    }

    /// User and kernel time of all threads, those that have ended included.
    pub(crate) fn processor_time(self) -> anyhow::Result<Duration> {
        let clock = clock_getcpuclockid(self.0).context("the process has ended")?;
        Ok(clock.now().context("cannot read the processor time")?.into())
    }

    pub(crate) fn threads(self) -> io::Result<Vec<Pid>> {
        let mut threads = Vec::new();
        for entry in fs::read_dir(format!("/proc/{self}/task"))? {
            threads.extend(entry?.file_name().to_str().and_then(|name| name.parse().ok()).map(Pid::from_raw));
        }
        Ok(threads)
    }

    pub(crate) fn memory(self) -> anyhow::Result<Memory> {
        let path = format!("/proc/{self}/smaps_rollup");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            kibibytes.map(|count| count * 1024).with_context(|| format!("{path} has no {name}"))
        };
        Ok(Memory { resident: field("Rss:")?, proportional: field("Pss:")? })
    }

    /// Makes the process stand still, and returns when it does.
    pub(crate) fn halt(self) -> anyhow::Result<Halted> {
        kill(self.0, Signal::SIGSTOP).context("cannot halt the server")?;
        let halted = Halted(self.0);
        let start = Instant::now();
        while !self.stands_still()? {
            ensure!(start.elapsed() < HALT, "the server does not halt");
            std::thread::yield_now();
        }
        Ok(halted)
    }

    fn stands_still(self) -> anyhow::Result<bool> {
        let stat = fs::read_to_string(format!("/proc/{self}/stat")).context("the process has ended")?;
        // The name, in parentheses, may hold anything; the state comes after it.
        let (_, rest) = stat.rsplit_once(") ").context("an odd process state")?;
        Ok(rest.starts_with('T'))
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Drop for Halted {
    fn drop(&mut self) {
        // It fails only if the process has ended, which whoever talks to it will notice.
        let _gone = kill(self.0, Signal::SIGCONT);
    }
}
