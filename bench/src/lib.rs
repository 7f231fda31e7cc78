//! What both servers under test have in common: the command line, the runtime, the listener, and the end.
//!
//! Whatever is here is the same for the server written by hand (`server-raw`) and the one written with the
//! framework (`server-dialogue`), so that the benchmark compares nothing else.
//!
//! This is the benchmark of one repository and no API: names may change at any time.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::serve::ListenerExt as _;
use clap::Parser;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// The event that all scenarios trigger.
pub const EVENT: &str = "message";

/// The room that all connections of a fan-out share.
pub const BENCH_ROOM: &str = "bench";

/// The large room of the `subset` scenario. Nobody is subscribed to anything on joining.
pub const CROWD_ROOM: &str = "crowd";

/// The small room of the `subset` scenario, otherwise like [`CROWD_ROOM`].
pub const FEW_ROOM: &str = "few";

/// How many rooms of the `history` scenario remember their messages.
pub const HISTORY_ROOMS: usize = 1000;

/// How often the servers ask for a sign of life: not while anything is measured, as it comes when it likes.
pub const PING_INTERVAL: Duration = Duration::from_hours(1);

/// The room in which connection `number` of the `echo` and `history` scenarios is alone.
pub fn echo_room(number: usize) -> String {
    format!("echo:{number}")
}

/// How a server under test is started. It listens on 127.0.0.1 only, on a port of the system's choice, prints
/// `listening ADDRESS` as its first line, and ends when its standard input is closed.
#[derive(Debug, Parser)]
pub struct ServerOptions {
    /// Worker threads of the runtime; 0 runs everything on the main thread
    #[arg(long, default_value_t = 0)]
    pub workers: usize,

    /// Packets that the outgoing queue of one connection holds; the server's own default if not given
    #[arg(long)]
    pub buffer: Option<usize>,
}

impl ServerOptions {
    /// Serves the router that `build` makes, until standard input is closed.
    ///
    /// `build` runs inside the runtime. What else it returns lives as long as the server.
    ///
    /// # Errors
    ///
    /// If the runtime or the listener cannot be had, or `build` fails.
    pub fn serve<Owner>(self, build: impl AsyncFnOnce(&Self) -> anyhow::Result<(Router, Owner)>) -> anyhow::Result<()> {
        self.runtime()?.block_on(async {
            let (router, _owner) = build(&self).await?;
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen")?;
            announce(listener.local_addr().context("the listener has no address")?);
            end_with_standard_input();
            // A stream that is already gone cannot be configured; serving it fails by itself.
            let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
            axum::serve(listener, router).await.context("the server stopped")
        })
    }

    fn runtime(&self) -> anyhow::Result<Runtime> {
        let mut builder = match self.workers {
            0 => Builder::new_current_thread(),
            workers => {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(workers);
                builder
            }
        };
        builder.enable_all().build().context("cannot start the runtime")
    }
}

#[expect(clippy::print_stdout, reason = "the parent process reads the address from here")]
fn announce(address: SocketAddr) {
    println!("listening {address}");
}

/// The parent holds the other end of standard input: however it ends, this process ends with it.
fn end_with_standard_input() {
    std::thread::spawn(|| {
        // Whether it ended well or with an error, there is no parent any more.
        drop(std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
        std::process::exit(0);
    });
}
