//! What a connection costs that does nothing: alone in its process, so that the process's memory is the server's.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use dialogue_tests::TestServer;
use dialogue_tests::rooms::ROOMS;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How many connections there are; each takes two of the process's files.
const CONNECTIONS: usize = 400;

/// The memory of this process, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("this is Linux");
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
    pages * 4096
}

/// Connects as a browser would, and keeps nothing but the socket.
async fn connect(server: &TestServer, user: usize) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let cookie = "x".repeat(400);
    let request = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         User-Agent: Mozilla/5.0\r\nAccept: */*\r\nAccept-Language: en\r\nCookie: session={cookie}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // A text frame under a mask of zeros.
    let connect = format!(r#"40{{"userId":"user-{user}"}}"#);
    let mut frame = vec![0x81, 0x80 | u8::try_from(connect.len()).unwrap(), 0, 0, 0, 0];
    frame.extend_from_slice(connect.as_bytes());
    stream.write_all(&frame).await.unwrap();
    let (mut heard, mut buffer) = (Vec::new(), [0; 1024]);
    while !String::from_utf8_lossy(&heard).contains("dialogue:connected") {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the connection ended: {}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&buffer[..count]);
    }
    stream
}

#[cfg_attr(not(target_os = "linux"), ignore = "asks Linux for the memory of this process")]
#[tokio::test]
async fn an_idle_connection_does_not_keep_the_buffer_that_its_request_was_read_into() {
    let server = TestServer::start(ROOMS).await;
    // What the first connections cost is mostly not theirs.
    let mut connections = Vec::with_capacity(2 * CONNECTIONS);
    for user in 0..40 {
        connections.push(connect(&server, user).await);
    }
    let before = resident();
    for user in 40..CONNECTIONS {
        connections.push(connect(&server, user).await);
    }
    let each = (resident() - before) / (CONNECTIONS - 40);
    println!("{each} bytes for each connection");
    assert!(each < 28 << 10, "{each} bytes for each connection");
    drop(connections);
    server.becomes_idle().await;
    server.stop().await;
}
