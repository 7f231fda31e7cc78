//! TypeScript types.

use std::fmt::Write as _;

use serde_json::Value;

use crate::room::RoomDef;

use super::contract::{Contract, Payload, Room};
use super::model::{Field, Named, Object, Rest, Type};

const HEADER: &str = "\
// Written by Dialogue from the types of the server: do not edit it, but write it again.
//
// Integers of 64 and more bits are numbers here, which are exact only up to Number.MAX_SAFE_INTEGER (2^53 - 1).
";

/// The longest tuple or object that stands on one line.
const LINE: usize = 100;

/// The whole file, with these zod schemas.
pub(super) fn file(contract: &Contract, schemas: Option<&str>) -> String {
    let mut text = HEADER.to_owned();
    if schemas.is_some() {
        text += "\nimport { z } from \"zod\";\n";
    }
    let payloads = contract.rooms.iter().flat_map(|room| room.events.iter().chain(&room.triggers));
    for name in contract.reachable(payloads.map(|payload| &payload.ty)) {
        text.push('\n');
        text += &declaration(name, &contract.names[name]);
    }
    text +=
        "\n/** Every room: what travels there, what clients may trigger, and what a member hears without asking. */\n";
    text += "export interface Rooms {\n";
    for room in &contract.rooms {
        text += &self::room(room);
    }
    text += "}\n";
    text + schemas.unwrap_or_default()
}

fn declaration(name: &str, named: &Named) -> String {
    let doc = doc(named.doc.as_deref(), "");
    match &named.ty {
        Type::Object(object) if matches!(object.rest, Rest::Ignored | Rest::Refused) => {
            format!("{doc}export interface {name} {}\n", block(object, ""))
        }
        Type::Union(types) => {
            let line = ty(&named.ty, "");
            if line.len() + name.len() > LINE || line.contains('\n') {
                let choices: Vec<_> = types.iter().map(|choice| format!("\n  | {}", ty(choice, "  "))).collect();
                format!("{doc}export type {name} ={};\n", choices.concat())
            } else {
                format!("{doc}export type {name} = {line};\n")
            }
        }
        other => format!("{doc}export type {name} = {};\n", ty(other, "")),
    }
}

fn room(room: &Room) -> String {
    let mut text = doc(Some(room.def.description().unwrap_or(room.def.name())), "  ");
    let any = room.def.allows_any();
    let _ = writeln!(text, "  {}: {{", key(&id(room.def)));
    let _ = writeln!(text, "    events: {};", events(&room.events, any));
    let _ = writeln!(text, "    triggers: {};", events(&room.triggers, any));
    let _ = writeln!(text, "    defaultSubscriptions: {};", subscriptions(room.def));
    text += "  };\n";
    text
}

/// The id, or the pattern of the ids of a family, as `rooms!` was given it.
pub(super) fn id(room: &RoomDef) -> String {
    room.id().to_string()
}

fn events(payloads: &[Payload], any: bool) -> String {
    let mut text = String::new();
    for payload in payloads {
        text += &doc(payload.event.description().filter(|_| !matches!(payload.ty, Type::Ref(_))), "      ");
        let _ = writeln!(text, "      {}: {};", key(payload.event.name()), ty(&payload.ty, "      "));
    }
    if any {
        text += "      [event: string]: unknown;\n";
    }
    if text.is_empty() { "{}".to_owned() } else { format!("{{\n{text}    }}") }
}

fn subscriptions(room: &RoomDef) -> String {
    let names: Vec<_> = room.default_subscriptions().iter().map(|name| literal(name)).collect();
    if names.is_empty() { "never".to_owned() } else { names.join(" | ") }
}

