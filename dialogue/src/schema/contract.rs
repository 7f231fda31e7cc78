//! The payload types of rooms, in both directions: as clients receive them and as clients send them. A type that
//! differs between the two gets two names.

use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::{Contract as Direction, SchemaSettings};
use serde_json::{Map, Value};

use crate::event::EventDef;
use crate::room::RoomDef;

use super::model::{self, Named, Names, Type};
use super::rules;

/// Names that the generated file itself uses.
const TAKEN: &[&str] = &["Rooms", "schemas", "z"];

/// Everything that a client needs to know about the rooms.
pub(super) struct Contract {
    /// JSON Schemas by name.
    pub(super) definitions: Map<String, Value>,
    /// The same definitions as types.
    pub(super) names: Names,
    pub(super) rooms: Vec<Room>,
}

/// One room or family.
pub(super) struct Room {
    pub(super) def: &'static RoomDef,
    /// The events of the room, as clients receive them.
    pub(super) events: Vec<Payload>,
    /// The events that clients may trigger, as clients send them.
    pub(super) triggers: Vec<Payload>,
}

/// An event of a room.
pub(super) struct Payload {
    pub(super) event: &'static EventDef,
    pub(super) schema: Value,
    pub(super) ty: Type,
}

impl Contract {
    pub(super) fn of(rooms: &[&'static RoomDef]) -> Self {
        let sent = Side::generate(rooms, Direction::Deserialize, |room| room.events().iter().collect());
        let heard = Side::generate(rooms, Direction::Serialize, |room| {
            room.events().iter().chain(room.server_events()).collect()
        });
        let (heard_names, sent_names) = final_names(&heard.names(), &sent.names());
        let (heard, sent) = (heard.renamed(&heard_names), sent.renamed(&sent_names));
        let mut definitions = sent.definitions.clone();
        definitions.extend(heard.definitions.clone());
        let payloads = heard.payloads().into_iter().zip(sent.payloads()).zip(rooms);
        let rooms = payloads.map(|((events, triggers), def)| Room { def, events, triggers }).collect();
        Self { names: model::named(&definitions), definitions, rooms }
    }

    /// Returns the names of all types that these types refer to, directly or not. Each precedes the types that it
    /// refers to.
    pub(super) fn reachable<'a>(&'a self, types: impl Iterator<Item = &'a Type>) -> Vec<&'a str> {
        let mut found = Vec::new();
        types.for_each(|ty| self.reach(ty, &mut found));
        found
    }

    fn reach<'a>(&'a self, ty: &'a Type, found: &mut Vec<&'a str>) {
        for name in ty.refs() {
            if !found.contains(&name)
                && let Some(named) = self.names.get(name)
            {
                found.push(name);
                self.reach(&named.ty, found);
            }
        }
    }
}

/// The types of all rooms in one direction.
struct Side {
    definitions: Map<String, Value>,
    rooms: Vec<Vec<(&'static EventDef, Value)>>,
}

impl Side {
    fn generate(
        rooms: &[&'static RoomDef],
        direction: Direction,
        events: fn(&'static RoomDef) -> Vec<&'static EventDef>,
    ) -> Self {
        let reads = direction == Direction::Deserialize;
        let mut generator =
            SchemaSettings::draft2020_12().with(|settings| settings.contract = direction).into_generator();
        let mut schemas: Vec<Vec<(&'static EventDef, Value)>> = Vec::new();
        for room in rooms {
            let of = |event: &'static EventDef| (event, event.schema(&mut generator).to_value());
            schemas.push(events(room).into_iter().map(of).collect());
        }
        let mut side = Self { definitions: generator.take_definitions(true), rooms: schemas };
        side.schemas().for_each(|schema| rules::spell_out(schema, reads));
        side
    }

    fn names(&self) -> Names {
        model::named(&self.definitions)
    }

    fn renamed(mut self, names: &BTreeMap<String, String>) -> Self {
        let to = |name: &str| names.get(name).cloned().unwrap_or_else(|| name.to_owned());
        self.schemas().for_each(|schema| rename_refs(schema, &to));
        self.definitions = self.definitions.into_iter().map(|(name, schema)| (to(&name), schema)).collect();
        self
    }

    fn schemas(&mut self) -> impl Iterator<Item = &mut Value> {
        let payloads = self.rooms.iter_mut().flatten().map(|(_, schema)| schema);
        self.definitions.values_mut().chain(payloads)
    }

    fn payloads(self) -> Vec<Vec<Payload>> {
        let read = |(event, schema)| Payload { event, ty: model::read(&schema, &self.definitions), schema };
        self.rooms.into_iter().map(|room| room.into_iter().map(read).collect()).collect()
    }
}

fn rename_refs(schema: &mut Value, to: &impl Fn(&str) -> String) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(path)) = object.get_mut("$ref")
                && let Some(name) = path.strip_prefix("#/$defs/")
            {
                *path = format!("#/$defs/{}", to(name));
            }
            object.values_mut().for_each(|inner| rename_refs(inner, to));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| rename_refs(inner, to)),
        _ => {}
    }
}

/// Returns the names whose types differ between the two directions, in themselves or in a type that they refer to.
fn differing(heard: &Names, sent: &Names) -> BTreeSet<String> {
    let in_both = |name: &&String| sent.contains_key(*name);
    let mut differing: BTreeSet<String> =
        heard.keys().filter(in_both).filter(|name| heard[*name].ty != sent[*name].ty).cloned().collect();
    loop {
        let before = differing.len();
        let is_made_of_one = |named: &Named| named.ty.refs().iter().any(|name| differing.contains(*name));
        let more: Vec<_> = heard
            .keys()
            .filter(in_both)
            .filter(|name| is_made_of_one(&heard[*name]) || is_made_of_one(&sent[*name]))
            .cloned()
            .collect();
        differing.extend(more);
        if differing.len() == before {
            return differing;
        }
    }
}

/// Returns the final name of each type: a valid identifier, with the suffix `Input` for the type to send if it differs.
fn final_names(heard: &Names, sent: &Names) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let differing = differing(heard, sent);
    let mut used: BTreeSet<String> = TAKEN.iter().map(|name| (*name).to_owned()).collect();
    let mut new = |name: String| {
        let mut unique = name.clone();
        let mut number = 2;
        while !used.insert(unique.clone()) {
            unique = format!("{name}{number}");
            number += 1;
        }
        unique
    };
    let heard_names: BTreeMap<_, _> = heard.keys().map(|name| (name.clone(), new(identifier(name)))).collect();
    let sent_names = sent.keys().map(|name| match heard_names.get(name) {
        Some(same) if !differing.contains(name) => (name.clone(), same.clone()),
        Some(_) => (name.clone(), new(format!("{}Input", identifier(name)))),
        None => (name.clone(), new(identifier(name))),
    });
    let sent_names = sent_names.collect();
    (heard_names, sent_names)
}

fn identifier(name: &str) -> String {
    let mut identifier: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    if identifier.starts_with(|c: char| !c.is_alphabetic()) {
        identifier.insert(0, '_');
    }
    identifier
}
