//! Types for clients in other languages: TypeScript, zod schemas and JSON Schema.
//!
//! [`TypeScript`] generates a file for the TypeScript client, [`json_schema`] a JSON Schema for everything else. Both
//! read the `ROOMS` table of [`rooms!`](crate::rooms).

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

/// The TypeScript types of a server's rooms: one file with the type of every payload and an interface `Rooms`, which
/// lists the events of each room. `Rooms` is the type parameter of the TypeScript client.
///
/// The types follow serde: names, tags, and flattened, skipped and defaulted fields. If the type to send differs from
/// the type that is received, there are two: `Note`, and `NoteInput` with optional fields where serde has defaults.
/// 64-bit integers become `number`, with a warning in their comment, because JavaScript represents integers exactly
/// only up to 2^53 - 1.
///
/// ```
/// use dialogue::{Event, TypeScript};
/// use serde::{Deserialize, Serialize};
///
/// /// A chat message.
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
/// Write the file from the server program with [`emit_if_asked`](Self::emit_if_asked), and keep it up to date with a
/// test: `assert_eq!(TypeScript::of(ROOMS).to_string(), include_str!("../web/dialogue.gen.ts"))`.
#[derive(Debug, Clone)]
#[must_use = "call `emit_if_asked`, `write` or `to_string` to generate the types"]
pub struct TypeScript {
    rooms: Vec<&'static RoomDef>,
    with_zod: bool,
}

impl TypeScript {
    /// Generates the types of these rooms.
    pub fn of(rooms: &'static [RoomDef]) -> Self {
        Self { rooms: rooms.iter().collect(), with_zod: false }
    }

    /// Adds another table of rooms.
    ///
    /// ```
    /// use dialogue::TypeScript;
    ///
    /// mod chat {
    ///     dialogue::rooms! { pub General { events: [*] } }
    /// }
    /// mod games {
    ///     dialogue::rooms! { pub Lobby { events: [*] } }
    /// }
    ///
    /// let types = TypeScript::of(chat::ROOMS).and(games::ROOMS).to_string();
    /// assert!(types.contains("general: {") && types.contains("lobby: {"));
    /// ```
    pub fn and(mut self, rooms: &'static [RoomDef]) -> Self {
        self.rooms.extend(rooms);
        self
    }

    /// Adds zod 4 schemas of all events that clients may trigger, as `schemas[room][event]`. Default: no schemas.
    ///
    /// The schemas accept what the server accepts, with two exceptions: `custom` rules, and patterns with syntax that
    /// JavaScript does not have, are checked by the server only.
    ///
    /// ```
    /// use dialogue::TypeScript;
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)]
    /// # struct Message { #[validate(length(min = 1))] text: String }
    /// # dialogue::rooms! { pub General { events: [Message] } }
    ///
    /// let types = TypeScript::of(ROOMS).with_zod().to_string();
    /// assert!(types.contains("export const schemas = {"));
    /// ```
    pub fn with_zod(mut self) -> Self {
        self.with_zod = true;
        self
    }

    /// Writes the file, unless it already has this content. The folder must exist.
    ///
    /// ```no_run
    /// use dialogue::TypeScript;
    /// # dialogue::rooms! { pub General { events: [*] } }
    ///
    /// # fn main() -> Result<(), dialogue::Error> {
    /// TypeScript::of(ROOMS).write("web/src/dialogue.gen.ts")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EmitError::Write`] if the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), EmitError> {
        let (path, text) = (path.as_ref(), self.to_string());
        if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        std::fs::write(path, text).map_err(|source| EmitError::Write { path: path.to_owned(), source })
    }

    /// Writes the file if the program was started with `--emit-ts PATH`, including zod schemas if also started with
    /// `--zod`. Returns `true` if it did; then the program should exit.
    ///
    /// ```no_run
    /// # dialogue::rooms! { pub Sandbox { events: [*] } }
    /// use dialogue::TypeScript;
    ///
    /// fn main() -> Result<(), dialogue::Error> {
    ///     if TypeScript::of(ROOMS).emit_if_asked()? {
    ///         return Ok(());
    ///     }
    ///     // start the server ..
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EmitError`] if no path is given or the file cannot be written.
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
    /// Writes the content of the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contract = Contract::of(&self.rooms);
        let schemas = self.with_zod.then(|| zod::schemas(&contract));
        f.write_str(&typescript::file(&contract, schemas.as_deref()))
    }
}

/// Errors returned when writing the TypeScript file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// `--emit-ts` was given without a path.
    #[error("`--emit-ts` needs a path; write `--emit-ts web/src/dialogue.gen.ts`")]
    NoPath,
    /// The file could not be written.
    #[error("cannot write {}; check that its folder exists", path.display())]
    Write {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

/// Returns the JSON Schema (draft 2020-12) of the rooms.
///
/// `rooms` has an entry per room id or pattern, with the schemas of the events as they are received (`events`) and of
/// the events that clients may trigger, as they are sent (`triggers`). `$defs` has the types that these refer to.
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

/// Returns the JSON Schema of rooms from any number of tables.
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
