//! A chat in the browser: `cargo run -p chat`, then open <http://localhost:3000>. `PORT` chooses another port.
//!
//! `cargo run -p chat -- --emit-ts PATH` writes the types of its page instead.

mod assets;

use std::collections::BTreeSet;

use anyhow::Context as _;
use chat::events::{General, ROOMS, UserJoined, UserLeft};
use dialogue::{Client, Dialogue, Room, TypeScript, room::RoomRef as _};
use tracing::{info, warn};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    if TypeScript::of(ROOMS).emit_if_asked()? {
        return Ok(());
    }
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::new("info")).init();
    let port: u16 = match std::env::var("PORT") {
        Ok(port) => port.parse().with_context(|| format!("PORT must be a port number, not `{port}`"))?,
        Err(_) => 3000,
    };
    let dialogue = Dialogue::builder()
        .rooms(ROOMS)
        .app(assets::routes())
        .on_connected(welcome)
        .on_joined(joined)
        .on_left(left)
        .build()?;
    info!("the chat is at http://localhost:{port}");
    dialogue.serve(format!("0.0.0.0:{port}")).await?;
    Ok(())
}

/// Seats a client. One that finds no seat hears so when it asks itself.
async fn welcome(client: Client) {
    if let Err(error) = client.join(General).await {
        info!(%error, "not seated");
    }
}

/// Tells a client who is here, and tells the others when it is the first tab of somebody.
async fn joined(client: Client, _: Room) {
    let Some(dialogue) = client.dialogue() else { return };
    if let Err(error) = client.send("chat:members", &members(&dialogue)) {
        warn!(%error, "the list of members was not sent");
    }
    let seated = |other: &Client| other != &client && other.rooms().iter().any(|room| *room == General.id());
    if dialogue.clients_of(client.user_id()).iter().any(seated) {
        return;
    }
    let user = client.user_id().to_string();
    let joined = UserJoined { user_id: user.clone(), username: user };
    if let Err(error) = dialogue.trigger(General, joined).from(&client).await {
        warn!(%error, "nobody heard of the join");
    }
}

/// Tells the others when the last tab of somebody has gone.
async fn left(client: Client, _: Room) {
    let Some(dialogue) = client.dialogue() else { return };
    if dialogue.is_in_room(client.user_id(), General) {
        return;
    }
    let left = UserLeft { user_id: client.user_id().to_string() };
    if let Err(error) = dialogue.trigger(General, left).from(&client).await {
        warn!(%error, "nobody heard of the leave");
    }
}

fn members(dialogue: &Dialogue) -> BTreeSet<String> {
    let room = dialogue.find_room(General);
    room.iter().flat_map(Room::participants).map(|client| client.user_id().to_string()).collect()
}
