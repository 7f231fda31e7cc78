//! The WebSocket half of the test client.

use std::net::SocketAddr;

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio_tungstenite::tungstenite::Message;

use crate::packet::{self, Engine, Frame};

/// Carries packets both ways until either side ends.
pub(crate) async fn run(
    address: SocketAddr,
    mut outgoing: UnboundedReceiver<String>,
    incoming: UnboundedSender<Frame>,
) -> anyhow::Result<()> {
    let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
    let (socket, _) = tokio_tungstenite::connect_async(url).await.context("the upgrade was refused")?;
    let (mut sink, mut stream) = socket.split();
    loop {
        tokio::select! {
            text = outgoing.recv() => match text {
                Some(text) => sink.send(Message::text(text)).await?,
                None => return Ok(sink.close().await?),
            },
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => match packet::parse(&text)? {
                    Engine::Ping => sink.send(Message::text("3")).await?,
                    Engine::Message(frame) => incoming.send(frame)?,
                    Engine::Open(_) | Engine::Other => {}
                },
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(()),
            },
        }
    }
}
