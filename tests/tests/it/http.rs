//! The HTTP side: which pages may come, health, routes, transports, and the graceful stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::routing::get;
use dialogue::{Client, Config, Cors, Dialogue, DialogueBuilder, EventMessage, Transport as Carrier};
use dialogue_tests::rooms::{General, Message, Note, ROOMS, Typing};
use dialogue_tests::{Door, Frame, Peer, TestServer, Transport};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

const POLL: &str = "/socket.io/?EIO=4&transport=polling";

fn builder() -> DialogueBuilder {
    Dialogue::builder().rooms(ROOMS)
}

async fn call(
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, HeaderMap, String) {
    let http = Http::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let mut request = Request::builder().method(method).uri(format!("http://{address}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = http.request(request.body(Empty::new()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

async fn get_from(address: SocketAddr, path: &str) -> (StatusCode, String) {
    let (status, _, body) = call(address, Method::GET, path, &[]).await;
    (status, body)
}

/// Whether a page of this origin may poll, may read the answer with its credentials, and may open a WebSocket.
async fn may(server: &TestServer, origin: &str) -> (bool, bool, bool) {
    let (status, headers, _) = call(server.address(), Method::GET, POLL, &[("origin", origin)]).await;
    let read = headers.get("access-control-allow-origin").is_some_and(|allowed| allowed == origin)
        && headers.get("access-control-allow-credentials").is_some_and(|allowed| allowed == "true");
    let mut peer = Peer::knock(Transport::WebSocket, Door::of(server.address()).header("origin", origin));
    peer.send_raw("40{}");
    let socket = peer.frame().await == Frame::Connected;
    (status == StatusCode::OK, read, socket)
}

#[tokio::test]
async fn any_page_may_come_by_default() {
    let server = TestServer::with(builder()).await;
    assert_eq!(may(&server, "https://anywhere.example").await, (true, true, true));
    server.stop().await;
}

#[tokio::test]
async fn only_listed_pages_may_come() {
    let cors = Cors::origins(["https://myapp.com", "http://localhost:5173"]);
    let server = TestServer::with(builder().cors(cors)).await;
    assert_eq!(may(&server, "https://myapp.com").await, (true, true, true));
    assert_eq!(may(&server, "http://localhost:5173").await, (true, true, true));
    for foreign in ["https://evil.example", "http://myapp.com", "https://myapp.com.evil.example", "null"] {
        assert_eq!(may(&server, foreign).await, (false, false, false), "{foreign}");
    }
    let own = format!("http://{}", server.address());
    let (polls, _, socket) = may(&server, &own).await;
    assert!(polls && socket, "a page of the server's own host may come");
    let preflight = [("origin", "https://myapp.com"), ("access-control-request-method", "POST")];
    let (status, headers, _) = call(server.address(), Method::OPTIONS, POLL, &preflight).await;
    assert_eq!((status, headers["access-control-allow-methods"].to_str().unwrap()), (StatusCode::OK, "GET,POST"));
    server.connect("a program, which sends no origin").await.leave().await;
    server.stop().await;
}

#[tokio::test]
async fn only_pages_of_the_same_host_may_come() {
    let server = TestServer::with(builder().cors(Cors::none())).await;
    assert_eq!(may(&server, "https://evil.example").await, (false, false, false));
    let own = format!("http://{}", server.address());
    assert_eq!(may(&server, &own).await, (true, false, true), "no header is needed for the same host");
    server.connect("program").await.leave().await;
    server.stop().await;
}

#[tokio::test]
async fn methods_and_credentials_are_settings() {
    let cors =
        Cors::origins(["https://myapp.com"]).methods([Method::GET, Method::POST, Method::PUT]).credentials(false);
    let server = TestServer::with(builder().cors(cors)).await;
    let preflight = [("origin", "https://myapp.com"), ("access-control-request-method", "PUT")];
    let (_, headers, _) = call(server.address(), Method::OPTIONS, POLL, &preflight).await;
    assert_eq!(headers["access-control-allow-methods"].to_str().unwrap(), "GET,POST,PUT");
    assert!(headers.get("access-control-allow-credentials").is_none());
    server.stop().await;
    assert!(builder().cors(Cors::origins(["myapp.com"])).build().is_err());
}

#[tokio::test]
async fn health_says_ok_unless_the_app_says_it_itself() {
    let server = TestServer::start(ROOMS).await;
    let (status, headers, body) = call(server.address(), Method::GET, "/health", &[]).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, r#"{"status":"ok"}"#));
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(get_from(server.address(), "/nothing").await.0, StatusCode::NOT_FOUND);
    server.stop().await;

    let app = Router::new().route("/health", get(async || "all fine")).route("/hello", get(async || "hello"));
    let server = TestServer::with(builder().app(app)).await;
    assert_eq!(get_from(server.address(), "/health").await, (StatusCode::OK, "all fine".to_owned()));
    assert_eq!(get_from(server.address(), "/hello").await.1, "hello");
    server.connect("alice").await.leave().await;
    server.stop().await;
}

#[tokio::test]
async fn transports_can_be_left_out() {
    let only = async |carrier| {
        let config = Config { transports: vec![carrier], ..Config::default() };
        TestServer::with(builder().config(config)).await
    };
    let server = only(Carrier::WebSocket).await;
    server.connect("alice").await.leave().await;
    assert_eq!(get_from(server.address(), POLL).await.0, StatusCode::BAD_REQUEST);
    server.stop().await;
    let server = only(Carrier::Polling).await;
    server.connect_by(Transport::Polling, "alice").await.leave().await;
    Peer::open(server.address(), Transport::WebSocket).ended().await;
    server.stop().await;
}

#[tokio::test]
async fn socket_io_is_set_up_as_configured() {
    let config = Config {
        path: "/api/realtime/".to_owned(),
        ping_interval: Duration::from_secs(7),
        ping_timeout: Duration::from_secs(3),
        max_frame_bytes: 5000,
        max_request_bytes: 4000,
        ..Config::default()
    };
    let server = TestServer::with(builder().config(config)).await;
    for path in ["/api/realtime/", "/api/realtime"] {
        let (status, open) = get_from(server.address(), &format!("{path}?EIO=4&transport=polling")).await;
        assert_eq!(status, StatusCode::OK);
        let open: Value = serde_json::from_str(&open[1..]).unwrap();
        let settings = ["pingInterval", "pingTimeout", "maxPayload"].map(|name| open[name].as_u64().unwrap());
        assert_eq!(settings, [7000, 3000, 5000]);
    }
    assert_eq!(get_from(server.address(), POLL).await.0, StatusCode::NOT_FOUND);
    server.stop().await;
}

#[tokio::test]
async fn a_stop_drains_queues_and_runs_the_last_hooks() {
    let (log, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let [gone, heard, stopping] = [log.clone(), log.clone(), log];
    let waits = Arc::new(tokio::sync::Notify::new());
    let started = Arc::clone(&waits);
    let builder = builder()
        .on_disconnected(async move |client: Client| {
            let dialogue = client.dialogue().unwrap();
            dialogue.trigger(General, Note { n: 99 }).await.unwrap();
            gone.send(format!("{} has gone", client.user_id())).unwrap();
        })
        .before_join(async move |_, _| {
            // The stop begins while this request is being handled.
            started.notify_one();
            stopping.send("asked".to_owned()).unwrap();
            tokio::task::yield_now().await;
            Ok(())
        });
    let server = TestServer::with(builder).await;
    server.dialogue.on(General, async move |note: EventMessage<Note>| {
        heard.send(format!("heard {}", note.data.n)).unwrap();
    });
    let mut alice = server.connect("alice").await;
    let address = server.address();
    // All of it is on its way when the stop begins.
    alice.emit("dialogue:join", json!({ "roomId": "general" }));
    for n in 1..=50 {
        alice.emit("dialogue:trigger", json!({ "roomId": "general", "event": "note", "data": { "n": n } }));
    }
    waits.notified().await;
    server.stop().await;
    alice.expect("dialogue:joined").await;
    let mut notes = Vec::new();
    loop {
        match alice.frame().await {
            Frame::Event(_, envelope) => notes.push(envelope["data"]["n"].as_u64().unwrap()),
            Frame::Disconnected => break,
            other => panic!("{other:?}"),
        }
    }
    // What had arrived by then is done and answered, in order; the last hook's event comes after it.
    let expected: Vec<u64> = (1..notes.len() as u64).chain([99]).collect();
    assert_eq!(notes, expected);
    let mut log = Vec::new();
    while let Ok(line) = seen.try_recv() {
        log.push(line);
    }
    assert_eq!(log.last().map(String::as_str), Some("heard 99"), "handlers come to their end");
    assert!(log.contains(&"alice has gone".to_owned()));
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn who_does_not_read_cannot_hold_up_a_stop_for_long() {
    let config = Config { stop_timeout: Duration::from_millis(300), max_queued_packets: 16, ..Config::default() };
    let server = TestServer::with(builder().config(config)).await;
    let mut lazy = server.connect_lazily("lazy").await;
    lazy.send(r#"42["dialogue:join",{"roomId":"general"}]"#).await;
    while !lazy.read().await.unwrap().contains("dialogue:joined") {}
    let text = "x".repeat(1000);
    let client = server.dialogue.clients().remove(0);
    while client.dropped() == 0 {
        for _ in 0..100 {
            server.dialogue.trigger(General, Message::new(&text)).await.unwrap();
        }
        if client.is_cut_off() {
            break;
        }
        server.dialogue.trigger(General, Typing { is_typing: true }).await.unwrap();
        client.subscribe::<Typing>(General).unwrap();
    }
    server.stop().await;
}
