//! Requests of clients, parsed from a Socket.IO event `["dialogue:join", {..}]` in one pass and without copying.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::bound::Bound;
use super::name;

/// A request of a client.
pub(crate) enum Request<'a> {
    Join(Join<'a>),
    Leave(OfRoom<'a>),
    Subscribe(OfEvent<'a>),
    SubscribeAll(OfRoom<'a>),
    Unsubscribe(OfEvent<'a>),
    Trigger(Trigger<'a>),
    ListRooms,
    CreateRoom(CreateRoom<'a>),
    DeleteRoom(OfRoom<'a>),
    GetHistory(GetHistory<'a>),
    Renew(Renew<'a>),
    /// An event that is not a request of the protocol.
    Unknown,
}

/// The reason why a frame is not a valid request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoRequest {
    /// A field is missing or has the wrong type. Contains the message for the client.
    Fields(String),
    /// There is text after the JSON.
    Trailing,
}

/// `dialogue:join`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Join<'a> {
    #[serde(borrow)]
    pub(crate) room_id: Cow<'a, str>,
    #[serde(default, borrow)]
    pub(crate) subscriptions: Option<Vec<Cow<'a, str>>>,
    #[serde(default, borrow)]
    pub(crate) resume: Option<Resume<'a>>,
}

/// The position in a room's history up to which a returning client has received events.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resume<'a> {
    #[serde(borrow)]
    pub(crate) epoch: Cow<'a, str>,
    pub(crate) offset: u64,
}

/// A request that names a room.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfRoom<'a> {
    #[serde(borrow)]
    pub(crate) room_id: Cow<'a, str>,
}

/// A request that names a room and one of its events.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfEvent<'a> {
    #[serde(borrow)]
    pub(crate) room_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) event_name: Cow<'a, str>,
}

/// `dialogue:trigger`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trigger<'a> {
    #[serde(borrow)]
    pub(crate) room_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) event: Cow<'a, str>,
    #[serde(default, borrow)]
    pub(crate) data: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(crate) meta: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(crate) id: Option<Cow<'a, str>>,
}

/// `dialogue:createRoom`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateRoom<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) name: Cow<'a, str>,
    #[serde(default, borrow)]
    pub(crate) description: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) max_size: Option<usize>,
}

/// `dialogue:getHistory`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GetHistory<'a> {
    #[serde(borrow)]
    pub(crate) room_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) event_name: Cow<'a, str>,
    #[serde(default)]
    pub(crate) start: Option<Bound>,
    #[serde(default)]
    pub(crate) end: Option<Bound>,
    #[serde(default)]
    pub(crate) before: Option<Bound>,
}

/// `dialogue:renew`.
#[derive(Deserialize)]
pub(crate) struct Renew<'a> {
    #[serde(borrow)]
    pub(crate) token: Cow<'a, str>,
}

impl<'a> Request<'a> {
    /// Parses a Socket.IO event.
    ///
    /// # Errors
    ///
    /// Returns an error if fields of the request are missing or have the wrong type, or if the frame contains more than
    /// one JSON value.
    pub(crate) fn parse(frame: &'a str) -> Result<Self, NoRequest> {
        let mut json = serde_json::Deserializer::from_str(frame);
        let mut request = None;
        let parsed = serde::Deserializer::deserialize_seq(&mut json, Frame(&mut request));
        match (request, parsed) {
            (_, Ok(request)) => json.end().map(|()| request).map_err(|_| NoRequest::Trailing),
            (Some(name), Err(_)) => Err(NoRequest::Fields(mistyped(name))),
            (None, Err(_)) => Err(NoRequest::Fields("the frame is not an event with one JSON object".to_owned())),
        }
    }
}

/// Reads the event name, then parses the argument according to the name. Further arguments are ignored.
struct Frame<'n>(&'n mut Option<&'static str>);

impl<'de> Visitor<'de> for Frame<'_> {
    type Value = Request<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event with one JSON object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Request<'de>, A::Error> {
        let event: Cow<'de, str> = seq.next_element::<Text<'de>>()?.map(|text| text.0).unwrap_or_default();
        *self.0 = NAMES.iter().copied().find(|name| *name == event);
        let request = match &*event {
            name::TRIGGER => Request::Trigger(argument(&mut seq)?),
            name::JOIN => Request::Join(argument(&mut seq)?),
            name::LEAVE => Request::Leave(argument(&mut seq)?),
            name::SUBSCRIBE => Request::Subscribe(argument(&mut seq)?),
            name::SUBSCRIBE_ALL => Request::SubscribeAll(argument(&mut seq)?),
            name::UNSUBSCRIBE => Request::Unsubscribe(argument(&mut seq)?),
            name::LIST_ROOMS => Request::ListRooms,
            name::CREATE_ROOM => Request::CreateRoom(argument(&mut seq)?),
            name::DELETE_ROOM => Request::DeleteRoom(argument(&mut seq)?),
            name::GET_HISTORY => Request::GetHistory(argument(&mut seq)?),
            name::RENEW => Request::Renew(argument(&mut seq)?),
            _ => Request::Unknown,
        };
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(request)
    }
}

