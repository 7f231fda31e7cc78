//! Running other programs, in the root of the repository.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map(PathBuf::from).unwrap_or(xtask)
}

/// A program that has not been run yet.
pub(crate) struct Program {
    command: Command,
    text: String,
}

/// `cargo` with these words.
pub(crate) fn cargo(words: &str) -> Program {
    program("cargo", words)
}

/// Any program with these words.
pub(crate) fn program(name: &str, words: &str) -> Program {
    let mut command = Command::new(name);
    command.current_dir(root()).args(words.split_whitespace());
    Program { command, text: format!("{name} {words}") }
}

impl Program {
    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs in a folder of the repository.
    pub(crate) fn within(mut self, folder: &str) -> Self {
        self.command.current_dir(root().join(folder));
        self
    }

    /// Adds words that may contain spaces.
    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// Runs it; fails unless it succeeds.
    pub(crate) fn run(mut self) -> anyhow::Result<()> {
        let status = self.command.status().with_context(|| format!("cannot run `{}`: is it installed?", self.text))?;
        ensure!(status.success(), "`{}` ended with {status}", self.text);
        Ok(())
    }

    /// Runs it quietly; what it printed, or `None` when it is not there or fails.
    pub(crate) fn output(mut self) -> Option<String> {
        let output = self.command.output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}
