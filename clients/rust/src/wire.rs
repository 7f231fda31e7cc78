//! The frames of the protocol as the client sees them: names and fields.

use std::time::Duration;

use dialogue::{EventMessage, RoomId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{Failure, Refusal};

pub(crate) const CONNECTED: &str = "dialogue:connected";
pub(crate) const JOINED: &str = "dialogue:joined";
pub(crate) const LEFT: &str = "dialogue:left";
pub(crate) const EVENT: &str = "dialogue:event";
pub(crate) const HISTORY: &str = "dialogue:history";
pub(crate) const ROOM_CREATED: &str = "dialogue:roomCreated";
pub(crate) const ROOM_DELETED: &str = "dialogue:roomDeleted";
pub(crate) const ERROR: &str = "dialogue:error";

pub(crate) const JOIN: &str = "dialogue:join";
pub(crate) const LEAVE: &str = "dialogue:leave";
pub(crate) const SUBSCRIBE: &str = "dialogue:subscribe";
pub(crate) const UNSUBSCRIBE: &str = "dialogue:unsubscribe";
pub(crate) const TRIGGER: &str = "dialogue:trigger";
pub(crate) const GET_HISTORY: &str = "dialogue:getHistory";
pub(crate) const LIST_ROOMS: &str = "dialogue:listRooms";
pub(crate) const CREATE_ROOM: &str = "dialogue:createRoom";
pub(crate) const DELETE_ROOM: &str = "dialogue:deleteRoom";
pub(crate) const RENEW: &str = "dialogue:renew";

/// The subscription to all events.
pub(crate) const ALL: &str = "*";

/// An envelope with an undecoded payload.
pub(crate) type RawMessage = EventMessage<Box<RawValue>>;

/// Copies an envelope with a decoded payload.
pub(crate) fn envelope<T>(message: &RawMessage, data: T) -> EventMessage<T> {
    let mut typed = EventMessage::new(&*message.event, &message.room_id, data, &message.from, message.timestamp);
    typed.meta.clone_from(&message.meta);
    typed.id.clone_from(&message.id);
    typed.offset = message.offset;
    typed
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfRoom<'a> {
    pub(crate) room_id: &'a RoomId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfEvent<'a> {
    pub(crate) room_id: &'a RoomId,
    pub(crate) event_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Join<'a> {
    pub(crate) room_id: &'a RoomId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subscriptions: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resume: Option<&'a Position>,
}

/// The position in a room's history up to which a client has received events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Position {
    pub(crate) epoch: String,
    pub(crate) offset: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trigger<'a> {
    pub(crate) room_id: &'a RoomId,
    pub(crate) event: &'a str,
    pub(crate) data: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) meta: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GetHistory<'a> {
    pub(crate) room_id: &'a RoomId,
    pub(crate) event_name: &'a str,
    pub(crate) start: usize,
    pub(crate) end: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<u64>,
}

#[derive(Serialize)]
pub(crate) struct Renew<'a> {
    pub(crate) token: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connected {
    pub(crate) client_id: dialogue::ClientId,
    pub(crate) user_id: dialogue::UserId,
}

/// The answer to a join, and `dialogue:joined`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Joined {
    pub(crate) room_id: RoomId,
    pub(crate) room_name: String,
    pub(crate) epoch: String,
    pub(crate) offset: u64,
    pub(crate) resumed: bool,
    #[serde(default)]
    pub(crate) missed: Option<u64>,
    pub(crate) subscriptions: Vec<String>,
}

/// `dialogue:left` and `dialogue:roomDeleted`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AboutRoom {
    pub(crate) room_id: RoomId,
}

/// `dialogue:history`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncedHistory {
    pub(crate) room_id: RoomId,
    pub(crate) events: Vec<EventMessage>,
}

#[derive(Deserialize)]
pub(crate) struct Triggered {
    pub(crate) timestamp: u64,
    #[serde(default)]
    pub(crate) offset: Option<u64>,
}

#[derive(Deserialize)]
pub(crate) struct HistoryPage {
    pub(crate) events: Vec<RawMessage>,
}

