//! JSON Schemas reduced to the few concepts that TypeScript and zod can express.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::rules::{MESSAGES, MUST_MATCH, PATTERN_I};

/// The maximum length of a fixed-length list that becomes a tuple.
const MOST_IN_TUPLE: u64 = 8;

/// A type on the wire.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Unknown,
    Never,
    Null,
    Boolean,
    Number(Number),
    Text(Text),
    Literal(Value),
    Array(Box<Type>, Bounds),
    Tuple(Vec<Type>),
    Map(Box<Type>, Bounds),
    Object(Object),
    Union(Vec<Type>),
    Intersection(Vec<Type>),
    /// A reference to a named type.
    Ref(String),
}

/// The minimum and maximum number of something, with the messages of the rules that have their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Bounds {
    pub(super) min: Option<(u64, Option<String>)>,
    pub(super) max: Option<(u64, Option<String>)>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Number {
    pub(super) is_integer: bool,
    /// An integer of 64 or more bits, which JavaScript represents exactly only up to 2^53 - 1.
    pub(super) is_wide: bool,
    /// `min`, `max`, `gt` and `lt`, each with its bound and the message of the rule, if it has one.
    pub(super) bounds: Vec<(&'static str, Value, Option<String>)>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Text {
    pub(super) length: Bounds,
    pub(super) checks: Vec<(Check, Option<String>)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Check {
    Format(String),
    Pattern { pattern: String, ignores_case: bool },
    NotPattern(String),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Object {
    pub(super) fields: Vec<Field>,
    /// How further fields are treated: of this type, refused, or ignored.
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Rest {
    #[default]
    Ignored,
    Refused,
    Of(Box<Type>),
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) is_optional: bool,
    pub(super) doc: Option<String>,
    /// The field that must have the same value, with the message of the rule, if it has one.
    pub(super) must_match: Option<(String, Option<String>)>,
}

impl PartialEq for Field {
    /// Ignores the documentation, which does not change the type.
    fn eq(&self, other: &Self) -> bool {
        let of = |field: &Self| (field.name.clone(), field.is_optional, field.must_match.clone());
        of(self) == of(other) && self.ty == other.ty
    }
}

/// A named type and its documentation.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) ty: Type,
    pub(super) doc: Option<String>,
}

/// The named types of one direction.
pub(super) type Names = BTreeMap<String, Named>;

/// Reads the definitions of a schema.
pub(super) fn named(definitions: &Map<String, Value>) -> Names {
    let read = |(name, schema): (&String, &Value)| {
        (name.clone(), Named { ty: Reader { definitions }.read(schema), doc: text(schema, "description") })
    };
    definitions.iter().map(read).collect()
}

/// Reads one schema.
pub(super) fn read(schema: &Value, definitions: &Map<String, Value>) -> Type {
    Reader { definitions }.read(schema)
}

struct Reader<'a> {
    definitions: &'a Map<String, Value>,
}

impl Reader<'_> {
    fn read(&self, schema: &Value) -> Type {
        match schema {
            Value::Bool(false) => Type::Never,
            Value::Object(schema) => self.object_schema(schema),
            _ => Type::Unknown,
        }
    }

    fn object_schema(&self, schema: &Map<String, Value>) -> Type {
        if let Some(Value::String(path)) = schema.get("$ref") {
            return self.reference(path.rsplit('/').next().unwrap_or_default(), schema);
        }
        if let Some(value) = schema.get("const") {
            return Type::Literal(value.clone());
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            return union(values.iter().cloned().map(Type::Literal));
        }
        let mut parts = Vec::new();
        match schema.get("type") {
            Some(Value::Array(types)) => {
                parts.push(union(types.iter().filter_map(Value::as_str).map(|ty| self.of_type(ty, schema))));
            }
            Some(Value::String(ty)) => parts.push(self.of_type(ty, schema)),
            _ if schema.contains_key("properties") => parts.push(self.of_type("object", schema)),
            _ => {}
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(Value::Array(choices)) = schema.get(word)
                && !is_ip(choices)
            {
                parts.push(union(choices.iter().map(|choice| self.read(choice))));
            }
        }
        if let Some(Value::Array(all)) = schema.get("allOf") {
            parts.extend(all.iter().map(|part| self.read(part)).filter(|part| *part != Type::Unknown));
        }
        parts.retain(|part| !matches!(part, Type::Object(object) if *object == Object::default()));
        match parts.len() {
            0 if is_object(schema) => Type::Object(Object::default()),
            0 => Type::Unknown,
            1 => parts.remove(0),
            _ => Type::Intersection(parts),
        }
    }

    /// Reads a reference to a named type. If further rules apply at this place, the type is inlined so that they are
    /// checked.
    fn reference(&self, name: &str, schema: &Map<String, Value>) -> Type {
        const SAYS_NOTHING: &[&str] = &["$ref", "description", "title", "default", "deprecated", MUST_MATCH];
        let plain = Type::Ref(name.to_owned());
        if schema.keys().all(|key| SAYS_NOTHING.contains(&key.as_str())) {
            return plain;
        }
        if schema.contains_key("properties") {
            // The content of an enum variant next to its tag.
            return Type::Intersection(vec![self.object(schema), plain]);
        }
        let Some(Value::Object(definition)) = self.definitions.get(name) else { return plain };
        if definition.get("type").and_then(Value::as_str).is_none_or(|ty| ty == "object") {
            return plain;
        }
        let mut both = definition.clone();
        both.extend(schema.iter().filter(|(key, _)| *key != "$ref").map(|(key, value)| (key.clone(), value.clone())));
        self.object_schema(&both)
    }

    fn of_type(&self, ty: &str, schema: &Map<String, Value>) -> Type {
        match ty {
            "null" => Type::Null,
            "boolean" => Type::Boolean,
            "number" | "integer" => Type::Number(number(schema, ty == "integer")),
            "string" => Type::Text(string(schema)),
            "array" => self.array(schema),
            _ => self.object(schema),
        }
    }

    fn array(&self, schema: &Map<String, Value>) -> Type {
        if let Some(Value::Array(items)) = schema.get("prefixItems") {
            return Type::Tuple(items.iter().map(|item| self.read(item)).collect());
        }
        let items = schema.get("items").map_or(Type::Unknown, |items| self.read(items));
        let bounds = bounds(schema, "minItems", "maxItems");
        match (&bounds.min, &bounds.max) {
            // A short list of a fixed length.
            (Some((min, None)), Some((max, None))) if min == max && (1..=MOST_IN_TUPLE).contains(min) => {
                Type::Tuple((0..*min).map(|_| items.clone()).collect())
            }
            _ => Type::Array(Box::new(items), bounds),
        }
    }

    fn object(&self, schema: &Map<String, Value>) -> Type {
        let fields: Vec<_> = match schema.get("properties") {
            Some(Value::Object(properties)) => {
                properties.iter().map(|(name, property)| self.field(name, property, schema)).collect()
            }
            _ => Vec::new(),
        };
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let values = patterns.and_then(|patterns| patterns.values().next());
        // The values of a flattened map. If it is `false`, only the server can tell which fields are unknown.
        let flattened = schema.get("unevaluatedProperties").filter(|rest| **rest != Value::Bool(false));
        let rest = match values.or_else(|| schema.get("additionalProperties")).or(flattened) {
            None => Rest::Ignored,
            Some(Value::Bool(false)) => Rest::Refused,
            Some(values) => Rest::Of(Box::new(self.read(values))),
        };
        match rest {
            Rest::Of(values) if fields.is_empty() => {
                Type::Map(values, bounds(schema, "minProperties", "maxProperties"))
            }
            rest => Type::Object(Object { fields, rest }),
        }
    }

    fn field(&self, name: &str, property: &Value, object: &Map<String, Value>) -> Field {
        let required = object.get("required").and_then(Value::as_array);
        let is_required = required.is_some_and(|required| required.iter().any(|other| other == name));
        let ty = self.read(property);
        Field {
            name: name.to_owned(),
            // An absent `Option` is not sent as `null`, and `null` is accepted too.
            is_optional: !is_required || ty.is_nullable(),
            ty,
            doc: text(property, "description"),
            must_match: text(property, MUST_MATCH).map(|other| (other, message(property, MUST_MATCH))),
        }
    }
}

