//! Networks that fail: what is recorded arrives once and in order, and what is kept is sent once and in order.

use crate::common::proxy::Proxy;
use crate::common::*;
use dialogue::EventMessage;
use dialogue_client::{Client, Error, Events, Left, Lost, Reconnect, State, StreamError, TriggerError};
use dialogue_tests::TestServer;
use futures_util::StreamExt as _;

/// A server, a network in between, and a client on its other side.
async fn apart(set_up: dialogue::DialogueBuilder) -> (TestServer, Proxy, Client) {
    let server = TestServer::with(set_up).await;
    let proxy = Proxy::to(server.address()).await;
    let client = builder(proxy.address(), "alice").connect().await.unwrap();
    (server, proxy, client)
}

/// Random enough to cut connections at odd moments, and the same in every run.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

async fn tick(ticks: &mut Events<Tick>) -> u64 {
    soon(ticks.next()).await.unwrap().unwrap().data.n
}

/// Hears 2,000 events and more over a connection that is cut 50 times: by their offsets, every one, once and in order.
async fn is_cut_fifty_times(set_up: dialogue::DialogueBuilder) {
    const EVENTS: u64 = 2000;
    const CUTS: u64 = 50;
    let (server, proxy, client) = apart(set_up).await;
    let clock = client.join(Clock).await.unwrap();
    let mut ticks = clock.events::<Tick>();
    let (callback, gaps) = ear!();
    client.on_gap(callback);
    let mut dice = Dice(0x9E37_79B9);
    let first = soon(async {
        server.dialogue.trigger(Clock, Tick { n: 0 }).await.unwrap();
        ticks.next().await.unwrap().unwrap().offset.unwrap()
    })
    .await;
    let (mut heard, mut newest) = (first, first);
    let mut next = async |heard: &mut u64| {
        *heard += 1;
        assert_eq!(soon(ticks.next()).await.unwrap().unwrap().offset, Some(*heard));
    };
    for _ in 0..CUTS {
        // Somewhere in what follows, which may be in the middle of catching up.
        proxy.cut_after(usize::try_from(dice.up_to(6000)).unwrap());
        for n in 0..EVENTS / CUTS {
            newest = server.dialogue.trigger(Clock, Tick { n }).await.unwrap().offset.unwrap();
        }
        let until = heard + dice.up_to(newest - heard + 1);
        while heard < until {
            next(&mut heard).await;
        }
        soon(async {
            while !proxy.has_cut() {
                // Bytes to be cut in.
                let _cut = client.list_rooms().await;
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    // And nothing comes after them.
    let last = soon(clock.trigger(Tick { n: 0 }).retry().into_future()).await.unwrap().offset.unwrap();
    while heard < last {
        next(&mut heard).await;
    }
    assert!(heard >= EVENTS && gaps.is_empty());
    client.disconnect().await;
    server.becomes_idle().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_events_arrive_once_and_in_order_over_fifty_cuts() {
    is_cut_fifty_times(server()).await;
}

/// The server joins each client before that asks, and something happens in between: what was missed comes first all the same.
#[tokio::test]
async fn and_with_a_server_that_joins_its_clients_itself() {
    let seating = server().on_connected(async |client: dialogue::Client| {
        // It may have gone again.
        let _gone = client.join(Clock).await;
        if let Some(dialogue) = client.dialogue() {
            dialogue.trigger(Clock, Tick { n: 0 }).await.unwrap();
        }
    });
    is_cut_fifty_times(seating).await;
}

#[tokio::test]
async fn a_slow_network_changes_nothing_but_the_time() {
    let (server, proxy, client) = apart(server()).await;
    proxy.throttle(7);
    let clock = client.join(Clock).await.unwrap();
    let mut ticks = clock.events::<Tick>();
    for n in 1..=100 {
        server.dialogue.trigger(Clock, Tick { n }).await.unwrap();
    }
    for n in 1..=100 {
        assert_eq!(tick(&mut ticks).await, n);
    }
    server.stop().await;
}

#[tokio::test]
async fn messages_that_are_kept_arrive_once_and_in_order() {
    let (server, proxy, client) = apart(server()).await;
    let clock = client.join(Clock).await.unwrap();
    let hearing = connect(&server, "bob").await.join(Clock).await.unwrap();
    let mut ticks = hearing.events::<Tick>();
    proxy.close();
    becomes(&client, State::Connecting).await;
    assert_eq!(clock.trigger(Tick { n: 0 }).await, Err(TriggerError::Disconnected));
    let kept: Vec<_> = (1..=200).map(|n| tokio::spawn(clock.trigger(Tick { n }).retry().into_future())).collect();
    proxy.open();
    for (n, kept) in (1..).zip(kept) {
        let receipt = soon(kept).await.unwrap().unwrap();
        assert_eq!(receipt.offset, Some(n));
        assert_eq!(tick(&mut ticks).await, n);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_does_not_publish_a_message_twice() {
    let (server, proxy, client) = apart(server()).await;
    let clock = client.join(Clock).await.unwrap();
    let mut dice = Dice(0x1234_5678);
    for n in 1..=40 {
        // Somewhere in the event that comes back, in the answer, or after both.
        proxy.cut_after(usize::try_from(dice.up_to(300)).unwrap());
        let receipt = soon(clock.trigger(Tick { n }).retry().into_future()).await.unwrap();
        assert_eq!(receipt.offset, Some(n));
    }
    proxy.cut_after(usize::MAX);
    let newest = soon(async {
        loop {
            if let Ok(newest) = clock.history::<Tick>(0..100).await {
                return newest;
            }
        }
    })
    .await;
    let newest: Vec<_> = newest.iter().rev().map(|msg| msg.data.n).collect();
    assert_eq!(newest, (1..=40).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn so_many_messages_are_kept_and_no_more() {
    let (server, proxy, client) = apart(server()).await;
    let clock = client.join(Clock).await.unwrap();
    proxy.close();
    becomes(&client, State::Connecting).await;
    let kept = (0..1001).map(|n| clock.trigger(Tick { n }).retry().into_future());
    let mut kept: futures_util::stream::FuturesUnordered<_> = kept.collect();
    assert_eq!(soon(kept.next()).await, Some(Err(TriggerError::Overloaded)), "one too many");
    let (rest, ()) = soon(async { tokio::join!(kept.collect::<Vec<_>>(), client.disconnect()) }).await;
    assert_eq!(rest, vec![Err(TriggerError::Disconnected); 1000]);
    server.stop().await;
}

#[tokio::test]
async fn a_message_that_is_given_up_is_not_sent() {
    let (server, proxy, client) = apart(server()).await;
    let clock = client.join(Clock).await.unwrap();
    let mut ticks = clock.events::<Tick>();
    proxy.close();
    becomes(&client, State::Connecting).await;
    let given_up = tokio::spawn(clock.trigger(Tick { n: 1 }).retry().into_future());
    let kept = tokio::spawn(clock.trigger(Tick { n: 2 }).retry().into_future());
    assert_eq!(clock.trigger(Tick { n: 0 }).await, Err(TriggerError::Disconnected));
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    proxy.open();
    soon(kept).await.unwrap().unwrap();
    assert_eq!(tick(&mut ticks).await, 2);
    server.stop().await;
}

#[tokio::test]
async fn subscriptions_and_rooms_are_taken_up_again_in_their_order() {
    let (joined, mut joins) = ear();
    let watched = server().before_join(async move |_, room: dialogue::Room| {
        joined(room.id().clone());
        Ok(())
    });
    let (server, proxy, client) = apart(watched).await;
    let general = client.join(General).await.unwrap();
    general.subscribe::<Typing>().await.unwrap();
    general.unsubscribe::<UserJoined>().await.unwrap();
    for number in [3, 1, 2] {
        client.join(Match { number }).await.unwrap();
    }
    let rooms = ["general", "match:3", "match:1", "match:2"];
    for room in rooms {
        assert_eq!(joins.next().await, room);
    }
    proxy.cut();
    for room in rooms {
        assert_eq!(joins.next().await, room);
    }
    let mut all = general.any_events();
    becomes(&client, State::Connected).await;
    soon(async { while general.history::<Message>(0..0).await.is_err() {} }).await;
    server.dialogue.trigger(General, UserJoined { username: "bob".into() }).await.unwrap();
    server.dialogue.trigger(General, Typing { is_typing: true }).await.unwrap();
    assert_eq!(soon(all.next()).await.unwrap().unwrap().event, "typing");
    server.stop().await;
}

#[tokio::test]
async fn many_rooms_are_taken_up_again_in_their_order() {
    let (joined, mut joins) = ear();
    let watched = server().before_join(async move |_, room: dialogue::Room| {
        joined(room.id().clone());
        Ok(())
    });
    let (server, proxy, client) = apart(watched).await;
    for number in 0..250 {
        client.join(Match { number }).await.unwrap();
    }
    proxy.cut();
    for number in (0..250).chain(0..250) {
        assert_eq!(
            joins.next().await,
            dialogue::room::RoomRef::id(&Match { number }),
            "as many at once as the server queues"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn what_the_server_has_forgotten_is_a_gap() {
    let (server, proxy, client) = apart(server()).await;
    let brief = client.join(Brief).await.unwrap();
    let (callback, mut gaps) = ear!();
    client.on_gap(callback);
    let mut all = brief.events::<Short>();
    proxy.close();
    becomes(&client, State::Connecting).await;
    for n in 1..=20 {
        server.dialogue.trigger(Brief, Short { n }).await.unwrap();
    }
    proxy.open();
    assert_eq!(gaps.next().await, "brief");
    server.dialogue.trigger(Brief, Short { n: 21 }).await.unwrap();
    assert_eq!(soon(all.next()).await.unwrap().unwrap().data.n, 21);
    server.stop().await;
}

#[tokio::test]
async fn another_life_of_the_server_is_a_gap() {
    let first = TestServer::with(server()).await;
    let address = first.address();
    let client = builder(address, "alice").connect().await.unwrap();
    let (callback, mut gaps) = ear!();
    client.on_gap(callback);
    let clock = client.join(Clock).await.unwrap();
    let mut ticks = clock.events::<Tick>();
    first.dialogue.trigger(Clock, Tick { n: 1 }).await.unwrap();
    assert_eq!(tick(&mut ticks).await, 1);
    first.stop().await;
    becomes(&client, State::Connecting).await;
    let dialogue = server().build().unwrap();
    let second = dialogue.start(address).await.unwrap();
    assert_eq!(gaps.next().await, "clock");
    dialogue.trigger(Clock, Tick { n: 2 }).await.unwrap();
    assert_eq!(tick(&mut ticks).await, 2);
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_seat_that_is_lost_meanwhile_is_said_to_be_lost() {
    let (server, proxy, client) = apart(server()).await;
    let duel = client.join(Duel).await.unwrap();
    let mut moves = duel.events::<Move>();
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    proxy.close();
    becomes(&client, State::Connecting).await;
    let kept = tokio::spawn(duel.trigger(Move { x: 1 }).retry().into_future());
    let rival = connect(&server, "bob").await;
    soon(async { while rival.join(Duel).await.is_err() {} }).await;
    proxy.open();
    let refused = soon(moves.next()).await.unwrap().unwrap_err();
    let StreamError::Left(Left::Refused(why)) = &refused else { panic!("{refused}") };
    assert_eq!(why.to_string(), "the room `duel` is full; try again later");
    assert!(soon(moves.next()).await.is_none());
    assert!(!duel.is_joined());
    assert_eq!(soon(kept).await.unwrap(), Err(TriggerError::NotInRoom));
    assert!(matches!(errors.next().await, Error::Lost(Lost::Closed | Lost::Failed { .. })));
    let left = loop {
        match errors.next().await {
            Error::Reconnect(_) => {}
            other => break other,
        }
    };
    assert!(matches!(&left, Error::Left { room, .. } if *room == "duel"), "{left}");
    server.stop().await;
}

#[tokio::test]
async fn who_joins_too_often_joins_again_when_it_may() {
    let often = dialogue::Rate::new(2, std::time::Duration::from_millis(200));
    let limited = server().config(dialogue::Config { join_rate: Some(often), ..dialogue::Config::default() });
    let (server, proxy, client) = apart(limited).await;
    let mut rooms = Vec::new();
    for number in 0..4 {
        let room = soon(async {
            loop {
                match client.join(Match { number }).await {
                    Ok(room) => return room,
                    Err(error) => assert_eq!(error.code(), Some(dialogue::error::ErrorCode::RateLimited)),
                }
            }
        });
        rooms.push(room.await);
    }
    proxy.cut();
    becomes(&client, State::Connecting).await;
    for room in rooms {
        let receipt = soon(room.trigger(Move { x: 1 }).retry().into_future()).await;
        assert!(receipt.is_ok(), "{receipt:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn who_is_told_to_gives_up() {
    let server = TestServer::with(server()).await;
    let never = Reconnect { attempts: Some(0), ..Reconnect::default() };
    let client = builder(server.address(), "alice").reconnect(never).connect().await.unwrap();
    let clock = client.join(Clock).await.unwrap();
    let mut ticks = clock.events::<Tick>();
    let (callback, mut errors) = ear!();
    client.on_error(callback);
    server.stop().await;
    assert_eq!(soon(ticks.next()).await.unwrap().unwrap_err(), StreamError::Disconnected);
    assert!(matches!(errors.next().await, Error::Lost(_)));
    assert_eq!(errors.next().await.to_string(), "the client has ended: it could not reconnect");
    becomes(&client, State::Disconnected).await;
}

#[tokio::test]
async fn a_client_can_be_ended_while_it_reconnects() {
    let (server, proxy, client) = apart(server()).await;
    let clock = client.join(Clock).await.unwrap();
    let mut ticks = clock.events::<Tick>();
    let silent: EventMessage<Tick> = {
        server.dialogue.trigger(Clock, Tick { n: 1 }).await.unwrap();
        soon(ticks.next()).await.unwrap().unwrap()
    };
    assert_eq!(silent.data.n, 1);
    proxy.close();
    becomes(&client, State::Connecting).await;
    soon(client.disconnect()).await;
    assert!(soon(ticks.next()).await.is_none());
    server.stop().await;
}
