//! What clients in other languages are told of the rooms: TypeScript types, zod schemas, JSON Schema.

mod contract;
mod model;
mod regex;
mod rules;
mod typescript;
mod zod;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::room::RoomDef;

use contract::{Contract, Payload};

pub use schemars;

/// The TypeScript of the rooms: one file with the type of every payload, and with `Rooms`, which says what travels where.
///
/// It is what the TypeScript client is given as its type parameter. What it says is what serde does: names, tags, flattened,
/// skipped and defaulted fields. A type that arrives otherwise than it may be sent is two: `Note`, and `NoteInput` with
/// optional fields where there are defaults. Integers of 64 bits become `number`, with a warning in their comment, as
/// JavaScript has them only up to 2^53.
///
/// ```
/// use dialogue::{Event, TypeScript};
/// use serde::{Deserialize, Serialize};
///
/// /// Something that somebody says.
/// #[derive(Serialize, Deserialize, Event)]
/// #[serde(rename_all = "camelCase")]
/// struct Message {
///     #[validate(length(min = 1))]
///     text: String,
///     reply_to: Option<u32>,
/// }
///
/// dialogue::rooms! {
///     pub General { events: [Message], default_subscriptions: [*] }
/// }
///
/// let types = TypeScript::of(ROOMS).to_string();
/// assert!(types.contains("export interface Message {\n  text: string;\n  replyTo?: number | null;\n}"));
/// assert!(types.contains("  general: {\n    events: {\n      message: Message;"));
/// ```
///
/// A program writes the file when it is asked to on its command line, [`emit_if_asked`](Self::emit_if_asked); and a test keeps
/// it fresh: `assert_eq!(TypeScript::of(ROOMS).to_string(), include_str!("../web/dialogue.gen.ts"))`.
#[derive(Debug, Clone)]
#[must_use = "it is written by `emit_if_asked`, `write` or `to_string`"]
pub struct TypeScript {
    rooms: Vec<&'static RoomDef>,
    with_zod: bool,
}

impl TypeScript {
    /// The types of these rooms.
    pub fn of(rooms: &'static [RoomDef]) -> Self {
        Self { rooms: rooms.iter().collect(), with_zod: false }
    }

    /// The types of these rooms too.
    pub fn and(mut self, rooms: &'static [RoomDef]) -> Self {
        self.rooms.extend(rooms);
        self
    }

    /// With zod schemas (zod 4) of everything that clients may trigger, in `schemas`, by room and event. They give the verdict
    /// that the server gives, except that `custom` rules are the server's alone, as are patterns in a grammar that JavaScript
    /// does not have. Default: without.
    pub fn with_zod(mut self) -> Self {
        self.with_zod = true;
        self
    }

    /// Writes the file, if it is not there already as it should be.
    ///
    /// # Errors
    ///
    /// [`EmitError`] when it cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), EmitError> {
        let (path, text) = (path.as_ref(), self.to_string());
        if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        std::fs::write(path, text).map_err(|source| EmitError::Write { path: path.to_owned(), source })
    }

    /// Writes the file if the program was started with `--emit-ts PATH`, with zod schemas if also with `--zod`; true when it has,
    /// and the program may end.
    ///
    /// ```no_run
    /// # dialogue::rooms! { pub Sandbox { events: [*] } }
    /// use dialogue::TypeScript;
    ///
    /// fn main() -> Result<(), dialogue::Error> {
    ///     if TypeScript::of(ROOMS).emit_if_asked()? {
    ///         return Ok(());
    ///     }
    ///     // serve ..
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`EmitError`] when it cannot be written, or no path is given.
    pub fn emit_if_asked(self) -> Result<bool, EmitError> {
        self.emit_for(std::env::args_os().skip(1))
    }

    fn emit_for(mut self, args: impl Iterator<Item = OsString>) -> Result<bool, EmitError> {
        let args: Vec<OsString> = args.collect();
        let Some(at) = args.iter().position(|arg| arg == "--emit-ts") else { return Ok(false) };
        let path =
            args.get(at + 1).filter(|path| !path.to_string_lossy().starts_with("--")).ok_or(EmitError::NoPath)?;
        self.with_zod |= args.iter().any(|arg| arg == "--zod");
        self.write(path)?;
        Ok(true)
    }
}

impl fmt::Display for TypeScript {
    /// The text of the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contract = Contract::of(&self.rooms);
        let schemas = self.with_zod.then(|| zod::schemas(&contract));
        f.write_str(&typescript::file(&contract, schemas.as_deref()))
    }
}

/// Why the TypeScript file was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// `--emit-ts` stands without a path.
    #[error("`--emit-ts` needs a path: `--emit-ts web/src/dialogue.gen.ts`")]
    NoPath,
    /// The file could not be written.
    #[error("cannot write {}: is there such a folder?", path.display())]
    Write {
        /// The path as it was given.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// The JSON Schema (2020-12) of the rooms: under `rooms`, by id or pattern, the schemas of what travels there (`events`, as it
/// arrives) and of what clients may trigger (`triggers`, as it may be sent); under `$defs` the types that they refer to.
///
/// ```
/// # use dialogue::Event;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Serialize, Deserialize, Event)]
/// struct Message {
///     #[validate(length(max = 1000))]
///     text: String,
/// }
///
/// dialogue::rooms! { pub General { events: [Message] } }
///
/// let schema = dialogue::json_schema(ROOMS);
/// assert_eq!(schema["rooms"]["general"]["triggers"]["message"]["$ref"], "#/$defs/Message");
/// assert_eq!(schema["$defs"]["Message"]["properties"]["text"]["maxLength"], 1000);
/// ```
pub fn json_schema(rooms: &'static [RoomDef]) -> Value {
    of(&rooms.iter().collect::<Vec<_>>())
}

/// The JSON Schema of rooms from any number of tables.
pub(crate) fn of(rooms: &[&'static RoomDef]) -> Value {
    let contract = Contract::of(rooms);
    let described: Map<_, _> = contract.rooms.iter().map(|room| (typescript::id(room.def), self::room(room))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "rooms": described,
        "$defs": contract.definitions,
    })
}

fn room(room: &contract::Room) -> Value {
    let payloads = |payloads: &[Payload]| -> Map<_, _> {
        payloads.iter().map(|payload| (payload.event.name().to_owned(), payload.schema.clone())).collect()
    };
    let mut described = json!({
        "name": room.def.name(),
        "events": payloads(&room.events),
        "triggers": payloads(&room.triggers),
        "anyEvent": room.def.allows_any(),
        "defaultSubscriptions": room.def.default_subscriptions(),
    });
    if let Some(description) = room.def.description() {
        described["description"] = json!(description);
    }
    if let Some(max_size) = room.def.max_size() {
        described["maxSize"] = json!(max_size);
    }
    described
}
