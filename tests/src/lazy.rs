//! A client that reads only when it is told to.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::server::TestServer;

/// A bare WebSocket with a Socket.IO session.
#[derive(Debug)]
pub struct Lazy(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl TestServer {
    /// Connects a user who reads only when told to.
    pub async fn connect_lazily(&self, user: &str) -> Lazy {
        let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", self.address());
        let (socket, _) = tokio_tungstenite::connect_async(url).await.expect("the server is there");
        let mut lazy = Lazy(socket);
        lazy.send(&format!(r#"40{{"userId":"{user}"}}"#)).await;
        lazy
    }
}

impl Lazy {
    /// Sends a text frame.
    pub async fn send(&mut self, text: &str) {
        assert!(self.try_send(text).await, "the connection is there");
    }

    /// Sends a text frame; false when the connection has ended.
    pub async fn try_send(&mut self, text: &str) -> bool {
        self.0.send(Message::text(text)).await.is_ok()
    }

    /// Reads the next text frame; `None` when the connection has ended. Answers no heartbeat.
    pub async fn read(&mut self) -> Option<String> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) if text.as_str() == "1" => return None,
                Message::Text(text) => return Some(text.as_str().to_owned()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}
