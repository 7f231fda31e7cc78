//! Servers that do wrong: every call is settled with a typed error, nothing panics, and the client goes on.

use std::time::Duration;

use crate::common::fake::{Fake, Line};
use crate::common::*;
use dialogue::error::ErrorCode;
use dialogue_client::{
    Client, ConnectError, Error, HistoryError, JoinError, Left, Lost, NewRoom, RequestError, Room, State, StreamError,
    TriggerError,
};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

const BRIEF: Duration = Duration::from_millis(50);

/// A client of a server that welcomes it.
async fn welcomed(fake: &Fake) -> (Client, Line) {
    let (client, line) = tokio::join!(builder(fake.address(), "alice").timeout(BRIEF).connect(), fake.welcome());
    (client.unwrap(), line)
}

/// The same, with patience, and in a room.
async fn seated(fake: &Fake) -> (Client, Line, Room<Clock>) {
    let (client, mut line) = tokio::join!(builder(fake.address(), "alice").connect(), fake.welcome());
    let client = client.unwrap();
    let (room, _) = tokio::join!(client.join(Clock), line.seat("a", 0));
    (client, line, room.unwrap())
}

fn tick(n: u64, offset: u64) -> Value {
    json!({ "event": "tick", "roomId": "clock", "data": { "n": n }, "from": "bob", "timestamp": 1, "offset": offset })
}

#[tokio::test]
async fn no_answer_is_a_timeout_of_every_request() {
    let fake = Fake::start().await;
    let (client, mut line) = welcomed(&fake).await;
    assert_eq!(client.join(Clock).await.unwrap_err(), JoinError::Timeout);
    let join = line.asked().await;
    assert_eq!(line.asked().await.name, "dialogue:leave", "it believes not to be in the room");
    line.answer(&join, json!({ "ok": true })).await;
    let (room, _) = tokio::join!(client.join(Clock), line.seat("a", 0));
    let room = room.unwrap();
    assert_eq!(room.trigger(Tick { n: 1 }).await, Err(TriggerError::Timeout));
    assert_eq!(room.trigger(Tick { n: 1 }).retry().await, Err(TriggerError::Timeout));
    assert_eq!(room.history::<Tick>(0..1).await.unwrap_err(), HistoryError::Timeout);
    assert_eq!(room.subscribe::<Tick>().await, Err(RequestError::Timeout));
    assert_eq!(room.unsubscribe::<Tick>().await, Err(RequestError::Timeout));
    assert_eq!(room.leave().await, Err(RequestError::Timeout));
    assert_eq!(client.list_rooms().await, Err(RequestError::Timeout));
    assert_eq!(client.create_room(NewRoom::new("a", "A")).await, Err(RequestError::Timeout));
    assert_eq!(client.delete_room("a").await, Err(RequestError::Timeout));
    assert_eq!(client.renew("token").await, Err(RequestError::Timeout));
    assert!(room.is_joined());
}

#[tokio::test]
async fn more_requests_than_are_answered_wait_and_are_settled() {
    let fake = Fake::start().await;
    let (client, line) = welcomed(&fake).await;
    let asking = (0..500).map(|_| client.list_rooms());
    let answers = soon(futures_util::future::join_all(asking)).await;
    assert!(answers.iter().all(|answer| *answer == Err(RequestError::Timeout)));
    assert_eq!(client.state(), State::Connected);
    drop(line);
}