impl Type {
    pub(super) fn is_nullable(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Union(types) => types.iter().any(Self::is_nullable),
            _ => false,
        }
    }

    /// Returns the names of the types that this type refers to.
    pub(super) fn refs(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.collect_refs(&mut names);
        names
    }

    fn collect_refs<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        match self {
            Self::Ref(name) => drop(names.insert(name)),
            Self::Array(inner, _) | Self::Map(inner, _) => inner.collect_refs(names),
            Self::Tuple(types) | Self::Union(types) | Self::Intersection(types) => {
                for ty in types {
                    ty.collect_refs(names);
                }
            }
            Self::Object(object) => {
                for field in &object.fields {
                    field.ty.collect_refs(names);
                }
                if let Rest::Of(values) = &object.rest {
                    values.collect_refs(names);
                }
            }
            _ => {}
        }
    }
}

/// Builds a union without duplicates and without nested unions.
fn union(types: impl Iterator<Item = Type>) -> Type {
    let mut all: Vec<Type> = Vec::new();
    for ty in types {
        let parts = if let Type::Union(parts) = ty { parts } else { vec![ty] };
        for part in parts {
            if !all.contains(&part) {
                all.push(part);
            }
        }
    }
    match all.len() {
        0 => Type::Never,
        1 => all.remove(0),
        _ => Type::Union(all),
    }
}

