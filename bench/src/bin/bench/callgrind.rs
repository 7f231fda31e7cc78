//! Counting a server's user instructions by running it under valgrind. Slow, blind to the kernel's part, and the
//! same number again and again on every machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::process::Process;

/// Seconds that valgrind may take to carry out one command.
const COMMAND_SECONDS: u32 = 60;

/// A place for the files of the runs under valgrind, removed in the end.
#[derive(Debug)]
pub(crate) struct Callgrind {
    folder: PathBuf,
}

impl Callgrind {
    /// Makes sure that valgrind can be used.
    pub(crate) fn new() -> anyhow::Result<Self> {
        for tool in ["valgrind", "vgdb"] {
            let found = Command::new(tool).arg("--help").output().is_ok_and(|output| output.status.success());
            ensure!(found, "`{tool}` is needed for --callgrind: install valgrind");
        }
        let folder = std::env::temp_dir().join(format!("dialogue-bench-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// Runs `program` under valgrind, not counting anything yet.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("valgrind");
        command
            .args(["--quiet", "--tool=callgrind", "--instr-atstart=no"])
            .arg(format!("--vgdb-prefix={}", self.folder.join("vgdb").display()))
            .arg(format!("--callgrind-out-file={}", self.folder.join("dump-%p").display()))
            .arg(program);
        command
    }

    /// Begins to count the given process.
    pub(crate) fn start(&self, process: Process) -> anyhow::Result<()> {
        self.tell(process, "instrumentation on")
    }

    /// Stops counting, and returns the user instructions of all threads since [`Self::start`].
    pub(crate) fn stop(&self, process: Process) -> anyhow::Result<u64> {
        self.tell(process, "instrumentation off")?;
        self.tell(process, "dump")?;
        let path = self.dump(process)?.context("valgrind has written no dump")?;
        let dump = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        fs::remove_file(&path).context("cannot remove the dump")?;
        total(&dump).context("valgrind's dump has no total")
    }

    /// The only dump of a process: valgrind numbers them, and each is removed when it has been read.
    fn dump(&self, process: Process) -> anyhow::Result<Option<PathBuf>> {
        let prefix = format!("dump-{process}.");
        for entry in fs::read_dir(&self.folder).context("cannot look for the dump")? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                return Ok(Some(entry.path()));
            }
        }
        Ok(None)
    }

    fn tell(&self, process: Process, what: &str) -> anyhow::Result<()> {
        let output = Command::new("vgdb")
            .arg(format!("--pid={process}"))
            .arg(format!("--vgdb-prefix={}", self.folder.join("vgdb").display()))
            .arg(format!("--cmd-time-out={COMMAND_SECONDS}"))
            .arg(what)
            .output()
            .context("cannot run vgdb")?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "valgrind did not take the command `{what}`: {error}");
        Ok(())
    }
}

impl Drop for Callgrind {
    fn drop(&mut self) {
        // The folder is in the system's place for files that nobody misses.
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// The number of instructions in a dump.
fn total(dump: &str) -> Option<u64> {
    let line = dump.lines().rev().find_map(|line| line.strip_prefix("totals:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn the_total_of_a_dump_is_read() {
        assert_eq!(total("version: 1\nsummary: 12\nfn=(1) main\n7 12\n\ntotals: 12\n"), Some(12));
        assert_eq!(total("version: 1\n"), None);
    }
}