#[tokio::test]
async fn so_many_requests_are_under_way_and_the_next_ones_wait() {
    let fake = Fake::start().await;
    let (client, mut line) = tokio::join!(builder(fake.address(), "alice").connect(), fake.welcome());
    let client = client.unwrap();
    let asking = futures_util::future::join_all((0..150).map(|_| client.list_rooms()));
    let answering = async {
        let mut asked = Vec::new();
        while asked.len() < 100 {
            asked.push(line.asked().await);
        }
        line.send("2").await;
        assert_eq!(line.read().await.as_deref(), Some("3"), "what comes next is no request");
        for _ in 0..50 {
            line.answer(&asked.remove(0), json!({ "ok": true, "rooms": [] })).await;
            asked.push(line.asked().await);
        }
        for asked in asked {
            line.answer(&asked, json!({ "ok": true, "rooms": [] })).await;
        }
    };
    let (answers, ()) = soon(async { tokio::join!(asking, answering) }).await;
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_second_answer_is_nobodys() {
    let fake = Fake::start().await;
    let (client, mut line, room) = seated(&fake).await;
    let twice = async {
        let asked = line.asked().await;
        line.answer(&asked, json!({ "ok": true, "timestamp": 1 })).await;
        line.answer(&asked, json!({ "ok": true, "timestamp": 2 })).await;
        line.send("43999[{\"ok\":true}]").await;
        let asked = line.asked().await;
        line.answer(&asked, json!({ "ok": true, "timestamp": 3 })).await;
    };
    let triggers = async {
        let first = room.trigger(Tick { n: 1 }).await.unwrap().timestamp;
        (first, room.trigger(Tick { n: 1 }).await.unwrap().timestamp)
    };
    assert_eq!(tokio::join!(triggers, twice).0, (1, 3));
    assert_eq!(client.state(), State::Connected);
}

#[tokio::test]
async fn answers_of_the_wrong_shape_are_bad_answers() {
    let fake = Fake::start().await;
    let (client, mut line, room) = seated(&fake).await;
    let elsewhere = json!({
        "ok": true, "roomId": "elsewhere", "roomName": "", "epoch": "", "offset": 0, "resumed": false, "subscriptions": [],
    });
    let wrong = [
        json!(null),
        json!([]),
        json!("ok"),
        json!({}),
        json!({ "ok": 1 }),
        json!({ "ok": false }),
        json!({ "ok": true }),
    ];
    for answer in wrong.into_iter().chain([elsewhere, json!({ "ok": true, "offset": -1, "events": 5, "rooms": {} })]) {
        let requests = async {
            assert_eq!(client.join(Brief).await.unwrap_err(), JoinError::BadAnswer, "{answer}");
            assert_eq!(room.trigger(Tick { n: 1 }).await, Err(TriggerError::BadAnswer), "{answer}");
            assert_eq!(room.history::<Tick>(0..1).await.unwrap_err(), HistoryError::BadAnswer, "{answer}");
            assert_eq!(client.list_rooms().await, Err(RequestError::BadAnswer), "{answer}");
            assert_eq!(client.create_room(NewRoom::new("a", "A")).await, Err(RequestError::BadAnswer), "{answer}");
        };
        let answers = async {
            for _ in 0..5 {
                let asked = line.asked().await;
                line.answer(&asked, answer.clone()).await;
            }
        };
        tokio::join!(requests, answers);
    }
    assert_eq!(client.state(), State::Connected);
}

#[tokio::test]
async fn a_cut_between_request_and_answer_settles_every_request() {
    let fake = Fake::start().await;
    let (client, mut line, room) = seated(&fake).await;
    let cut = async {
        for _ in 0..4 {
            line.asked().await;
        }
        drop(line);
    };
    let requests = async {
        tokio::join!(
            client.join(Brief),
            room.trigger(Tick { n: 1 }).into_future(),
            room.history::<Tick>(0..1).into_future(),
            client.list_rooms(),
        )
    };
    let ((join, trigger, history, list), ()) = soon(async { tokio::join!(requests, cut) }).await;
    assert_eq!(join.unwrap_err(), JoinError::Disconnected);
    assert_eq!(trigger, Err(TriggerError::Disconnected));
    assert_eq!(history.unwrap_err(), HistoryError::Disconnected);
    assert_eq!(list, Err(RequestError::Disconnected));
}

#[tokio::test]
async fn malformed_packets_end_the_connection_and_not_the_client() {
    let fake = Fake::start().await;
    let (client, mut line, room) = seated(&fake).await;
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    let deep = format!("42[\"x\",{}", "[".repeat(100_000));
    let bad = [
        "",
        "x",
        "4",
        "49",
        "42",
        "42{}",
        "42[5]",
        "42[\"dialogue:event\"",
        "43[]",
        "43x[1]",
        "431",
        "44{}",
        "40",
        "0{}",
        "9",
        "451-[\"x\",{}]",
        &deep,
    ];
    for text in bad {
        line.send(text).await;
        let lost = errors.next().await;
        assert!(matches!(lost, Error::Lost(Lost::Malformed)), "{text}: {lost}");
        line = fake.welcome().await;
        let resume = line.seat("a", 0).await.argument["resume"].clone();
        assert_eq!(resume, json!({ "epoch": "a", "offset": 0 }));
    }
    let mut ticks = room.events::<Tick>();
    line.emit("dialogue:event", tick(1, 1)).await;
    assert_eq!(soon(ticks.next()).await.unwrap().unwrap().data.n, 1);
}

#[tokio::test]
async fn too_large_a_message_ends_the_connection() {
    let fake = Fake::start().await;
    let small = builder(fake.address(), "alice").max_message_bytes(10_000);
    let (client, mut line) = tokio::join!(small.connect(), fake.welcome());
    let client = client.unwrap();
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    line.emit("app:fits", json!("x".repeat(9000))).await;
    line.emit("app:huge", json!("x".repeat(10_000))).await;
    let lost = errors.next().await;
    assert!(matches!(lost, Error::Lost(Lost::TooLarge { max: 10_000, bytes: 10_001.. })), "{lost}");
    fake.welcome().await;
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left() {
    let fake = Fake::start().await;
    let silent = async {
        let mut line = fake.accept().await;
        line.open(50).await;
        line.connect().await;
        line.greet().await;
        line
    };
    let (client, line) = tokio::join!(builder(fake.address(), "alice").connect(), silent);
    let client = client.unwrap();
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    let lost = errors.next().await;
    assert!(matches!(lost, Error::Lost(Lost::Silent(silence)) if silence == BRIEF), "{lost}");
    drop(line);
}

#[tokio::test]
async fn heartbeats_are_answered() {
    let fake = Fake::start().await;
    let (_client, mut line) = welcomed(&fake).await;
    line.send("2").await;
    assert_eq!(line.read().await.as_deref(), Some("3"));
    line.send("2probe").await;
    assert_eq!(line.read().await.as_deref(), Some("3probe"));
}

#[tokio::test]
async fn malformed_frames_are_reported_and_the_connection_goes_on() {
    let fake = Fake::start().await;
    let (client, mut line, room) = seated(&fake).await;
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    let mut ticks = room.events::<Tick>();
    for name in ["event", "joined", "left", "history", "roomCreated", "roomDeleted", "error"] {
        for wrong in [json!(null), json!(5), json!({ "roomId": 5 }), json!([{}])] {
            line.emit(&format!("dialogue:{name}"), wrong).await;
            assert!(matches!(errors.next().await, Error::Malformed(of) if of.ends_with(name)));
        }
    }
    line.emit("dialogue:future", json!({})).await;
    let mut strange = tick(1, 1);
    strange["data"] = json!("no tick");
    line.emit("dialogue:event", strange).await;
    assert_eq!(soon(ticks.next()).await.unwrap().unwrap_err(), StreamError::Undecodable("tick"));
    let page = async {
        let asked = line.asked().await;
        let other = json!({ "event": "tick", "roomId": "clock", "data": 5, "from": "bob", "timestamp": 1 });
        line.answer(&asked, json!({ "ok": true, "events": [tick(1, 1), other] })).await;
    };
    let (history, ()) = tokio::join!(room.history::<Tick>(0..2).into_future(), page);
    assert_eq!(history.unwrap_err(), HistoryError::Undecodable("tick"));
    line.emit("dialogue:event", tick(2, 2)).await;
    assert_eq!(soon(ticks.next()).await.unwrap().unwrap().data.n, 2);
    assert!(errors.is_empty());
}

#[tokio::test]
async fn a_welcome_that_does_not_come_or_is_none() {
    let fake = Fake::start().await;
    let hasty = || builder(fake.address(), "alice").connect_timeout(BRIEF).connect();
    let (refused, line) = tokio::join!(hasty(), fake.accept());
    assert!(matches!(refused, Err(ConnectError::Timeout(BRIEF))));
    drop(line);
    let greets_only = async {
        let mut line = fake.accept().await;
        line.open(25_000).await;
        line.send("40{}").await;
        line
    };
    assert!(matches!(tokio::join!(hasty(), greets_only).0, Err(ConnectError::Timeout(BRIEF))));
    for text in ["nonsense", "41", "42[\"dialogue:event\",{}]", "42[\"dialogue:connected\",{}]", "1"] {
        let wrong = async {
            let mut line = fake.accept().await;
            line.send(text).await;
            line
        };
        let patient = builder(fake.address(), "alice").connect();
        assert!(matches!(tokio::join!(patient, wrong).0, Err(ConnectError::Lost(_))), "{text}");
    }
}

#[tokio::test]
async fn a_join_that_is_not_answered_after_a_reconnect_ends_that_connection() {
    let fake = Fake::start().await;
    let (client, mut line) = welcomed(&fake).await;
    let (room, _) = tokio::join!(client.join(Clock), line.seat("a", 0));
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    drop(line);
    assert!(matches!(errors.next().await, Error::Lost(Lost::Closed | Lost::Failed { .. })));
    let silent = fake.welcome().await;
    let lost = errors.next().await;
    assert!(matches!(lost, Error::Lost(Lost::Unanswered)), "{lost}");
    drop(silent);
    fake.welcome().await.seat("a", 0).await;
    assert!(room.unwrap().is_joined());
}

#[tokio::test]
async fn a_refused_comeback_is_tried_again_or_final() {
    let fake = Fake::start().await;
    let (client, line, room) = seated(&fake).await;
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    let mut ticks = room.events::<Tick>();
    drop(line);
    assert!(matches!(errors.next().await, Error::Lost(_)));
    for (code, is_final) in
        [("RATE_LIMITED", false), ("LIMIT_REACHED", false), ("INTERNAL", false), ("UNAUTHENTICATED", true)]
    {
        let mut line = fake.accept().await;
        line.open(25_000).await;
        line.connect().await;
        let data = json!({ "code": code, "message": "not now", "retryAfter": 1 });
        line.send(format!("44{}", json!({ "message": format!("{code}: not now"), "data": data }))).await;
        let error = errors.next().await;
        assert_eq!(error.code().map(ErrorCode::as_str), Some(code));
        if is_final {
            assert!(matches!(errors.next().await, Error::Ended { .. }));
        }
    }
    assert_eq!(soon(ticks.next()).await.unwrap().unwrap_err(), StreamError::Disconnected);
    assert_eq!(client.state(), State::Disconnected);
}

#[tokio::test]
async fn an_overloaded_server_is_asked_again_for_a_seat() {
    let fake = Fake::start().await;
    let (_client, line, room) = seated(&fake).await;
    drop(line);
    let mut line = fake.welcome().await;
    for code in ["OVERLOADED", "RATE_LIMITED"] {
        let asked = line.asked().await;
        line.refuse(&asked, code, Some(1)).await;
    }
    let asked = line.seat("a", 0).await;
    assert_eq!(
        asked.argument,
        json!({ "roomId": "clock", "subscriptions": ["*"], "resume": { "epoch": "a", "offset": 0 } })
    );
    assert!(room.is_joined());
    let triggered = async {
        let asked = line.asked().await;
        line.answer(&asked, json!({ "ok": true, "timestamp": 1 })).await;
    };
    assert!(tokio::join!(room.trigger(Tick { n: 1 }).into_future(), triggered).0.is_ok());
}

#[tokio::test]
async fn a_flood_that_nobody_asked_for_is_bounded() {
    let fake = Fake::start().await;
    let (client, mut line) = tokio::join!(builder(fake.address(), "alice").connect(), fake.welcome());
    let client = client.unwrap();
    for number in 0..5000 {
        let joined = json!({
            "roomId": format!("r{number}"), "roomName": "", "epoch": "a", "offset": 0, "resumed": false, "subscriptions": [],
        });
        line.emit("dialogue:joined", joined).await;
        line.emit(
            "dialogue:event",
            json!({ "event": "x", "roomId": "r1", "data": "x".repeat(500), "from": "b", "timestamp": 1 }),
        )
        .await;
        line.emit(&format!("app:{number}"), json!("x".repeat(500))).await;
    }
    let (callback, mut gaps) = ear!();
    client.on_gap(callback);
    let (room, _) = tokio::join!(client.join("r1"), line.seat("a", 0));
    let room = room.unwrap();
    assert_eq!(gaps.next().await, "r1", "more than it holds came before the join");
    let mut events = room.any_events();
    line.emit("dialogue:event", json!({ "event": "last", "roomId": "r1", "data": null, "from": "b", "timestamp": 1 }))
        .await;
    let mut count = 0;
    while soon(events.next()).await.unwrap().unwrap().event != "last" {
        count += 1;
    }
    assert_eq!(count, 1000);
}

#[tokio::test]
async fn a_room_may_be_left_while_the_client_waits_to_come_back_to_it() {
    let fake = Fake::start().await;
    let (_client, line, room) = seated(&fake).await;
    drop(line);
    let mut line = fake.welcome().await;
    let asked = line.asked().await;
    line.refuse(&asked, "RATE_LIMITED", Some(3_600_000)).await;
    let leave = async {
        let asked = line.asked().await;
        assert_eq!(asked.name, "dialogue:leave");
        line.refuse(&asked, "NOT_IN_ROOM", None).await;
    };
    let (left, ()) = tokio::join!(room.leave(), leave);
    assert_eq!((left, room.is_joined()), (Ok(()), false));
}

#[tokio::test]
async fn a_seat_that_comes_after_the_room_is_gone_is_given_back() {
    let fake = Fake::start().await;
    let (_client, line, room) = seated(&fake).await;
    let mut ticks = room.events::<Tick>();
    drop(line);
    let mut line = fake.welcome().await;
    let asked = line.asked().await;
    line.emit("dialogue:roomDeleted", json!({ "roomId": "clock" })).await;
    line.answer(&asked, json!({
        "ok": true, "roomId": "clock", "roomName": "Clock", "epoch": "b", "offset": 0, "resumed": false, "subscriptions": [],
    }))
    .await;
    assert_eq!(line.asked().await.name, "dialogue:leave");
    assert_eq!(soon(ticks.next()).await.unwrap().unwrap_err(), StreamError::Left(Left::Deleted));
    assert!(!room.is_joined());
}

#[tokio::test]
async fn a_flood_of_heartbeats_is_survived() {
    let fake = Fake::start().await;
    let (client, mut line) = welcomed(&fake).await;
    for number in 0..10_000 {
        line.send(format!("2{number}")).await;
    }
    let mut last = String::new();
    while last != "39999" {
        last = line.read().await.unwrap();
    }
    assert_eq!(client.state(), State::Connected);
}
