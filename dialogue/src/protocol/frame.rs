//! The frames that the server sends.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::room::{RoomId, RoomInfo, UserId};

use super::ErrorBody;

/// An [`EventMessage`](super::EventMessage) with borrowed fields, for encoding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope<'a> {
    pub(crate) event: &'a str,
    pub(crate) room_id: &'a RoomId,
    pub(crate) data: &'a RawValue,
    pub(crate) from: &'a UserId,
    pub(crate) timestamp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) meta: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<u64>,
}

/// `dialogue:connected`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connected<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) user_id: &'a UserId,
}

/// `dialogue:joined`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Joined<'a> {
    pub(crate) room_id: &'a RoomId,
    pub(crate) room_name: &'a str,
    pub(crate) epoch: &'a str,
    pub(crate) offset: u64,
    pub(crate) resumed: bool,
    /// The number of missed events that follow this answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) missed: Option<usize>,
    pub(crate) subscriptions: Vec<&'a str>,
}

/// `dialogue:left`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Left<'a> {
    pub(crate) room_id: &'a RoomId,
}

/// The answer to an acknowledged trigger.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Triggered {
    pub(crate) timestamp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<u64>,
}

/// Encodes `dialogue:history` from envelopes that are already JSON.
pub(crate) fn history(room_id: &RoomId, envelopes: &[&str]) -> String {
    let room_id = serde_json::to_string(room_id).expect("a string can always be encoded");
    format!(r#"{{"roomId":{room_id},"events":[{}]}}"#, envelopes.join(","))
}

/// `dialogue:historyResponse`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryResponse<'a> {
    pub(crate) room_id: &'a RoomId,
    pub(crate) event_name: &'a str,
    pub(crate) events: &'a RawValue,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// `dialogue:roomCreated`.
#[derive(Serialize)]
pub(crate) struct RoomCreated<'a> {
    #[serde(flatten)]
    pub(crate) info: &'a RoomInfo,
    pub(crate) epoch: &'a str,
}

/// `dialogue:roomDeleted`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoomDeleted<'a> {
    pub(crate) room_id: &'a RoomId,
    pub(crate) epoch: &'a str,
}

/// The answer to an acknowledged `dialogue:deleteRoom`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deleted<'a> {
    pub(crate) room_id: &'a RoomId,
}

/// The answer to an acknowledged renewal.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Renewed {
    /// In milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<u64>,
}

/// The payload of `connect_error`.
#[derive(Serialize)]
pub(crate) struct ConnectError<'a> {
    pub(crate) message: &'a str,
    pub(crate) data: &'a ErrorBody,
}

/// The list of rooms in an acknowledgement. Without an acknowledgement, the answer is the bare list.
#[derive(Serialize)]
pub(crate) struct RoomList<'a> {
    pub(crate) rooms: &'a [RoomInfo],
}

/// An acknowledgement: `{ "ok": true, .. }` or `{ "ok": false, "error": .. }`.
#[derive(Serialize)]
pub(crate) struct Ack<'a, T> {
    ok: bool,
    #[serde(flatten)]
    answer: Option<&'a T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorBody>,
}

impl<'a, T> Ack<'a, T> {
    pub(crate) fn ok(answer: &'a T) -> Self {
        Self { ok: true, answer: Some(answer), error: None }
    }
}

impl<'a> Ack<'a, Nothing> {
    pub(crate) fn error(error: &'a ErrorBody) -> Self {
        Self { ok: false, answer: None, error: Some(error) }
    }
}

/// An answer without fields.
#[derive(Serialize)]
pub(crate) struct Nothing {}
