//! A server that does what a test tells it to, right or wrong.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::soon;

/// A server without rules.
#[derive(Debug)]
pub struct Fake(TcpListener);

/// One connection of it.
#[derive(Debug)]
pub struct Line(WebSocketStream<TcpStream>);

/// A request that waits for its answer.
#[derive(Debug)]
pub struct Asked {
    pub number: u64,
    pub name: String,
    pub argument: Value,
}

impl Fake {
    pub async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("there is a free port"))
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("it is bound")
    }

    /// The next connection, to which nothing has been said.
    pub async fn accept(&self) -> Line {
        let (tcp, _) = soon(self.0.accept()).await.expect("it is listening");
        Line(soon(tokio_tungstenite::accept_async(tcp)).await.expect("it is a WebSocket"))
    }

    /// The next connection, welcomed as one should.
    pub async fn welcome(&self) -> Line {
        let mut line = self.accept().await;
        line.open(25_000).await;
        line.connect().await;
        line.greet().await;
        line
    }
}

impl Line {
    /// Opens the engine, with this much time between heartbeats.
    pub async fn open(&mut self, interval: u64) {
        let open =
            json!({ "sid": "x", "upgrades": [], "pingInterval": interval, "pingTimeout": 0, "maxPayload": 1_000_000 });
        self.send(format!("0{open}")).await;
    }

    /// Waits for CONNECT; what the client says of itself.
    pub async fn connect(&mut self) -> String {
        let connect = self.read().await.expect("the client is there");
        connect.strip_prefix("40").expect("it is CONNECT").to_owned()
    }

    pub async fn greet(&mut self) {
        self.send(r#"40{"sid":"y"}"#).await;
        self.emit("dialogue:connected", json!({ "clientId": "y", "userId": "alice" })).await;
    }

    /// Sends any text; the client may have gone.
    pub async fn send(&mut self, text: impl Into<String>) {
        let _gone = self.0.send(Message::text(text.into())).await;
    }

    pub async fn emit(&mut self, name: &str, argument: Value) {
        self.send(format!("42{}", json!([name, argument]))).await;
    }

    /// Waits for the next request.
    pub async fn asked(&mut self) -> Asked {
        let text = self.read().await.expect("the client is there");
        let event = text.strip_prefix("42").expect("it is an event");
        let start = event.find('[').expect("it has a name");
        let (name, argument): (String, Value) = match serde_json::from_str(&event[start..]) {
            Ok(both) => both,
            Err(_) => {
                (serde_json::from_str::<[String; 1]>(&event[start..]).expect("it has a name")[0].clone(), Value::Null)
            }
        };
        Asked { number: event[..start].parse().expect("it wants an answer"), name, argument }
    }

    pub async fn answer(&mut self, asked: &Asked, answer: Value) {
        self.send(format!("43{}{}", asked.number, json!([answer]))).await;
    }

    /// Answers the join of a room that is at `offset`.
    pub async fn seat(&mut self, epoch: &str, offset: u64) -> Asked {
        let asked = self.asked().await;
        assert_eq!(asked.name, "dialogue:join");
        let answer = json!({
            "ok": true, "roomId": asked.argument["roomId"], "roomName": "Room", "epoch": epoch, "offset": offset,
            "resumed": false, "subscriptions": ["*"],
        });
        self.answer(&asked, answer).await;
        asked
    }

    pub async fn refuse(&mut self, asked: &Asked, code: &str, retry_after: Option<u64>) {
        let error = json!({ "code": code, "message": "no", "retryAfter": retry_after });
        self.answer(asked, json!({ "ok": false, "error": error })).await;
    }

    /// The next text; `None` when the client has gone.
    pub async fn read(&mut self) -> Option<String> {
        loop {
            match soon(self.0.next()).await?.ok()? {
                Message::Text(text) => return Some(text.as_str().to_owned()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}
