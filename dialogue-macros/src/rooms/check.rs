//! Finds the mistakes that are visible in the table itself. The others are found by the type checker.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{Ident, Path};

use super::model::Room;
use crate::errors::Errors;
use crate::suggest;

/// The settings that only families have.
const FAMILY_SETTINGS: &[&str] = &["open", "close_when_empty", "keep"];

/// Checks one room. Events that are listed twice are removed after they are reported, so that they cause no further
/// errors.
pub(crate) fn room(room: &mut Room, errors: &mut Errors) {
    wildcards(room, errors);
    repeated(room, errors);
    subscriptions(room, errors);
    name(room, errors);
    family_settings(room, errors);
}

fn wildcards(room: &Room, errors: &mut Errors) {
    if let (Some(any), false) = (&room.events.any, room.events.events.is_empty()) {
        errors.add(any, "`*` includes every event; write it alone: `events: [*]`");
    }
    if let (Some(any), false) = (&room.default_subscriptions.any, room.default_subscriptions.events.is_empty()) {
        errors.add(any, "`*` includes every event; write it alone: `default_subscriptions: [*]`");
    }
    if let Some(any) = &room.server_events.any {
        errors.add(any, "`server_events` does not accept `*`; list the events, or write `events: [*]` for a room that accepts any event");
    }
}

fn repeated(room: &mut Room, errors: &mut Errors) {
    let ident = &room.ident;
    let mut seen: Vec<String> = Vec::new();
    for list in [&mut room.events, &mut room.server_events] {
        list.events.retain(|event| {
            let first = !seen.contains(&text(event));
            if first {
                seen.push(text(event));
            } else {
                errors.add(event, format!("`{}` is listed twice in the room `{ident}`", text(event)));
            }
            first
        });
    }
    let mut seen: Vec<String> = Vec::new();
    for event in &room.default_subscriptions.events {
        if seen.contains(&text(event)) {
            errors.add(event, format!("`{}` is listed twice in `default_subscriptions`", text(event)));
        }
        seen.push(text(event));
    }
}

fn subscriptions(room: &mut Room, errors: &mut Errors) {
    if room.takes_any() {
        return;
    }
    let carried: Vec<String> = room.all_events().map(text).collect();
    let known: Vec<&str> = carried.iter().map(String::as_str).collect();
    let ident = &room.ident;
    room.default_subscriptions.events.retain(|event| {
        let word = text(event);
        let is_known = known.contains(&word.as_str());
        if !is_known {
            let fix = match suggest::nearest(&word, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add `{word}` to its `events` or `server_events`, or remove it here"),
            };
            errors.add(event, format!("room `{ident}` does not carry the event `{word}`; {fix}"));
        }
        is_known
    });
}

fn name(room: &Room, errors: &mut Errors) {
    let name = room.name.value();
    if name.trim().is_empty() {
        errors.add(&room.name, "the name of a room cannot be empty");
    }
    let params: Vec<String> = room.id.params().map(super::pattern::Param::name).collect();
    let known: Vec<&str> = params.iter().map(String::as_str).collect();
    let mut rest = name.as_str();
    while let Some((_, after)) = rest.split_once('{') {
        let Some((param, after)) = after.split_once('}') else {
            errors.add(&room.name, "the name has a `{` without a matching `}`");
            return;
        };
        if known.is_empty() {
            errors.add(&room.name, format!("the name uses the parameter `{param}`, but the id has no parameters"));
        } else if !known.contains(&param) {
            errors.add(&room.name, suggest::unknown("parameter", param, &known));
        }
        rest = after;
    }
}

fn family_settings(room: &Room, errors: &mut Errors) {
    if room.id.is_family() {
        closing(room, errors);
        return;
    }
    for (key, _) in &room.plain {
        let word = key.unraw().to_string();
        if FAMILY_SETTINGS.contains(&word.as_str()) {
            errors.add(
                key,
                format!("`{word}` is a setting of families, but `{}` is one room that is always open; to declare a family, write a parameter in the id: `id: \"match:{{number:u64}}\"`", room.ident),
            );
        }
    }
}

/// Checks that it is declared what happens to empty rooms of a family that clients open. Otherwise such rooms would
/// stay open forever, and one client could use up the server's limit of rooms.
fn closing(room: &Room, errors: &mut Errors) {
    let setting = |word: &str| room.plain.iter().find(|(key, _)| key.unraw() == word);
    // Values that are not literals are checked by rustc, when it evaluates the table.
    let is_false = |value: &TokenStream| value.to_string() == "false";
    let is_true = |value: &TokenStream| value.to_string() == "true";
    let opened_on_join = setting("open").filter(|(_, value)| value.to_string().ends_with("OnJoin"));
    let (closes, keep) = (setting("close_when_empty"), setting("keep"));
    let Some((open, _)) = opened_on_join else {
        if let Some((keep, _)) = keep {
            let message = "`keep` requires `open: on_join`; rooms that the server opens stay open unless the family has `close_when_empty: true`";
            errors.add(keep, message);
        }
        return;
    };
    match (closes, keep) {
        (Some((_, closes)), Some((keep, value))) if is_true(closes) && is_true(value) => {
            errors.add(keep, "`keep: true` and `close_when_empty: true` contradict each other; remove one of them");
        }
        // If a setting could not be parsed, it may be the one that is missing here, and one mistake should cause one
        // error.
        (closes, keep)
            if errors.is_empty() && [closes, keep].into_iter().flatten().all(|(_, value)| is_false(value)) =>
        {
            let message = format!(
                "`open: on_join` lets clients open any number of rooms of `{}`; add `close_when_empty: true`, or `keep: true` if the rooms should stay open without members",
                room.ident
            );
            errors.add(open, message);
        }
        _ => {}
    }
}

/// Checks the rooms against each other. A room that is declared twice is removed after it is reported, so that it
/// causes no further errors.
pub(crate) fn table(rooms: &mut Vec<Room>, errors: &mut Errors) {
    let mut seen: Vec<Ident> = Vec::new();
    rooms.retain(|room| {
        let first = !seen.contains(&room.ident);
        if first {
            seen.push(room.ident.clone());
        } else {
            errors.add(&room.ident, format!("the room `{}` is declared twice", room.ident));
        }
        first
    });
    ids(rooms, errors);
}

/// Finds rooms or families that could have the same id.
fn ids(rooms: &[Room], errors: &mut Errors) {
    for (i, room) in rooms.iter().enumerate() {
        let Some(other) = rooms[..i].iter().find(|other| other.id.overlaps(&room.id)) else { continue };
        let (id, theirs) = (room.id.literal.value(), other.id.literal.value());
        let message = if id == theirs {
            format!("the room `{}` already has the id `{id}`", other.ident)
        } else {
            format!(
                "the ids `{id}` and `{theirs}` of the room `{}` overlap; begin them with different text",
                other.ident
            )
        };
        errors.add(&room.id.literal, message);
    }
}

/// Returns the path as the user wrote it.
fn text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