fn number(schema: &Map<String, Value>, is_integer: bool) -> Number {
    const BOUNDS: [(&str, &str); 4] =
        [("min", "minimum"), ("max", "maximum"), ("gt", "exclusiveMinimum"), ("lt", "exclusiveMaximum")];
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let own = |word: &str| match (format, word) {
        ("uint32", "maximum") => Some(Value::from(u32::MAX)),
        ("int32", "minimum") => Some(Value::from(i32::MIN)),
        ("int32", "maximum") => Some(Value::from(i32::MAX)),
        _ => None,
    };
    let bounds = BOUNDS.iter().filter_map(|(method, word)| {
        Some((*method, schema.get(*word).cloned().or_else(|| own(word))?, message_in(schema, word)))
    });
    let is_wide = is_integer && ["int", "uint", "int64", "uint64", "int128", "uint128"].contains(&format);
    Number { is_integer, is_wide, bounds: bounds.collect() }
}

fn string(schema: &Map<String, Value>) -> Text {
    let mut checks = Vec::new();
    let mut add = |schema: &Map<String, Value>| {
        for word in ["format", "pattern", PATTERN_I] {
            if let Some(Value::String(value)) = schema.get(word) {
                let (pattern, ignores_case) = (value.clone(), word == PATTERN_I);
                let is_format = word == "format";
                let check = if is_format { Check::Format(pattern) } else { Check::Pattern { pattern, ignores_case } };
                checks.push((check, message_in(schema, if is_format { word } else { "pattern" })));
            }
        }
        if let Some(pattern) = schema.get("not").and_then(|not| text(not, "pattern")) {
            checks.push((Check::NotPattern(pattern), message_in(schema, "not")));
        }
        if let Some(Value::Array(choices)) = schema.get("anyOf")
            && is_ip(choices)
        {
            checks.push((Check::Format("ip".into()), message_in(schema, "anyOf")));
        }
    };
    add(schema);
    if let Some(Value::Array(all)) = schema.get("allOf") {
        all.iter().filter_map(Value::as_object).for_each(add);
    }
    Text { length: bounds(schema, "minLength", "maxLength"), checks }
}

fn is_ip(choices: &[Value]) -> bool {
    !choices.is_empty() && choices.iter().all(|choice| text(choice, "format").is_some() && choice.get("type").is_none())
}

fn is_object(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|ty| ty == "object") || schema.contains_key("properties")
}

fn bounds(schema: &Map<String, Value>, min: &str, max: &str) -> Bounds {
    let bound = |word: &str| Some((schema.get(word)?.as_u64()?, message_in(schema, word)));
    Bounds { min: bound(min), max: bound(max) }
}

fn text(schema: &Value, word: &str) -> Option<String> {
    schema.get(word).and_then(Value::as_str).map(str::to_owned)
}

fn message(schema: &Value, word: &str) -> Option<String> {
    schema.as_object().and_then(|schema| message_in(schema, word))
}

/// Returns the message of a rule. Rules that are separate entries of `allOf` use the message of their keyword.
fn message_in(schema: &Map<String, Value>, word: &str) -> Option<String> {
    schema.get(MESSAGES).and_then(|messages| text(messages, word))
}
