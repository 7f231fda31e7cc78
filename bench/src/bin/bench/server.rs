//! A server under test, as a process of its own.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::callgrind::Callgrind;
use crate::process::Process;

/// How long a server may take to listen; under valgrind it takes seconds.
const START: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Raw,
    Dialogue,
    /// Dialogue with history and hooks.
    DialogueFull,
}

impl Program {
    fn file(self) -> &'static str {
        match self {
            Self::Raw => "server-raw",
            Self::Dialogue | Self::DialogueFull => "server-dialogue",
        }
    }

    /// The program lies beside this one.
    fn path(self) -> anyhow::Result<PathBuf> {
        Ok(std::env::current_exe().context("cannot find this program")?.with_file_name(self.file()))
    }

    /// Builds this program from the sources as they are now, so that nothing older is measured.
    pub(crate) fn build(self) -> anyhow::Result<()> {
        ensure!(!cfg!(debug_assertions), "a debug build measures nothing: run it with --release");
        let path = self.path()?;
        let target = path.ancestors().nth(2).context("this program lies in no target folder")?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--release", "--package", "bench", "--bin", self.file(), "--target-dir"])
            .arg(target)
            .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
            .status()
            .context("cannot run cargo")?;
        ensure!(built.success(), "{} does not build", self.file());
        Ok(())
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "raw",
            Self::Dialogue => "dialogue",
            Self::DialogueFull => "dialogue-full",
        })
    }
}

/// How a server is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Launch {
    pub(crate) program: Program,
    /// Worker threads of its runtime; 0 runs everything on its main thread.
    pub(crate) workers: usize,
    /// Packets that a connection's outgoing queue holds; `None` leaves the server's default.
    pub(crate) buffer: Option<usize>,
    /// Further rooms with a past, of which one gets another message after each message of a client.
    pub(crate) shelves: usize,
}

/// A running server; it is killed when this value goes. If this whole process is killed, the server sees the end
/// of its standard input, and ends too.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    process: Process,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server, under `callgrind` if given, and waits until it listens.
    pub(crate) fn start(launch: Launch, callgrind: Option<&Callgrind>) -> anyhow::Result<Self> {
        let program = launch.program.path()?;
        let mut command = match callgrind {
            Some(callgrind) => callgrind.command(&program),
            None => Command::new(program),
        };
        command.arg("--workers").arg(launch.workers.to_string());
        if launch.program == Program::DialogueFull {
            command.arg("--full").arg("--shelves").arg(launch.shelves.to_string());
        }
        if let Some(packets) = launch.buffer {
            command.arg("--buffer").arg(packets.to_string());
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start the {} server", launch.program))?;
        let stdout = child.stdout.take();
        let process = Process::of(&child);
        // From here on an early return kills the child.
        let mut server = Self { child, process, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let address = stdout.context("has no output").and_then(read_address);
        server.address = address.with_context(|| format!("the {} server", launch.program))?;
        Ok(server)
    }

    pub(crate) fn process(&self) -> Process {
        self.process
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killing fails only if it has ended already, and then there is nothing to wait for either.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The address that a server prints as its first line.
fn read_address(stdout: ChildStdout) -> anyhow::Result<SocketAddr> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let result = BufReader::new(stdout).read_line(&mut line).map(|_| line);
        // If nobody waits for the line any more, it is of no use.
        drop(sender.send(result));
    });
    let line = receiver.recv_timeout(START).context("did not start in time")??;
    let address = line.trim().strip_prefix("listening ").context("did not say where it listens")?;
    address.parse().with_context(|| format!("listens at an odd address: {address}"))
}
