//! What the macros write passes the strictest lints of a user.

#![deny(
    warnings,
    future_incompatible,
    let_underscore,
    nonstandard_style,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused,
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    keyword_idents,
    let_underscore_drop,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_abi,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unsafe_code,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]

mod events {
    use dialogue::{Event, validation::ValidationError};
    use serde::{Deserialize, Serialize};

    /// A chat message.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    #[serde(rename_all = "camelCase")]
    #[event(name = "chat:message", history = 100)]
    pub(crate) struct Message {
        #[validate(length(min = 1, max = 1000, message = "say something"), custom(function = polite))]
        pub(crate) text: String,
        #[validate(email, length(max = LONGEST))]
        pub(crate) sender_mail: Option<String>,
        #[validate(must_match(other = text))]
        pub(crate) again: String,
        #[validate(range(min = 0, max = 1, code = "share"))]
        pub(crate) share: f64,
        #[validate(range(exclusive_min = 0))]
        pub(crate) number: Option<u8>,
        #[validate(required)]
        pub(crate) reply_to: Option<u64>,
    }

    const LONGEST: u64 = 254;

    fn polite(_: &String) -> Result<(), ValidationError> {
        Ok(())
    }

    /// Somebody types.
    #[derive(Debug, Clone, Copy, Serialize, Deserialize, Event)]
    #[event(volatile)]
    pub(crate) struct Typing;

    /// One of many.
    #[derive(Debug, Clone, Copy, Serialize, Deserialize, Event)]
    pub(crate) enum Drawn {
        /// A dot.
        Dot,
        /// A circle.
        Circle {
            /// Half its width.
            #[validate(range(min = 0))]
            radius: f64,
        },
        /// A square.
        Square(#[validate(range(min = 0))] f64),
    }
}

mod tables {
    use crate::events::{Drawn, Message, Typing};
    use dialogue::{
        Event,
        room::{ClientEventOf, EventOf, Open, RoomDef, RoomRef},
    };

    /// Uses by their own names what the macro names in full.
    pub(crate) fn is_open<R: RoomRef, E: Event + EventOf<R::Key> + ClientEventOf<R::Key>>(
        room: &R,
    ) -> Option<&'static RoomDef> {
        let fits = |def: &RoomDef| def.id().matches(room.id().as_str()) && def.event(E::NAME).is_some();
        ROOMS.iter().find(|def| fits(def) && def.open() == Open::OnJoin)
    }

    dialogue::rooms! {
        /// The room for everyone.
        pub(crate) General {
            name: "General Chat",
            events: [Message, Typing],
            server_events: [Drawn],
            default_subscriptions: [Message, Drawn],
            max_size: SEATS,
            sync_history_on_join: true,
        }

        pub(crate) Undocumented { events: [Drawn] }

        pub(crate) Match {
            id: "match:{number:u64}:{name:String}",
            name: "Match {number} of {name}",
            events: [Message],
            default_subscriptions: [*],
            open: on_join,
            close_when_empty: true,
        }

        pub(crate) Sandbox { events: [*] }

        pub(crate) Full {
            id: "full:{n:i8}",
            name: "Full",
            events: [Message],
            server_events: [Typing],
            default_subscriptions: [],
            max_size: 1,
            sync_history_on_join: 5,
            open: server,
            close_when_empty: false,
        }
    }

    const SEATS: usize = 500;
}

use dialogue::{Event, EventDef, room::RoomRef};
use events::{Drawn, Message, Typing};
use tables::{Full, General, Match, ROOMS, Sandbox, Undocumented, is_open};

fn main() {
    assert_eq!([Message::NAME, Typing::NAME, Drawn::NAME], ["chat:message", "typing", "drawn"]);
    assert_eq!(EventDef::of::<Message>().description(), Some("A chat message."));
    assert!(EventDef::of::<Typing>().is_volatile());

    let json = r#"{ "text": "hi", "again": "hi", "share": 2, "number": 0 }"#;
    let invalid = Message::decode(json).map_err(|invalid| invalid.to_string());
    assert_eq!(invalid, Err("number: too small, replyTo: missing, share: too large".to_owned()));
    assert!(Drawn::decode(r#"{ "Square": 2.5 }"#).is_ok());

    let ids = [
        General.id(),
        Undocumented.id(),
        Match { number: 7, name: "go".to_owned() }.id(),
        Sandbox.id(),
        Full { n: -1 }.id(),
    ];
    assert_eq!(ids, ["general", "undocumented", "match:7:go", "sandbox", "full:-1"]);
    assert!(is_open::<_, Message>(&General).is_none());
    assert!(is_open::<_, Message>(&Match { number: 7, name: "go".to_owned() }).is_some());
    assert_eq!(ROOMS[0].max_size(), Some(500));
    assert_eq!(ROOMS[0].default_subscriptions(), ["chat:message", "drawn"]);
}
