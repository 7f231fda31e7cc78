//! The least that a person would write by hand, on socketioxide and axum, for the job that the scenarios need:
//! rooms that clients join and events that clients trigger. Nothing is checked: not the room, not the event, not
//! the payload, not the membership.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use bench_server::{PING_INTERVAL, ServerOptions};
use clap::Parser as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    room_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trigger {
    room_id: String,
    event: String,
    data: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    event: String,
    room_id: String,
    data: Value,
    from: String,
    timestamp: u64,
}

fn main() -> anyhow::Result<()> {
    ServerOptions::parse().serve(async |options| Ok(server(options)))
}

fn server(options: &ServerOptions) -> (Router, SocketIo) {
    let mut builder = SocketIo::builder().ping_interval(PING_INTERVAL);
    if let Some(packets) = options.buffer {
        builder = builder.max_buffer_size(packets);
    }
    let (layer, io) = builder.build_layer();
    io.ns("/", on_connect);
    (Router::new().layer(layer), io)
}

async fn on_connect(socket: SocketRef) {
    socket.on("dialogue:join", on_join);
    socket.on("dialogue:trigger", on_trigger);
    drop(socket.emit("dialogue:connected", &json!({ "clientId": socket.id, "userId": socket.id })));
}

async fn on_join(socket: SocketRef, Data(join): Data<Join>) {
    socket.join(join.room_id.clone());
    drop(socket.emit("dialogue:joined", &json!({ "roomId": join.room_id, "roomName": join.room_id })));
}

async fn on_trigger(io: SocketIo, socket: SocketRef, Data(trigger): Data<Trigger>) {
    let envelope = Envelope {
        event: trigger.event,
        room_id: trigger.room_id.clone(),
        data: trigger.data,
        from: socket.id.to_string(),
        timestamp: unix_milliseconds(),
    };
    // The error says that some queues were full, not whose: there is nothing to do about it.
    drop(io.to(trigger.room_id).emit("dialogue:event", &envelope).await);
}

fn unix_milliseconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| u64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}
