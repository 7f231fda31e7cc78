//! A server with the rooms of `everything`: events of every shape. `PORT` chooses the port, and 0 or nothing any free one; the
//! address is the one line on stdout.

use std::io::Write as _;

use anyhow::Context as _;
use dialogue::Dialogue;
use dialogue_tests::everything::ROOMS;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port: u16 = match std::env::var("PORT") {
        Ok(port) => port.parse().with_context(|| format!("PORT must be a port number, not `{port}`"))?,
        Err(_) => 0,
    };
    let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
    let server = dialogue.start(format!("127.0.0.1:{port}")).await?;
    writeln!(std::io::stdout(), "{}", server.local_address())?;
    tokio::signal::ctrl_c().await?;
    server.stop().await?;
    Ok(())
}
