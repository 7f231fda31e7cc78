//! What the macros write needs nothing in scope.

#![no_implicit_prelude]

use ::std::string::String;

/// Names that generated code could trip over.
#[allow(dead_code, reason = "they are there to be in the way")]
mod traps {
    pub struct Option;
    pub struct Some;
    pub struct Result;
    pub struct Ok;
    pub struct Vec;
    pub struct Rules;
    pub struct RoomDef;
    pub mod core {}
    pub mod std {}
    pub mod serde {}
}
#[allow(unused_imports, reason = "they are there to be in the way")]
use traps::*;

#[derive(Debug, ::serde::Serialize, ::serde::Deserialize, ::dialogue::Event)]
#[event(history = 3)]
struct Message {
    #[validate(length(min = 1, message = "say something"))]
    text: String,
    #[validate(range(max = 5), custom(function = even))]
    number: ::core::option::Option<u8>,
}

fn even(number: u8) -> ::core::result::Result<(), ::dialogue::validation::ValidationError> {
    if number % 2 == 0 {
        return ::core::result::Result::Ok(());
    }
    ::core::result::Result::Err(::dialogue::validation::ValidationError::new("odd"))
}

#[derive(Debug, ::serde::Serialize, ::serde::Deserialize, ::dialogue::Event)]
enum Drawn {
    Dot,
    Circle(#[validate(range(min = 0))] f64),
}

::dialogue::rooms! {
    pub Lobby { events: [Message, Drawn], default_subscriptions: [Message], sync_history_on_join: true }

    pub Match { id: "match:{number:u64}:{name:String}", events: [*], default_subscriptions: [*], open: on_join, keep: true }
}

fn main() {
    use ::dialogue::{Event, room::RoomRef};
    use ::std::string::ToString;

    let invalid = Message::decode(r#"{ "text": "", "number": 7 }"#).unwrap_err();
    ::std::assert_eq!(invalid.to_string(), "number: too large, number: odd, text: say something");
    ::std::assert!(Drawn::decode(r#"{ "Circle": -1.0 }"#).is_err());
    ::std::assert!(Drawn::decode(r#""Dot""#).is_ok());
    ::std::assert_eq!(Match { number: 7, name: "a".to_string() }.id(), "match:7:a");
    ::std::assert_eq!(Lobby.id(), ROOMS[0].id().literal().unwrap());
}