#[derive(Deserialize)]
pub(crate) struct RoomList {
    pub(crate) rooms: Vec<dialogue::room::RoomInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Renewed {
    #[serde(default)]
    pub(crate) expires_at: Option<u64>,
}

/// The payload of a refused CONNECT.
#[derive(Deserialize)]
pub(crate) struct ConnectError {
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) data: Option<ErrorBody>,
}

/// An error of the server. The code is a string, because a newer server may send codes that this client does not know.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorBody {
    code: String,
    message: String,
    #[serde(default)]
    retry_after: Option<u64>,
    #[serde(default)]
    issues: Vec<dialogue::validation::Issue>,
}

/// The upper bound of `retry_after`, whatever the server sends.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

impl From<ErrorBody> for Refusal {
    fn from(body: ErrorBody) -> Self {
        let retry_after = body.retry_after.map(|millis| Duration::from_millis(millis).min(LONGEST_WAIT));
        Self::new(body.code, body.message, retry_after, body.issues)
    }
}

impl From<ConnectError> for Refusal {
    /// If the server sends no `data`, the code is the beginning of the message.
    fn from(error: ConnectError) -> Self {
        if let Some(body) = error.data {
            return body.into();
        }
        let (code, message) = error.message.split_once(": ").unwrap_or(("", &error.message));
        Self::new(code.to_owned(), message.to_owned(), None, Vec::new())
    }
}

/// Returns the content of an acknowledgement: the JSON of the answer, or the refusal.
pub(crate) fn answer(json: Box<RawValue>) -> Result<Box<RawValue>, Failure> {
    #[derive(Deserialize)]
    struct Head {
        ok: bool,
        #[serde(default)]
        error: Option<ErrorBody>,
    }
    match serde_json::from_str(json.get()) {
        Ok(Head { ok: true, .. }) => Ok(json),
        Ok(Head { ok: false, error: Some(error) }) => Err(Failure::Refused(error.into())),
        _ => Err(Failure::BadAnswer),
    }
}

/// Decodes the fields of an answer.
pub(crate) fn decode<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Result<T, Failure> {
    serde_json::from_str(json.get()).map_err(|_| Failure::BadAnswer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(json: &str) -> Result<Box<RawValue>, Failure> {
        answer(RawValue::from_string(json.to_owned()).expect("it is JSON"))
    }

    #[test]
    fn an_answer_is_ok_or_a_refusal_or_bad() {
        assert!(answered(r#"{"ok":true,"timestamp":1}"#).is_ok());
        let refused = answered(r#"{"ok":false,"error":{"code":"ROOM_FULL","message":"full","retryAfter":5}}"#);
        let Err(Failure::Refused(refusal)) = refused else { panic!("it is a refusal") };
        assert_eq!((refusal.code(), refusal.message()), (Some(dialogue::error::ErrorCode::RoomFull), "full"));
        assert_eq!(refusal.retry_after(), Some(Duration::from_millis(5)));
        for bad in ["null", "[]", "{}", r#"{"ok":"yes"}"#, r#"{"ok":false}"#, r#"{"ok":false,"error":{}}"#] {
            assert!(matches!(answered(bad), Err(Failure::BadAnswer)), "{bad}");
        }
    }

    #[test]
    fn a_code_of_a_newer_server_is_still_a_refusal() {
        let Err(Failure::Refused(refusal)) = answered(r#"{"ok":false,"error":{"code":"NEW","message":"m"}}"#) else {
            panic!("it is a refusal")
        };
        assert_eq!((refusal.code(), refusal.code_name()), (None, "NEW"));
    }

    #[test]
    fn a_server_cannot_make_a_client_wait_for_ever() {
        let forever =
            format!(r#"{{"ok":false,"error":{{"code":"RATE_LIMITED","message":"m","retryAfter":{}}}}}"#, u64::MAX);
        let Err(Failure::Refused(refusal)) = answered(&forever) else { panic!("it is a refusal") };
        assert_eq!(refusal.retry_after(), Some(LONGEST_WAIT));
    }
}