/// A type, where lines after the first begin with `indent`.
pub(super) fn ty(of: &Type, indent: &str) -> String {
    match of {
        Type::Unknown => "unknown".to_owned(),
        Type::Never => "never".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Number(_) => "number".to_owned(),
        Type::Text(_) => "string".to_owned(),
        Type::Literal(value) => value.to_string(),
        Type::Array(items, _) => array(items, indent),
        Type::Tuple(types) => {
            let types: Vec<_> = types.iter().map(|item| ty(item, indent)).collect();
            format!("[{}]", types.join(", "))
        }
        Type::Map(values, _) => format!("{{ [key: string]: {} }}", ty(values, indent)),
        Type::Object(object) => self::object(object, indent),
        Type::Union(types) => join(types, " | ", indent),
        Type::Intersection(types) => join(types, " & ", indent),
        Type::Ref(name) => name.clone(),
    }
}

fn array(items: &Type, indent: &str) -> String {
    let item = ty(items, indent);
    let is_one = !matches!(items, Type::Union(_) | Type::Intersection(_));
    if is_one { format!("{item}[]") } else { format!("({item})[]") }
}

fn join(types: &[Type], sign: &str, indent: &str) -> String {
    let parts = types.iter().map(|part| {
        let text = ty(part, indent);
        let needs_parentheses = sign == " & " && matches!(part, Type::Union(_));
        if needs_parentheses { format!("({text})") } else { text }
    });
    parts.collect::<Vec<_>>().join(sign)
}

fn object(object: &Object, indent: &str) -> String {
    if object.fields.is_empty() && object.rest == Rest::Ignored {
        return "{}".to_owned();
    }
    let fields: Vec<_> = object.fields.iter().map(|field| member(field, indent)).collect();
    let is_plain = object.fields.iter().all(|field| field.doc.is_none() && !is_wide(&field.ty));
    let line = format!("{{ {} }}", fields.join("; "));
    let text = if is_plain && line.len() <= LINE && !line.contains('\n') { line } else { block(object, indent) };
    match &object.rest {
        // An index signature would have to fit the other fields too.
        Rest::Of(_) => format!("{text} & {{ [key: string]: unknown }}"),
        Rest::Ignored | Rest::Refused => text,
    }
}

fn block(object: &Object, indent: &str) -> String {
    if object.fields.is_empty() {
        return "{}".to_owned();
    }
    let inner = format!("{indent}  ");
    let mut text = "{\n".to_owned();
    for field in &object.fields {
        let note = is_wide(&field.ty).then_some("Exact only up to Number.MAX_SAFE_INTEGER.");
        let said: Vec<_> = field.doc.as_deref().into_iter().chain(note).collect();
        text += &doc((!said.is_empty()).then(|| said.join("\n")).as_deref(), &inner);
        let _ = writeln!(text, "{inner}{};", member(field, &inner));
    }
    text + indent + "}"
}

fn member(field: &Field, indent: &str) -> String {
    let sign = if field.is_optional { "?" } else { "" };
    format!("{}{sign}: {}", key(&field.name), ty(&field.ty, indent))
}

fn is_wide(ty: &Type) -> bool {
    match ty {
        Type::Number(number) => number.is_wide,
        Type::Array(inner, _) | Type::Map(inner, _) => is_wide(inner),
        Type::Union(types) | Type::Tuple(types) => types.iter().any(is_wide),
        _ => false,
    }
}

/// A key of an object: quoted where it is no identifier.
pub(super) fn key(name: &str) -> String {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$');
    let is_identifier = starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    if is_identifier { name.to_owned() } else { literal(name) }
}

/// A text as TypeScript writes it, which is as JSON does.
pub(super) fn literal(text: &str) -> String {
    Value::from(text).to_string()
}

/// A doc comment; empty where nothing is said.
pub(super) fn doc(text: Option<&str>, indent: &str) -> String {
    let text = text.unwrap_or_default().trim().replace("*/", "*\\/");
    match text.lines().count() {
        0 => String::new(),
        1 => format!("{indent}/** {text} */\n"),
        _ => {
            let lines: String =
                text.lines().map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n").collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}
