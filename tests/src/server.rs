//! The server under test.

use std::net::SocketAddr;

use dialogue::{Dialogue, DialogueBuilder, Server, room::RoomDef};
use serde_json::{Value, json};

use crate::peer::{Peer, Transport};

/// A server on a free port of this machine.
#[derive(Debug)]
pub struct TestServer {
    /// Its handle.
    pub dialogue: Dialogue,
    server: Server,
}

impl TestServer {
    /// Starts a server with these rooms.
    pub async fn start(rooms: &'static [RoomDef]) -> Self {
        Self::with(Dialogue::builder().rooms(rooms)).await
    }

    /// Starts a server that has been set up.
    pub async fn with(builder: DialogueBuilder) -> Self {
        let dialogue = builder.build().expect("the set-up is right");
        let server = dialogue.start("127.0.0.1:0").await.expect("there is a free port");
        Self { dialogue, server }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.local_address()
    }

    /// Connects a user over a WebSocket.
    pub async fn connect(&self, user: &str) -> Peer {
        self.connect_by(Transport::WebSocket, user).await
    }

    /// Connects a user.
    pub async fn connect_by(&self, transport: Transport, user: &str) -> Peer {
        self.connect_as(transport, json!({ "userId": user })).await
    }

    /// Connects with any `auth`.
    pub async fn connect_as(&self, transport: Transport, auth: Value) -> Peer {
        Peer::connect(self.address(), transport, auth).await.expect("the handshake is accepted")
    }

    /// Waits until nobody is connected and no room remembers anyone.
    pub async fn becomes_idle(&self) {
        let idle = async {
            while !self.dialogue.is_idle() {
                tokio::task::yield_now().await;
            }
        };
        let limit = std::time::Duration::from_secs(20);
        tokio::time::timeout(limit, idle).await.expect("every room and map is empty after everyone has gone");
    }

    /// Stops it.
    pub async fn stop(self) {
        self.server.stop().await.expect("it was serving");
    }
}
