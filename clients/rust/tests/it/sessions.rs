//! Who a client is, for how long, and over which networks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use crate::common::proxy::Proxy;
use crate::common::*;
use dialogue::{Denied, Handshake, Identity, error::ErrorCode};
use dialogue_client::{Client, ConnectError, Error, Lost, RequestError, State};
use dialogue_tests::TestServer;
use serde_json::json;

/// A server whose tokens are `user/milliseconds to live`.
fn with_tokens() -> dialogue::DialogueBuilder {
    server().authenticate(async |handshake: Handshake| {
        let token = handshake.token().ok_or(Denied::because("no token"))?;
        let (user, millis) = token.split_once('/').ok_or(Denied::because("not a token"))?;
        let millis = millis.parse().map_err(|_| Denied::because("not a token"))?;
        Ok(Identity::new(user).expires_at(SystemTime::now() + Duration::from_millis(millis)))
    })
}

#[tokio::test]
async fn a_session_is_renewed_in_place() {
    let server = TestServer::with(with_tokens()).await;
    let client = builder(server.address(), "").auth(json!({ "token": "alice/60000" })).connect().await.unwrap();
    let until = client.renew("alice/120000").await.unwrap().unwrap();
    assert!(until > SystemTime::now() + Duration::from_secs(100));
    let other = client.renew("bob/60000").await.unwrap_err();
    assert_eq!(other.code(), Some(ErrorCode::PermissionDenied));
    let wrong = client.renew("nonsense").await.unwrap_err();
    assert!(matches!(&wrong, RequestError::Refused(no) if no.message() == "not a token"), "{wrong}");
    assert_eq!((client.user_id().as_str(), client.state()), ("alice", State::Connected));
    server.stop().await;
}

#[tokio::test]
async fn a_session_that_expires_goes_on_with_the_next_token() {
    let server = TestServer::with(with_tokens()).await;
    let asked = Arc::new(AtomicU64::new(0));
    let counts = Arc::clone(&asked);
    let provider = async move || {
        let millis = if counts.fetch_add(1, Ordering::SeqCst) == 0 { 100 } else { 60_000 };
        Ok(json!({ "token": format!("alice/{millis}") }))
    };
    let client = builder(server.address(), "").auth_with(provider).connect().await.unwrap();
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    let clock = client.join(Clock).await.unwrap();
    assert_eq!(errors.next().await.code(), Some(ErrorCode::Unauthenticated));
    assert!(matches!(errors.next().await, Error::Lost(Lost::Expired)));
    soon(clock.trigger(Tick { n: 1 }).retry().into_future()).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    server.stop().await;
}

#[tokio::test]
async fn a_session_that_expires_for_good_says_what_to_do() {
    let server = TestServer::with(with_tokens()).await;
    let client = builder(server.address(), "").auth(json!({ "token": "alice/100" })).connect().await.unwrap();
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    assert_eq!(errors.next().await.code(), Some(ErrorCode::Unauthenticated));
    let ended = "the client has ended: its session has expired; renew it in time with `Client::renew`, or connect with `auth_with`";
    assert_eq!(errors.next().await.to_string(), ended);
    server.stop().await;
}

#[tokio::test]
async fn tokens_are_asked_for_on_every_connection_and_may_fail() {
    let server = TestServer::with(with_tokens()).await;
    let proxy = Proxy::to(server.address()).await;
    let (fails, said) = (Arc::new(AtomicBool::new(true)), "the vault is closed");
    let is_closed = Arc::clone(&fails);
    let provider = async move || {
        if is_closed.swap(false, Ordering::SeqCst) {
            return Err(said.into());
        }
        Ok(json!({ "token": "alice/60000" }))
    };
    let failed = builder(proxy.address(), "").auth_with(provider.clone()).connect().await.unwrap_err();
    let ConnectError::Auth { source } = failed else { panic!("{failed}") };
    assert_eq!(source.to_string(), said);
    let client = builder(proxy.address(), "").auth_with(provider).connect().await.unwrap();
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    fails.store(true, Ordering::SeqCst);
    proxy.cut();
    assert!(matches!(errors.next().await, Error::Lost(_)));
    assert!(matches!(errors.next().await, Error::Reconnect(ConnectError::Auth { .. })));
    becomes(&client, State::Connected).await;
    server.stop().await;
}

#[tokio::test]
async fn a_provider_that_panics_or_gives_no_object_is_an_error() {
    let server = TestServer::with(server()).await;
    let fails = AtomicBool::new(true);
    let fails = Arc::new(fails);
    let panics = builder(server.address(), "").auth_with(async move || {
        assert!(!fails.load(Ordering::SeqCst), "on purpose");
        Ok(json!({}))
    });
    assert!(matches!(panics.connect().await, Err(ConnectError::Auth { .. })));
    let text = builder(server.address(), "").auth_with(async || Ok("a text"));
    assert!(matches!(text.connect().await, Err(ConnectError::Auth { .. })));
    server.stop().await;
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let server = TestServer::with(with_tokens()).await;
    let client: Client = builder(server.address(), "").auth(json!({ "token": "alice/60000" })).connect().await.unwrap();
    let room = client.join(General).await.unwrap();
    let trigger = room.trigger(message("secret")).meta("secret");
    let shown =
        format!("{client:?} {room:?} {trigger:?} {:?} {:?}", room.events::<Message>(), room.history::<Message>(0..1));
    assert!(!shown.contains("secret") && !shown.contains("60000"), "{shown}");
    server.stop().await;
}
