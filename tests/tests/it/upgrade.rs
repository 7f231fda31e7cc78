//! Handshakes of `WebSocket`s that do not arrive as such, byte by byte.

use dialogue_tests::TestServer;
use dialogue_tests::rooms::ROOMS;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

/// Sends one request, and reads the head and what follows it, as far as it says how long that is.
async fn answer(server: &TestServer, request: &str) -> (String, String) {
    let mut tcp = TcpStream::connect(server.address()).await.unwrap();
    tcp.write_all(request.as_bytes()).await.unwrap();
    let mut got = String::new();
    let head = loop {
        if let Some(end) = got.find("\r\n\r\n") {
            break end;
        }
        got.push(char::from(tcp.read_u8().await.unwrap()));
    };
    let mut body = got.split_off(head + 4);
    let length = got.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    while body.len() < length.unwrap_or(0) {
        body.push(char::from(tcp.read_u8().await.unwrap()));
    }
    (got, body)
}

fn request(version: &str, headers: &str) -> String {
    format!("GET /socket.io/?EIO=4&transport=websocket HTTP/{version}\r\nHost: localhost\r\n{headers}\r\n")
}

#[tokio::test]
async fn a_handshake_that_lost_its_upgrade_is_a_bad_request() {
    let server = TestServer::start(ROOMS).await;
    for (version, headers) in [
        ("1.1", ""),
        ("1.1", KEY),
        ("1.1", &*format!("Connection: close\r\n{KEY}")),
        ("1.1", &*format!("Connection: Upgrade\r\n{KEY}")),
        ("1.1", &*format!("Upgrade: websocket\r\n{KEY}")),
        ("1.1", &*format!("Upgrade: websocket\r\nConnection: keep-alive\r\n{KEY}")),
        ("1.1", &*format!("Upgrade: h2c\r\nConnection: Upgrade\r\n{KEY}")),
        ("1.0", KEY),
        ("1.0", &*format!("Upgrade: websocket\r\nConnection: Upgrade\r\n{KEY}")),
    ] {
        let (head, body) = answer(&server, &request(version, headers)).await;
        assert!(
            head.starts_with(&format!("HTTP/{version} 400 ")),
            "HTTP/{version} with {headers:?} is answered {head}"
        );
        assert!(head.to_ascii_lowercase().contains("content-type: application/json"), "{head}");
        assert_eq!(body, r#"{"code":3,"message":"Bad request"}"#, "HTTP/{version} with {headers:?}");
    }
    // The answer may be read by the page that asked.
    let (head, _) = answer(&server, &request("1.1", "Origin: https://myapp.com\r\n")).await;
    assert!(head.to_ascii_lowercase().contains("access-control-allow-origin: https://myapp.com"), "{head}");
    server.stop().await;
}

#[tokio::test]
async fn a_handshake_with_its_upgrade_is_one() {
    let server = TestServer::start(ROOMS).await;
    for headers in [
        format!("Upgrade: websocket\r\nConnection: Upgrade\r\n{KEY}"),
        format!("Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n{KEY}"),
        format!("Connection: keep-alive\r\nConnection: UPGRADE\r\nUpgrade: websocket\r\n{KEY}"),
    ] {
        let (head, _) = answer(&server, &request("1.1", &headers)).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{headers:?} is answered {head}");
    }
    let polling = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let (head, body) = answer(&server, polling).await;
    assert!(head.starts_with("HTTP/1.1 200 ") && body.contains(r#""maxPayload":1000000"#), "{head}{body}");
    server.stop().await;
}
