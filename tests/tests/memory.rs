//! What slow clients cost. It has a process of its own, so that the process's memory is the server's and its clients' only.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use dialogue::{Config, Dialogue};
use dialogue_tests::TestServer;
use dialogue_tests::rooms::{General, Message, ROOMS};

/// The memory of this process, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("this is Linux");
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
    pages * 4096
}

#[cfg_attr(not(target_os = "linux"), ignore = "asks Linux for the memory of this process")]
#[tokio::test]
async fn clients_that_do_not_read_take_no_more_than_their_queues() {
    const CLIENTS: usize = 20;
    const TEXT: usize = 1000;
    let config = Config { max_queued_packets: 64, max_spill_bytes: 256 << 10, ..Config::default() };
    let server = TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await;
    let mut lazy = Vec::new();
    for n in 0..CLIENTS {
        let mut client = server.connect_lazily(&format!("lazy-{n}")).await;
        client.send(r#"42["dialogue:join",{"roomId":"general"}]"#).await;
        while !client.read().await.unwrap().contains("dialogue:joined") {}
        lazy.push(client);
    }
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    let text = "x".repeat(TEXT);
    let before = resident();
    let mut most = before;
    for round in 0..20_000 {
        server.dialogue.trigger(General, Message::new(&text)).await.unwrap();
        alice.expect_event("message").await;
        if round % 100 == 0 {
            most = most.max(resident());
        }
    }
    // 20 MB have gone through, to each of 20 clients. Packets are shared, so the queues of all are hardly more than one.
    let grown = most - before;
    assert!(grown < 16 << 20, "{} KiB more than before", grown >> 10);
    // They are cut off, and out of the room, although they keep their connections and read nothing.
    while server.dialogue.clients().len() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.dialogue.room(General).size(), 1);
    alice.leave().await;
    server.becomes_idle().await;
    drop(lazy);
    server.stop().await;
}
