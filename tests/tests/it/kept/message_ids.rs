//! Messages that are sent twice under one id.

use dialogue::{Config, Dialogue};
use dialogue_tests::{Peer, TestServer};
use serde_json::{Value, json};

use super::ROOMS;

async fn server(max_message_ids: usize) -> TestServer {
    let config = Config { max_message_ids, ..super::config() };
    TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await
}

async fn member(server: &TestServer, user: &str) -> Peer {
    let mut peer = server.connect(user).await;
    peer.join("general").await;
    peer
}

async fn send(peer: &mut Peer, id: &str) -> Value {
    let request = json!({ "roomId": "general", "event": "post", "data": { "n": 1 }, "id": id });
    peer.request("dialogue:trigger", request).await
}

#[tokio::test]
async fn nobody_pushes_out_another_users_id() {
    let server = server(50).await;
    let mut alice = member(&server, "alice").await;
    let first = send(&mut alice, "a").await;
    assert_eq!(first["offset"], 1, "{first}");
    let mut refused = 0;
    for stranger in 0..20 {
        let mut stranger = member(&server, &format!("stranger-{stranger}")).await;
        for id in 0..5 {
            let answer = send(&mut stranger, &id.to_string()).await;
            if answer["ok"] == false {
                assert_eq!(answer["error"]["code"], "RATE_LIMITED", "{answer}");
                let retry_after = answer["error"]["retryAfter"].as_u64().unwrap();
                assert!((1..=120_001).contains(&retry_after), "{retry_after}");
                refused += 1;
            }
        }
        assert_eq!(send(&mut alice, "a").await, first, "she has her place");
    }
    assert_eq!(refused, 20 * 5 - 49);
    assert_eq!(send(&mut alice, "b").await["error"]["code"], "RATE_LIMITED", "nobody has more right than others");
    let without = alice.try_trigger("general", "post", json!({ "n": 1 })).await;
    assert_eq!(
        (&without["ok"], &without["offset"]),
        (&json!(true), &json!(51)),
        "an event without an id takes no place"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_trigger_that_was_refused_takes_no_place() {
    let server = server(2).await;
    let mut alice = member(&server, "alice").await;
    for id in 0..10 {
        let request =
            json!({ "roomId": "general", "event": "post", "data": { "n": "no number" }, "id": id.to_string() });
        let answer = alice.request("dialogue:trigger", request).await;
        assert_eq!(answer["error"]["code"], "VALIDATION_FAILED", "{answer}");
    }
    for id in ["0", "1"] {
        assert_eq!(send(&mut alice, id).await["ok"], true);
    }
    assert_eq!(send(&mut alice, "2").await["error"]["code"], "RATE_LIMITED");
    server.stop().await;
}
