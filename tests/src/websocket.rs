//! The WebSocket half of the test client.

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::packet::{self, Engine, Frame};
use crate::peer::Door;

/// How a binary message begins that is sent as text, as over long polling. A WebSocket has frames of its own for it.
const BINARY: char = 'b';

/// Carries packets both ways until either side ends.
pub(crate) async fn run(
    door: Door,
    mut outgoing: UnboundedReceiver<String>,
    incoming: UnboundedSender<Frame>,
) -> anyhow::Result<()> {
    let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket{}", door.address, door.query);
    let mut request = url.into_client_request()?;
    for (name, value) in &door.headers {
        request.headers_mut().insert(*name, value.parse()?);
    }
    let (socket, _) = tokio_tungstenite::connect_async(request).await.context("the upgrade was refused")?;
    let (mut sink, mut stream) = socket.split();
    loop {
        tokio::select! {
            text = outgoing.recv() => match text {
                Some(text) if text.starts_with(BINARY) => sink.send(Message::binary(text)).await?,
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
