//! A server in a process of its own, for tests in other languages.

use std::io::Write as _;

use anyhow::Context as _;
use dialogue::Dialogue;

/// Serves until it is told to end, at the port that `PORT` says; 0 or nothing is any free one. The address is the one line on
/// stdout.
///
/// # Errors
///
/// When `PORT` is none, or cannot be had.
pub async fn serve(dialogue: Dialogue) -> anyhow::Result<()> {
    let port: u16 = match std::env::var("PORT") {
        Ok(port) => port.parse().with_context(|| format!("PORT must be a port number, not `{port}`"))?,
        Err(_) => 0,
    };
    let server = dialogue.start(format!("127.0.0.1:{port}")).await?;
    writeln!(std::io::stdout(), "{}", server.local_address())?;
    tokio::signal::ctrl_c().await?;
    server.stop().await?;
    Ok(())
}
