//! Frames that are none, that are large, or that carry bytes; and handshakes that are refused.

use dialogue::{Config, Dialogue};
use dialogue_tests::rooms::ROOMS;
use dialogue_tests::{Frame, Peer, TestServer, Transport};
use serde_json::{Value, json};

async fn server_with(config: Config) -> TestServer {
    TestServer::with(Dialogue::builder().rooms(ROOMS).config(config)).await
}

/// Sends CONNECT and awaits its refusal; the message.
async fn refusal(peer: &mut Peer, auth: &Value) -> String {
    peer.send_raw(format!("40{auth}"));
    match peer.frame().await {
        Frame::ConnectError(error) => error["message"].as_str().unwrap().to_owned(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

async fn is_let_in(peer: &mut Peer, auth: &Value) {
    peer.send_raw(format!("40{auth}"));
    assert_eq!(peer.frame().await, Frame::Connected);
    peer.expect("dialogue:connected").await;
}

#[tokio::test]
async fn a_handshake_that_is_no_json_ends_the_connection() {
    for transport in Transport::ALL {
        let server = TestServer::start(ROOMS).await;
        for packet in ["40{bad", r#"40{"userId":"x"}zzz"#, r#"40{"userId":"x"}{}"#, "40{", "40[]", "40null"] {
            let peer = Peer::open(server.address(), transport);
            peer.send_raw(packet);
            peer.ended().await;
        }
        let mut deep = Peer::open(server.address(), transport);
        deep.send_raw(format!(r#"40{{"userId":"x","a":{}{}}}"#, "[".repeat(200), "]".repeat(200)));
        assert_eq!(deep.frame().await, Frame::Connected);
        assert_eq!(deep.expect("dialogue:connected").await["userId"], "x", "it is somebody, and not anybody");
        deep.leave().await;
        server.becomes_idle().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn text_after_a_frame_ends_the_connection() {
    for transport in Transport::ALL {
        let server = TestServer::start(ROOMS).await;
        for packet in [
            r#"42["dialogue:join",{"roomId":"general"}]zzz"#,
            r#"427["dialogue:listRooms"]["dialogue:listRooms"]"#,
            r#"451-["dialogue:listRooms"]zzz"#,
            "431[]zzz",
        ] {
            let mut peer = server.connect_by(transport, "mallory").await;
            peer.send_raw(packet);
            peer.emit("dialogue:join", json!({ "roomId": "general" }));
            loop {
                match peer.frame().await {
                    Frame::Disconnected => break,
                    Frame::Event(name, _) if name != "dialogue:joined" => {}
                    other => panic!("{packet} is answered with {other:?}"),
                }
            }
        }
        let mut alice = server.connect_by(transport, "alice").await;
        alice.send_raw("42[\"dialogue:join\",{\"roomId\":\"general\"}] \n");
        alice.expect("dialogue:joined").await;
        alice.leave().await;
        server.becomes_idle().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn attachments_are_swallowed_and_the_connection_lives() {
    for transport in Transport::ALL {
        let server = TestServer::start(ROOMS).await;
        let mut alice = server.connect_by(transport, "alice").await;
        alice.join("sandbox").await;
        let placeholder = r#"{"_placeholder":true,"num":0}"#;
        let trigger = format!(r#"["dialogue:trigger",{{"roomId":"sandbox","event":"bin","data":{placeholder}}}]"#);
        alice.send_raw(format!("451-{trigger}"));
        alice.send_raw("bAQID");
        let error = alice.expect_error("INVALID_REQUEST").await;
        assert!(error["message"].as_str().unwrap().contains("binary attachments"), "{error}");

        alice.send_raw(format!("452-999{trigger}"));
        alice.send_raw("bAQID");
        alice.send_raw("bAQID");
        assert_eq!(alice.answer(999).await["error"]["code"], "INVALID_REQUEST");
        // An acknowledgement, and another namespace: there is nobody to tell.
        for packet in [format!("461-3[{placeholder}]"), format!(r#"451-/other,["a",{placeholder}]"#)] {
            alice.send_raw(packet);
            alice.send_raw("bAQID");
        }
        alice.send_raw(r#"450-["dialogue:listRooms"]"#);
        alice.expect("dialogue:rooms").await;
        alice.trigger("sandbox", "e", json!("after")).await;
        assert_eq!(alice.expect_event("e").await, "after");
        alice.leave().await;
        server.becomes_idle().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn attachments_that_were_not_announced_end_the_connection() {
    for transport in Transport::ALL {
        let server = TestServer::start(ROOMS).await;
        let one = r#"451-["dialogue:listRooms",{"_placeholder":true,"num":0}]"#;
        let many = r#"465-["dialogue:listRooms"]"#;
        let too_many = r#"4565-["dialogue:listRooms"]"#;
        let endings: [&[&str]; 5] = [&["bAQID"], &[one, "bAQID", "bAQID"], &[one, one], &[many], &[too_many]];
        for packets in endings {
            let peer = server.connect_by(transport, "mallory").await;
            for packet in packets {
                peer.send_raw(*packet);
            }
            peer.ended().await;
        }
        server.becomes_idle().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn a_large_payload_is_heard() {
    for transport in Transport::ALL {
        let server = TestServer::start(ROOMS).await;
        let mut alice = server.connect_by(transport, "alice").await;
        alice.join("sandbox").await;
        for size in [150_000, 999_000] {
            alice.emit("dialogue:trigger", json!({ "roomId": "sandbox", "event": "e", "data": "x".repeat(size) }));
            assert_eq!(alice.expect_event("e").await.as_str().map(str::len), Some(size));
        }
        let data = "x".repeat(1_000_000);
        alice.emit("dialogue:trigger", json!({ "roomId": "sandbox", "event": "e", "data": data }));
        if transport == Transport::WebSocket {
            alice.expect_error("INVALID_REQUEST").await;
            alice.is_silent().await;
            alice.emit("dialogue:trigger", json!({ "roomId": "sandbox", "event": "e", "data": data.repeat(2) }));
        }
        alice.ended().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn the_last_request_and_the_first_that_is_too_large() {
    let server = TestServer::start(ROOMS).await;
    let mut alice = server.connect("alice").await;
    alice.join("sandbox").await;
    let around = r#"["dialogue:trigger",{"roomId":"sandbox","event":"e","data":""}]"#.len();
    for (size, is_heard) in [(1_000_000, true), (1_000_001, false)] {
        let data = "x".repeat(size - around);
        alice.send_raw(format!(r#"42["dialogue:trigger",{{"roomId":"sandbox","event":"e","data":"{data}"}}]"#));
        if is_heard {
            alice.expect_event("e").await;
        } else {
            alice.expect_error("INVALID_REQUEST").await;
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_refused_handshake_is_told_and_may_be_tried_again() {
    for transport in Transport::ALL {
        let server = server_with(Config { max_request_bytes: 1000, ..Config::default() }).await;
        let mut alice = Peer::open(server.address(), transport);
        let large = json!({ "userId": "alice", "token": "x".repeat(1000) });
        let message = "INVALID_REQUEST: the auth payload is too large: at most 1000 bytes";
        assert_eq!(refusal(&mut alice, &large).await, message);
        assert_eq!(refusal(&mut alice, &large).await, message);
        is_let_in(&mut alice, &json!({ "userId": "alice" })).await;
        // A second CONNECT is ignored, whatever it says.
        alice.send_raw(format!("40{large}"));
        alice.is_silent().await;
        alice.leave().await;
        server.becomes_idle().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn a_connection_too_many_gets_a_place_that_becomes_free() {
    for transport in Transport::ALL {
        let limits = [
            Config { max_connections: 2, ..Config::default() },
            Config { max_connections_per_address: 2, ..Config::default() },
        ];
        for config in limits {
            let server = server_with(config).await;
            let [first, mut second] =
                [server.connect_by(transport, "a").await, server.connect_by(transport, "b").await];
            let mut third = Peer::open(server.address(), transport);
            let mut fourth = Peer::open(server.address(), transport);
            let auth = json!({ "userId": "c" });
            for peer in [&mut third, &mut fourth] {
                let message = refusal(peer, &auth).await;
                assert!(message.starts_with("LIMIT_REACHED: "), "{message}");
            }
            second.is_silent().await;
            first.leave().await;
            while server.dialogue.clients().len() > 1 {
                tokio::task::yield_now().await;
            }
            is_let_in(&mut third, &auth).await;
            assert!(refusal(&mut fourth, &auth).await.starts_with("LIMIT_REACHED: "), "one place, and not two");
            server.stop().await;
        }
    }
}
