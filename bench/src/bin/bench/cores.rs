//! Which processor cores the server and the load generator run on.

use anyhow::Context as _;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// One core for the server and another for the load generator, of those that this process may use.
#[derive(Debug)]
pub(crate) struct Cores {
    all: CpuSet,
    /// `None` if there are not two of them.
    apart: Option<(CpuSet, CpuSet)>,
}

const THIS_THREAD: Pid = Pid::from_raw(0);

impl Cores {
    pub(crate) fn detect() -> anyhow::Result<Self> {
        let all = sched_getaffinity(THIS_THREAD).context("cannot ask for the usable cores")?;
        let mut singles = (0..CpuSet::count()).filter(|&core| all.is_set(core) == Ok(true)).map(|core| {
            let mut single = CpuSet::new();
            single.set(core).map(|()| single)
        });
        let apart = match (singles.next(), singles.next()) {
            (Some(server), Some(load)) => Some((server?, load?)),
            _ => None,
        };
        Ok(Self { all, apart })
    }

    /// Whether server and load generator have a core each.
    pub(crate) fn are_apart(&self) -> bool {
        self.apart.is_some()
    }

    /// Runs `start` so that the processes it starts run where the server shall run, and leaves this thread where
    /// the load generator shall run. Without `pinned`, both may run on every core.
    pub(crate) fn place<T>(&self, pinned: bool, start: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        let (server, load) = match &self.apart {
            Some((server, load)) if pinned => (server, load),
            _ => (&self.all, &self.all),
        };
        sched_setaffinity(THIS_THREAD, server).context("cannot choose the server's core")?;
        let started = start();
        sched_setaffinity(THIS_THREAD, load).context("cannot choose the load generator's core")?;
        started
    }
}
