//! A server with the rooms of `everything`: events of every shape.

use dialogue::Dialogue;
use dialogue_tests::{everything::ROOMS, serve};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    serve(Dialogue::builder().rooms(ROOMS).build()?).await
}
