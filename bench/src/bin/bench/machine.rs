//! The machine that the numbers come from.

use std::fs;
use std::process::Command;

use anyhow::Context as _;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// File descriptors that are not connections.
const OTHER_FILES: u64 = 200;

/// What the numbers depend on besides the code.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    /// The day, as YYYY-MM-DD in UTC.
    pub(crate) date: String,
}

impl Machine {
    /// Looks around; what cannot be found out is "unknown".
    pub(crate) fn detect() -> Self {
        Self {
            processor: processor().unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .map_or_else(|_| unknown(), |release| release.trim().to_owned()),
            rustc: output("rustc", &["--version"]).unwrap_or_else(unknown),
            date: output("date", &["-u", "+%F"]).unwrap_or_else(unknown),
        }
    }
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// Raises the number of files that this process and its servers may open as far as it goes, and returns how many
/// connections that allows.
pub(crate) fn raise_connection_limit() -> anyhow::Result<usize> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).context("cannot ask for the limit of open files")?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).context("cannot raise the limit of open files")?;
    Ok(usize::try_from(most.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX))
}
