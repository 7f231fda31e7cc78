//! What the log says, and what it never says. It has a process of its own, as it sets the subscriber of the whole process.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::io::Write;
use std::sync::Arc;

use dialogue::{Denied, Dialogue, Handshake, Identity, PendingEvent};
use dialogue_tests::rooms::ROOMS;
use dialogue_tests::{Peer, TestServer, Transport};
use parking_lot::Mutex;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

/// A console that can be read.
#[derive(Clone, Default)]
struct Console(Arc<Mutex<Vec<u8>>>);

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Console {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_names_clients_and_rooms_and_no_payloads_or_tokens() {
    let console = Console::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(console.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    assert!(dialogue::log::init().is_err() && dialogue::log::silent().is_err(), "there is one for the whole program");

    let builder = Dialogue::builder()
        .rooms(ROOMS)
        .authenticate(async |handshake: Handshake| match handshake.token().as_deref() {
            Some("a-secret-token") => Ok(Identity::new("alice").claims(json!({ "pin": "a-secret-claim" }))),
            _ => Err(Denied::because("wrong token")),
        })
        .before_each(async |event: PendingEvent| {
            assert!(!event.json().contains("panic"), "a-secret-panic is a bug");
            Ok(event)
        });
    let server = TestServer::with(builder).await;
    let wrong = Peer::connect(server.address(), Transport::WebSocket, json!({ "token": "another-secret" })).await;
    assert!(wrong.is_err());
    let mut alice = server.connect_as(Transport::WebSocket, json!({ "token": "a-secret-token" })).await;
    let client = server.dialogue.clients().remove(0);
    alice.join("general").await;
    alice.trigger("general", "message", json!({ "text": "a-secret-text", "senderId": "a" })).await;
    alice.try_trigger("general", "message", json!({ "text": 5, "senderId": "a-secret-sender" })).await;
    alice.try_trigger("general", "message", json!({ "text": "panic", "senderId": "a" })).await;
    alice.request("dialogue:renew", json!({ "token": "a-secret-renewal" })).await;
    alice.request("dialogue:join", json!({ "roomId": "no\nwhere" })).await;
    let shown = format!("{client:?} {:?} {:?}", client.handshake(), client.auth());
    alice.leave().await;
    server.becomes_idle().await;
    server.stop().await;

    let log = String::from_utf8(console.0.lock().clone()).unwrap();
    // The panic's own message is printed by Rust's panic hook, not by the log.
    for (what, text) in [("the log", &log), ("Debug", &shown)] {
        assert!(!text.contains("secret"), "{what} shows a secret: {text}");
    }
    let id = client.id();
    for line in [
        format!(r#"client{{client={id}}}: dialogue::server::session::admission: connected user="alice""#),
        format!(r#"client{{client={id}}}:join{{room="no\nwhere"}}"#),
        format!(r#"client{{client={id}}}:trigger{{room="general" event="message"}}"#),
        "code=VALIDATION_FAILED".to_owned(),
        "the hook panicked hook=\"before_each\"".to_owned(),
        "listening address=127.0.0.1".to_owned(),
    ] {
        assert!(log.contains(&line), "`{line}` is missing in:\n{log}");
    }
}
