//! Who comes in: handshakes, tokens, expiry and renewal, connections per user and per address.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dialogue::{Client, Config, Denied, Dialogue, Handshake, Identity, JwtAuth, PendingEvent};
use dialogue_tests::rooms::{General, Ping, ROOMS};
use dialogue_tests::{Door, Frame, Peer, Refused, TestServer, Transport};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

const SECRET: &str = "a secret for tests";

fn refused(message: &str) -> Refused {
    Refused(message.to_owned())
}

/// A token that is valid for so many seconds from now, or was.
fn claims(user: &str, seconds: i64) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    json!({ "sub": user, "exp": now.checked_add_signed(seconds).unwrap(), "role": "admin" })
}

fn token(claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

async fn jwt_server(auth: JwtAuth) -> TestServer {
    TestServer::with(Dialogue::builder().rooms(ROOMS).jwt(auth)).await
}

#[tokio::test]
async fn a_handshake_shows_what_the_client_says() {
    let (said, mut heard) = unbounded_channel();
    let builder = Dialogue::builder().rooms(ROOMS).authenticate(async move |handshake: Handshake| {
        let auth: Value = handshake.auth().unwrap();
        let peer = handshake.peer_address().unwrap().ip();
        let said_all = (handshake.token(), handshake.query("room"), auth, peer.is_loopback());
        assert_eq!(handshake.header("x-trace"), Some("7"));
        assert!(!format!("{handshake:?}").contains("secret"), "Debug shows no tokens");
        said.send(said_all).unwrap();
        Ok(Identity::new("alice").claims(json!({ "role": "admin" })).extension(42_u8))
    });
    let server = TestServer::with(builder).await;
    for transport in Transport::ALL {
        let door = Door::of(server.address()).query("room=a%20b").header("x-trace", "7");
        let auth = json!({ "userId": "mallory", "token": "secret" });
        let mut alice = Peer::enter(transport, door, auth.clone()).await.unwrap();
        assert_eq!(heard.recv().await, Some((Some("secret".into()), Some("a b".into()), auth, true)));
        let client = server.dialogue.clients().remove(0);
        assert_eq!(client.user_id(), "alice", "what the client claims to be does not count");
        assert_eq!(client.auth().unwrap().claims["role"], "admin");
        assert_eq!(client.extensions().get::<u8>(), Some(42));
        assert_eq!(client.extensions().insert("mine"), None);
        assert_eq!(client.extensions().remove::<&str>(), Some("mine"));
        assert_eq!(client.meta().keys().collect::<Vec<_>>(), ["token"]);
        assert_eq!(client.handshake().header("x-trace"), Some("7"));
        alice.join("general").await;
        alice.trigger("general", "ping", Value::Null).await;
        assert_eq!(alice.expect("dialogue:event").await["from"], "alice");
        alice.leave().await;
        server.becomes_idle().await;
    }
    let door = Door::of(server.address()).header("x-trace", "7").header("authorization", "Bearer of-a-header");
    let peer = Peer::enter(Transport::WebSocket, door, json!({})).await.unwrap();
    assert_eq!(heard.recv().await.unwrap().0.as_deref(), Some("of-a-header"));
    peer.leave().await;
    server.stop().await;
}

#[tokio::test]
async fn who_is_refused_may_try_again_on_the_same_connection() {
    let builder = Dialogue::builder()
        .rooms(ROOMS)
        .on_connected(async |client: Client| client.join(General).await.unwrap())
        .authenticate(async |handshake: Handshake| match handshake.token().as_deref() {
            Some("panic") => panic!("a bug in authenticate"),
            Some("alice") => Ok(Identity::new("alice")),
            Some("system") => Ok(Identity::new("system")),
            Some("nobody") => Ok(Identity::new("")),
            Some("old") => Ok(Identity::new("alice").expires_at(UNIX_EPOCH)),
            _ => Err(Denied::because("wrong token")),
        });
    let server = TestServer::with(builder).await;
    for transport in Transport::ALL {
        let mut peer = Peer::open(server.address(), transport);
        let refusals = [
            ("x", "UNAUTHENTICATED", "wrong token"),
            ("panic", "INTERNAL", "the server could not check who you are"),
            ("system", "UNAUTHENTICATED", "the user id `system` is the server's own"),
            ("nobody", "UNAUTHENTICATED", "a user id cannot be empty"),
            ("old", "UNAUTHENTICATED", "the session has expired"),
        ];
        for (token, code, message) in refusals {
            peer.send_raw(format!("40{}", json!({ "token": token })));
            let expected =
                json!({ "message": format!("{code}: {message}"), "data": { "code": code, "message": message } });
            assert_eq!(peer.frame().await, Frame::ConnectError(expected));
        }
        assert!(server.dialogue.is_idle());
        peer.send_raw(format!("40{}", json!({ "token": "alice" })));
        // Before the answer: it waits in the client's queue.
        peer.emit("dialogue:trigger", json!({ "roomId": "general", "event": "ping" }));
        assert_eq!(peer.frame().await, Frame::Connected);
        peer.expect("dialogue:connected").await;
        peer.expect("dialogue:joined").await;
        peer.expect_event("ping").await;
        peer.leave().await;
        server.becomes_idle().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn what_was_sent_before_a_refusal_is_not_done() {
    let builder = Dialogue::builder()
        .rooms(ROOMS)
        .authenticate(async |_| Err::<Identity, _>(Denied::because("nobody may come in")));
    let server = TestServer::with(builder).await;
    let mut peer = Peer::open(server.address(), Transport::WebSocket);
    peer.send_raw("40{}");
    peer.emit("dialogue:join", json!({ "roomId": "general" }));
    assert!(matches!(peer.frame().await, Frame::ConnectError(_)));
    assert_eq!(server.dialogue.room(General).size(), 0);
    // After the refusal there is no client that could ask for anything.
    peer.emit("dialogue:join", json!({ "roomId": "general" }));
    peer.ended().await;
    assert!(server.dialogue.is_idle());
    server.stop().await;
}

#[tokio::test]
async fn a_client_may_vanish_while_it_is_being_checked() {
    let (asked, mut was_asked) = unbounded_channel();
    let (gone, mut has_gone) = unbounded_channel();
    let go_on = Arc::new(tokio::sync::Notify::new());
    let waits = go_on.clone();
    let builder = Dialogue::builder()
        .rooms(ROOMS)
        .authenticate(async move |_| {
            asked.send(()).unwrap();
            waits.notified().await;
            Ok(Identity::new("ghost"))
        })
        .on_disconnect(async move |_| gone.send(()).unwrap());
    let server = TestServer::with(builder).await;
    let peer = Peer::open(server.address(), Transport::WebSocket);
    peer.send_raw("40{}");
    was_asked.recv().await.unwrap();
    peer.vanish();
    go_on.notify_one();
    has_gone.recv().await.unwrap();
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn tokens_are_checked_and_never_shown() {
    let server = jwt_server(JwtAuth::hs256(SECRET).issuer("us").audience("chat")).await;
    let full = |mut claims: Value| {
        claims["iss"] = json!("us");
        claims["aud"] = json!("chat");
        claims
    };
    let mut alice =
        server.connect_as(Transport::WebSocket, json!({ "token": token(&full(claims("alice", 60))) })).await;
    let client = server.dialogue.clients().remove(0);
    assert_eq!((client.user_id().as_str(), &client.auth().unwrap().claims["role"]), ("alice", &json!("admin")));
    alice.join("general").await;
    alice.trigger("general", "ping", Value::Null).await;
    let heard = alice.expect("dialogue:event").await;
    assert_eq!(heard["from"], "alice");
    assert!(!heard.to_string().contains("eyJ"), "no token travels");

    let mut other_audience = full(claims("alice", 60));
    other_audience["aud"] = json!("mail");
    let mut not_yet = full(claims("alice", 60));
    not_yet["nbf"] = claims("x", 3600)["exp"].clone();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJyb290IiwiZXhwIjo0MDAwMDAwMDAwfQ.";
    let other_key = EncodingKey::from_secret(b"another secret");
    let forged = encode(&Header::new(Algorithm::HS256), &full(claims("root", 60)), &other_key).unwrap();
    let cases = [
        (json!({}), "no token; send it as `auth.token`, or in the header `Authorization: Bearer ..`"),
        (json!({ "userId": "root" }), "no token; send it as `auth.token`, or in the header `Authorization: Bearer ..`"),
        (json!({ "token": "garbage" }), "the token is malformed"),
        (json!({ "token": token(&full(claims("alice", -60))) }), "token expired"),
        (json!({ "token": token(&not_yet) }), "the token is not valid yet"),
        (json!({ "token": token(&other_audience) }), "the token is for another audience"),
        (json!({ "token": none }), "the token is malformed"),
        (json!({ "token": forged }), "the token's signature is invalid"),
    ];
    for (auth, message) in cases {
        let answer = Peer::connect(server.address(), Transport::WebSocket, auth).await;
        assert_eq!(answer.err(), Some(refused(&format!("UNAUTHENTICATED: {message}"))));
    }
    server.stop().await;
}

#[tokio::test]
async fn public_keys_check_what_private_keys_have_signed() {
    let rsa = JwtAuth::rs256_pem(include_str!("../../keys/rsa.pub.pem")).unwrap();
    let ec = JwtAuth::es256_pem(include_str!("../../keys/ec.pub.pem")).unwrap();
    let rsa_key = EncodingKey::from_rsa_pem(include_bytes!("../../keys/rsa.pem")).unwrap();
    let ec_key = EncodingKey::from_ec_pem(include_bytes!("../../keys/ec.pem")).unwrap();
    // A public key is no secret: a token that is "signed" with it as one must not count.
    let confused = EncodingKey::from_secret(include_bytes!("../../keys/rsa.pub.pem"));
    for (auth, algorithm, key) in [(rsa, Algorithm::RS256, rsa_key), (ec, Algorithm::ES256, ec_key)] {
        let server = jwt_server(auth).await;
        let good = encode(&Header::new(algorithm), &claims("alice", 60), &key).unwrap();
        server.connect_as(Transport::WebSocket, json!({ "token": good })).await.leave().await;
        let bad = encode(&Header::new(Algorithm::HS256), &claims("root", 60), &confused).unwrap();
        let answer = Peer::connect(server.address(), Transport::WebSocket, json!({ "token": bad })).await;
        let message = "UNAUTHENTICATED: the token is not signed with the algorithm that this server requires";
        assert_eq!(answer.err(), Some(refused(message)));
        server.stop().await;
    }
    assert!(JwtAuth::rs256_pem("no key").is_err());
    assert!(JwtAuth::es256_pem(include_str!("../../keys/rsa.pub.pem")).is_err());
}

/// A server whose tokens are a user and the milliseconds that they are valid for: `alice 500`.
async fn short_sessions() -> TestServer {
    let builder = Dialogue::builder().rooms(ROOMS).authenticate(async |handshake: Handshake| {
        let token = handshake.token().ok_or(Denied::because("no token"))?;
        let (user, millis) = token.split_once(' ').ok_or(Denied::because("a strange token"))?;
        let moment = SystemTime::now() + Duration::from_millis(millis.parse().unwrap());
        Ok(Identity::new(user).expires_at(moment).claims(json!({ "token": token })))
    });
    TestServer::with(builder).await
}

#[tokio::test]
async fn a_session_ends_when_its_token_does() {
    let server = short_sessions().await;
    for transport in Transport::ALL {
        let mut alice = server.connect_as(transport, json!({ "token": "alice 100" })).await;
        alice.join("general").await;
        let error = alice.expect_error("UNAUTHENTICATED").await;
        assert_eq!(error["message"], "the session has expired");
        assert_eq!(alice.frame().await, Frame::Disconnected);
        server.becomes_idle().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_session_is_renewed_in_place() {
    let server = short_sessions().await;
    let mut alice = server.connect_as(Transport::WebSocket, json!({ "token": "alice 60000" })).await;
    let renew = |token: &str| json!({ "token": token });
    let answer = alice.request("dialogue:renew", renew("alice 90000")).await;
    let expires_at = answer["expiresAt"].as_u64().unwrap();
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    assert!((now + 60_000..=now + 90_000).contains(&expires_at), "{answer}");
    let client = server.dialogue.clients().remove(0);
    assert_eq!(client.auth().unwrap().claims["token"], "alice 90000");

    let other = alice.request("dialogue:renew", renew("bob 90000")).await;
    assert_eq!(other["error"]["code"], "PERMISSION_DENIED");
    let bad = alice.request("dialogue:renew", renew("x")).await;
    assert_eq!(
        (&bad["error"]["code"], &bad["error"]["message"]),
        (&json!("UNAUTHENTICATED"), &json!("a strange token"))
    );
    let expired = alice.request("dialogue:renew", renew("alice 0")).await;
    assert_eq!(expired["error"]["code"], "UNAUTHENTICATED");
    alice.emit("dialogue:renew", json!({}));
    alice.expect_error("INVALID_REQUEST").await;
    alice.is_silent().await;
    // A renewal may also be for a shorter time; then that is when the session ends.
    alice.emit("dialogue:renew", renew("alice 50"));
    alice.expect_error("UNAUTHENTICATED").await;
    assert_eq!(alice.frame().await, Frame::Disconnected);
    server.stop().await;

    let trusting = TestServer::start(ROOMS).await;
    let mut bob = trusting.connect("bob").await;
    let answer = bob.request("dialogue:renew", renew("anything")).await;
    assert_eq!(answer["error"]["code"], "PERMISSION_DENIED");
    trusting.stop().await;
}

#[tokio::test]
async fn connections_are_limited_per_user_address_and_in_all() {
    let server_with = async |config: Config| TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    let connect = async |server: &TestServer, user: &str| {
        Peer::connect(server.address(), Transport::WebSocket, json!({ "userId": user })).await
    };

    let server = server_with(Config { max_connections_per_user: 2, ..Config::default() }).await;
    let first = connect(&server, "alice").await.unwrap();
    let _second = connect(&server, "alice").await.unwrap();
    let message = "LIMIT_REACHED: a user may have 2 connections at once: close one first";
    assert_eq!(connect(&server, "alice").await.err(), Some(refused(message)));
    let _bob = connect(&server, "bob").await.unwrap();
    first.leave().await;
    while server.dialogue.clients_of("alice").len() > 1 {
        tokio::task::yield_now().await;
    }
    let _third = connect(&server, "alice").await.unwrap();
    server.stop().await;

    let server = server_with(Config { max_connections_per_address: 2, ..Config::default() }).await;
    let first = connect(&server, "a").await.unwrap();
    let _second = connect(&server, "b").await.unwrap();
    let message = "LIMIT_REACHED: an address may have 2 connections at once: close one first";
    assert_eq!(connect(&server, "c").await.err(), Some(refused(message)));
    first.leave().await;
    while connect(&server, "d").await.is_err() {
        tokio::task::yield_now().await;
    }
    server.stop().await;

    let both = Config { max_connections: 2, max_connections_per_address: 2, ..Config::default() };
    let server = server_with(both).await;
    let first = connect(&server, "a").await.unwrap();
    let _second = connect(&server, "b").await.unwrap();
    let message = "LIMIT_REACHED: the server has 2 connections: try again later";
    for _ in 0..5 {
        assert_eq!(connect(&server, "c").await.err(), Some(refused(message)), "whoever is refused was counted once");
    }
    first.leave().await;
    while connect(&server, "d").await.is_err() {
        tokio::task::yield_now().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn an_auth_payload_that_is_absurd_is_refused() {
    let config = Config { max_request_bytes: 100_000, ..Config::default() };
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    let large = json!({ "userId": "a", "blob": "x".repeat(200_000) });
    let answer = Peer::connect(server.address(), Transport::WebSocket, large).await;
    assert_eq!(answer.err(), Some(refused("INVALID_REQUEST: the auth payload is too large: at most 100000 bytes")));
    let deep = format!("40{}{}{}", r#"{"a":"#, "[".repeat(10_000), "]".repeat(10_000) + "}");
    let mut peer = Peer::open(server.address(), Transport::WebSocket);
    peer.send_raw(deep);
    assert_eq!(peer.frame().await, Frame::Connected, "nobody asked for more than the user id");
    let client = server.dialogue.clients().remove(0);
    assert_eq!((client.user_id().as_str(), client.meta().len()), (client.id().as_str(), 0));
    peer.leave().await;
    server.becomes_idle().await;
    server.stop().await;
}

/// A gate that hooks wait at, and that tells who has come to it.
#[derive(Clone)]
struct Gate {
    came: tokio::sync::mpsc::UnboundedSender<String>,
    open: Arc<tokio::sync::Semaphore>,
}

impl Gate {
    fn new() -> (Self, tokio::sync::mpsc::UnboundedReceiver<String>) {
        let (came, who) = unbounded_channel();
        (Self { came, open: Arc::new(tokio::sync::Semaphore::new(0)) }, who)
    }

    async fn pass(&self, who: &str) {
        self.came.send(who.to_owned()).unwrap();
        self.open.acquire().await.unwrap().forget();
    }

    fn let_one_pass(&self) {
        self.open.add_permits(1);
    }
}

#[tokio::test]
async fn one_connection_is_one_client_at_a_time() {
    let (gate, mut came) = Gate::new();
    let passes = gate.clone();
    let builder = Dialogue::builder().rooms(ROOMS).authenticate(async move |handshake: Handshake| {
        let token = handshake.token().unwrap_or_default();
        passes.pass(&token).await;
        if token == "bad" { Err(Denied::because("no")) } else { Ok(Identity::new(token)) }
    });
    let server = TestServer::with(builder).await;
    for transport in Transport::ALL {
        let mut peer = Peer::open(server.address(), transport);
        // The first goes before it is known whether it may come in, and others want to come at once.
        for packet in [r#"40{"token":"bad"}"#, "41", r#"40{"token":"alice"}"#, r#"40{"token":"eve"}"#] {
            peer.send_raw(packet);
        }
        assert_eq!(came.recv().await.as_deref(), Some("bad"));
        assert!(came.try_recv().is_err(), "nobody is asked about while another one is");
        gate.let_one_pass();
        assert_eq!(came.recv().await.as_deref(), Some("alice"));
        gate.let_one_pass();
        // If the first is refused before its leaving has arrived, it is told so.
        let mut answer = peer.frame().await;
        if matches!(answer, Frame::ConnectError(_)) {
            answer = peer.frame().await;
        }
        assert_eq!(answer, Frame::Connected);
        assert_eq!(peer.expect("dialogue:connected").await["userId"], "alice");
        peer.join("general").await;
        peer.leave().await;
        server.becomes_idle().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn who_has_left_a_connection_hears_nothing_more_on_it() {
    let (gate, mut came) = Gate::new();
    let passes = gate.clone();
    let builder = Dialogue::builder().rooms(ROOMS).on_disconnected(async move |client: Client| {
        passes.pass(client.user_id().as_str()).await;
    });
    let server = TestServer::with(builder).await;
    let mut peer = server.connect("alice").await;
    peer.join("general").await;
    peer.send_raw("41");
    peer.send_raw(r#"40{"userId":"bob"}"#);
    assert_eq!(came.recv().await.as_deref(), Some("alice"));
    server.dialogue.trigger(General, Ping).await.unwrap();
    gate.let_one_pass();
    assert_eq!(peer.frame().await, Frame::Connected);
    peer.expect("dialogue:connected").await;
    peer.is_silent().await;
    gate.let_one_pass();
    peer.leave().await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test]
async fn who_is_sent_away_has_nothing_more_done() {
    let (gate, mut came) = Gate::new();
    let passes = gate.clone();
    let config = Config { max_request_queue_bytes: 1000, ..Config::default() };
    let builder = Dialogue::builder().rooms(ROOMS).config(config).before_each(async move |event: PendingEvent| {
        passes.pass(event.event()).await;
        Ok(event)
    });
    let server = TestServer::with(builder).await;
    let mut mallory = server.connect("mallory").await;
    mallory.join("general").await;
    let trigger = |event: &str| json!({ "roomId": "general", "event": event, "data": { "n": 1 } });
    mallory.emit("dialogue:trigger", json!({ "roomId": "general", "event": "ping" }));
    assert_eq!(came.recv().await.as_deref(), Some("ping"));
    for _ in 0..10 {
        mallory.emit("dialogue:trigger", trigger("note"));
    }
    mallory.expect_error("OVERLOADED").await;
    server.dialogue.clients()[0].disconnect();
    gate.open.add_permits(10);
    server.becomes_idle().await;
    assert!(came.try_recv().is_err(), "what it had asked for is forgotten");
    server.stop().await;
}