/// Returns whether an event is a request that only releases something: a room or a subscription.
pub(crate) fn gives_back(frame: &str) -> bool {
    /// Reads only the name, so the rest of the frame need not be valid JSON.
    struct Name(bool);

    impl<'de> Visitor<'de> for &mut Name {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an event")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
            let name = seq.next_element::<Text<'de>>()?;
            self.0 = name.is_some_and(|text| matches!(&*text.0, name::LEAVE | name::UNSUBSCRIBE));
            Ok(())
        }
    }

    let mut name = Name(false);
    // The rest of the list is not read. serde_json reports that as an error, which is ignored.
    let _unread = serde::Deserializer::deserialize_seq(&mut serde_json::Deserializer::from_str(frame), &mut name);
    name.0
}

/// A string that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn argument<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(seq: &mut A) -> Result<T, A::Error> {
    seq.next_element()?.ok_or_else(|| serde::de::Error::custom("no argument"))
}

const NAMES: &[&str] = &[
    name::TRIGGER,
    name::JOIN,
    name::LEAVE,
    name::SUBSCRIBE,
    name::SUBSCRIBE_ALL,
    name::UNSUBSCRIBE,
    name::LIST_ROOMS,
    name::CREATE_ROOM,
    name::DELETE_ROOM,
    name::GET_HISTORY,
    name::RENEW,
];

/// Returns the error message of a request whose fields are missing or have the wrong type.
pub(crate) fn mistyped(name: &str) -> String {
    format!("`{name}` takes {}", fields(name))
}

/// What the argument of a request looks like, for its error.
fn fields(name: &str) -> &'static str {
    match name {
        name::JOIN => "{ roomId: string, subscriptions?: string[], resume?: { epoch: string, offset: number } }",
        name::SUBSCRIBE | name::UNSUBSCRIBE => "{ roomId: string, eventName: string }",
        name::TRIGGER => "{ roomId: string, event: string, data: any, meta?: object, id?: string }",
        name::CREATE_ROOM => "{ id: string, name: string, description?: string, maxSize?: number }",
        name::GET_HISTORY => {
            "{ roomId: string, eventName: string, start?: number, end?: number, before?: number }, with whole numbers from 0"
        }
        name::RENEW => "{ token: string }",
        name::LIST_ROOMS => "no argument",
        _ => "{ roomId: string }",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_borrows_its_payload() {
        let frame = r#"["dialogue:trigger",{"roomId":"general","event":"message","data":{"text":"h\"i"}},1]"#;
        let Ok(Request::Trigger(trigger)) = Request::parse(frame) else { panic!("no trigger") };
        assert_eq!((&*trigger.room_id, &*trigger.event), ("general", "message"));
        assert_eq!(trigger.data.map(RawValue::get), Some(r#"{"text":"h\"i"}"#));
        assert!(matches!(trigger.room_id, Cow::Borrowed(_)));
    }

    #[test]
    fn malformed_requests_say_what_they_take() {
        let fault = |frame| match Request::parse(frame) {
            Err(NoRequest::Fields(message)) => message,
            _ => String::new(),
        };
        assert_eq!(fault(r#"["dialogue:deleteRoom"]"#), "`dialogue:deleteRoom` takes { roomId: string }");
        assert_eq!(fault(r#"["dialogue:leave",{"roomId":5}]"#), "`dialogue:leave` takes { roomId: string }");
        assert_eq!(fault(r#"{"a":1}"#), "the frame is not an event with one JSON object");
        assert!(matches!(Request::parse(r#"["hello",1,2]"#), Ok(Request::Unknown)));
        assert!(matches!(Request::parse(r#"["dialogue:listRooms"] "#), Ok(Request::ListRooms)));
        for frame in [r#"["dialogue:listRooms"]zzz"#, r#"["hello"]["hello"]"#] {
            assert_eq!(Request::parse(frame).err(), Some(NoRequest::Trailing), "{frame}");
        }
    }
}
