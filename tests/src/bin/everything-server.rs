//! A server with the rooms of `everything`, on a port of the system's choice, which it prints.

#![allow(clippy::print_stdout, reason = "whoever starts it reads the address")]

use dialogue::Dialogue;
use dialogue_tests::everything::ROOMS;

#[tokio::main]
async fn main() -> Result<(), dialogue::Error> {
    let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
    let server = dialogue.start("127.0.0.1:0").await?;
    println!("{}", server.local_address());
    let _told_to_end = tokio::signal::ctrl_c().await;
    server.stop().await?;
    Ok(())
}
