//! Generates zod schemas of the events that clients may trigger, so that clients can check a payload before they send
//! it.

use std::fmt::Write as _;

use super::contract::Contract;
use super::model::{Bounds, Check, Field, Number, Object, Rest, Text, Type};
use super::typescript::{doc, id, key, literal};

/// The maximum length of an object on one line.
const LINE: usize = 90;

/// The type of all schemas. It needs a type assertion, because zod's optional fields may be `undefined`, which differs
/// from an absent field under TypeScript's `exactOptionalPropertyTypes`.
const SCHEMAS: &str = "{
  [R in keyof Rooms]: { [E in keyof Rooms[R][\"triggers\"]]: z.ZodType<Rooms[R][\"triggers\"][E]> };
}";

/// Helper functions of the schemas, each with the text that marks its use.
const HELPERS: &[(&str, &str)] = &[
    ("length(", "/** The number of characters, counted like the server does. */\nconst length = (text: string) => [...text].length;\n"),
    (
        "isEmail(",
        "\
const DOMAIN = /^[a-z\\d](?:[a-z\\d-]{0,61}[a-z\\d])?(?:\\.[a-z\\d](?:[a-z\\d-]{0,61}[a-z\\d])?)*$/i;

/** An email address as defined by HTML, also with an international domain or an IP address in brackets. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf(\"@\");
  const [user, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (!/^[\\w.!#$%&'*+/=?^`{|}~-]+$/.test(user) || user.length > 64 || [...domain].length > 255) return false;
  if (DOMAIN.test(domain)) return true;
  const bracketed = /\\[([\\da-f:.]+)\\]$/i.exec(domain)?.[1];
  if (bracketed !== undefined) return isIp(bracketed);
  return /^[^\\s/?#@:\\\\%]+$/.test(domain) && isUrl(`http://${domain}`) && DOMAIN.test(new URL(`http://${domain}`).hostname);
}
",
    ),
    (
        "isUrl(",
        "\
function isUrl(text: string): boolean {
  try {
    return new URL(text) !== undefined;
  } catch {
    return false;
  }
}
",
    ),
    (
        "isIp(",
        "const isIp = (text: string) => z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;\n",
    ),
];

/// Returns the part of the file that contains the schemas.
pub(super) fn schemas(contract: &Contract) -> String {
    let triggers = contract.rooms.iter().flat_map(|room| &room.triggers);
    let mut writer = Writer { contract, done: Vec::new(), begun: Vec::new(), text: String::new() };
    triggers.for_each(|payload| writer.declare_refs(&payload.ty));
    let mut rooms = String::new();
    for room in &contract.rooms {
        let entries: Vec<_> = room
            .triggers
            .iter()
            .map(|payload| format!("\n    {}: {},", key(payload.event.name()), writer.ty(&payload.ty, "    ")))
            .collect();
        let close = if entries.is_empty() { "" } else { "\n  " };
        let _ = writeln!(rooms, "  {}: {{{}{close}}},", key(&id(room.def)), entries.concat());
    }
    let said = doc(
        Some("The events that clients may trigger, by room and event. They check the same rules as the server."),
        "",
    );
    let body = format!("{}\n{said}export const schemas = {{\n{rooms}}} as unknown as {SCHEMAS};\n", writer.text);
    format!("{}{body}", helpers(&body))
}

/// Returns the helpers that the text calls, including those that other helpers call.
fn helpers(body: &str) -> String {
    let mut used = String::new();
    for (name, code) in HELPERS {
        if body.contains(name) || used.contains(name) {
            let _ = write!(used, "\n{code}");
        }
    }
    used
}

struct Writer<'a> {
    contract: &'a Contract,
    /// The types that have been declared.
    done: Vec<&'a str>,
    /// The types whose declaration has begun. A type that refers to one of them uses `z.lazy`.
    begun: Vec<&'a str>,
    text: String,
}

impl<'a> Writer<'a> {
    /// Declares the types that this type refers to.
    fn declare_refs(&mut self, ty: &'a Type) {
        for name in ty.refs() {
            if let Some(named) = self.contract.names.get(name)
                && !self.done.contains(&name)
                && !self.begun.contains(&name)
            {
                self.begun.push(name);
                self.declare_refs(&named.ty);
                let is_recursive = self.contract.reachable(std::iter::once(&named.ty)).contains(&name);
                let schema = self.ty(&named.ty, "");
                let _ = if is_recursive {
                    // TypeScript cannot infer the type of a recursive schema.
                    let ty = format!("z.ZodType<{name}>");
                    writeln!(self.text, "\nexport const {name}Schema: {ty} = {schema} as unknown as {ty};")
                } else {
                    writeln!(self.text, "\nexport const {name}Schema = {schema};")
                };
                self.done.push(name);
            }
        }
    }

    fn ty(&self, ty: &Type, indent: &str) -> String {
        match ty {
            Type::Unknown => "z.unknown()".to_owned(),
            Type::Never => "z.never()".to_owned(),
            Type::Null => "z.null()".to_owned(),
            Type::Boolean => "z.boolean()".to_owned(),
            Type::Number(number) => self::number(number),
            Type::Text(text) => self::text(text),
            Type::Literal(value) => format!("z.literal({value})"),
            Type::Array(items, bounds) => {
                format!("z.array({}){}", self.ty(items, indent), sizes(bounds))
            }
            Type::Tuple(types) => {
                let types: Vec<_> = types.iter().map(|item| self.ty(item, indent)).collect();
                format!("z.tuple([{}])", types.join(", "))
            }
            Type::Map(values, bounds) => {
                format!("z.record(z.string(), {}){}", self.ty(values, indent), entries(bounds))
            }
            Type::Object(object) => self.object(object, indent),
            Type::Union(types) => self.union(types, indent),
            Type::Intersection(types) => {
                let parts = types.iter().map(|part| self.ty(part, indent));
                parts.reduce(|all, part| format!("z.intersection({all}, {part})")).unwrap_or_default()
            }
            Type::Ref(name) if self.done.contains(&name.as_str()) => format!("{name}Schema"),
            Type::Ref(name) => format!("z.lazy(() => {name}Schema)"),
        }
    }

    fn union(&self, types: &[Type], indent: &str) -> String {
        let (nulls, others): (Vec<&Type>, Vec<&Type>) = types.iter().partition(|ty| **ty == Type::Null);
        let nullable = if nulls.is_empty() { "" } else { ".nullable()" };
        let texts: Vec<_> = others.iter().filter_map(|ty| text_literal(ty)).collect();
        if texts.len() == others.len() && !texts.is_empty() {
            return format!("z.enum([{}]){nullable}", texts.join(", "));
        }
        if let [only] = others.as_slice() {
            return format!("{}{nullable}", self.ty(only, indent));
        }
        let inner = format!("{indent}  ");
        let parts: Vec<_> = others.iter().map(|ty| format!("{inner}{},\n", self.ty(ty, &inner))).collect();
        format!("z.union([\n{}{indent}]){nullable}", parts.concat())
    }

    fn object(&self, object: &Object, indent: &str) -> String {
        let inner = format!("{indent}  ");
        let kind = if object.rest == Rest::Refused { "z.strictObject" } else { "z.object" };
        let fields: Vec<_> = object.fields.iter().map(|field| self.field(field, &inner)).collect();
        let line = format!("{kind}({{ {} }})", fields.join(", "));
        let mut text = if fields.is_empty() {
            format!("{kind}({{}})")
        } else if indent.len() + line.len() <= LINE && !line.contains('\n') {
            line
        } else {
            let lines: Vec<_> = fields.iter().map(|field| format!("{inner}{field},\n")).collect();
            format!("{kind}({{\n{}{indent}}})", lines.concat())
        };
        if let Rest::Of(values) = &object.rest {
            let _ = write!(text, ".catchall({})", self.ty(values, indent));
        }
        for field in &object.fields {
            if let Some((other, message)) = &field.must_match {
                let equal = format!("value[{}] === value[{}]", literal(&field.name), literal(other));
                let path = literal(&field.name);
                let message = literal(message.as_deref().unwrap_or("does not match"));
                let _ = write!(text, ".refine((value) => {equal}, {{ path: [{path}], message: {message} }})");
            }
        }
        text
    }

    fn field(&self, field: &Field, indent: &str) -> String {
        let mut ty = self.ty(&field.ty, indent);
        if field.is_optional {
            ty = match ty.strip_suffix(".nullable()") {
                Some(ty) => format!("{ty}.nullish()"),
                None => ty + ".optional()",
            };
        } else if field.ty == Type::Unknown {
            ty += ".refine((value) => value !== undefined, \"missing\")";
        }
        format!("{}: {ty}", key(&field.name))
    }
}

fn text_literal(ty: &Type) -> Option<String> {
    match ty {
        Type::Literal(value) if value.is_string() => Some(value.to_string()),
        _ => None,
    }
}

fn number(number: &Number) -> String {
    let mut text = if number.is_integer { "z.int()" } else { "z.number()" }.to_owned();
    for (method, bound, message) in &number.bounds {
        let default = if matches!(*method, "min" | "gt") { "too small" } else { "too large" };
        let _ = write!(text, ".{method}({bound}, {})", literal(message.as_deref().unwrap_or(default)));
    }
    text
}

fn text(rules: &Text) -> String {
    let mut text = "z.string()".to_owned();
    let mut refine = |condition: String, message: &Option<String>, default: &str| {
        let message = literal(message.as_deref().unwrap_or(default));
        let _ = write!(text, ".refine((text) => {condition}, {message})");
    };
    if let Some((min, message)) = &rules.length.min {
        refine(format!("length(text) >= {min}"), message, "too short");
    }
    if let Some((max, message)) = &rules.length.max {
        refine(format!("length(text) <= {max}"), message, "too long");
    }
    for (check, message) in &rules.checks {
        match check {
            Check::Format(format) => match format.as_str() {
                "email" => refine("isEmail(text)".into(), message, "not an email address"),
                "uri" => refine("isUrl(text)".into(), message, "not a URL"),
                "ip" => refine("isIp(text)".into(), message, "not an IP address"),
                "ipv4" => refine("z.ipv4().safeParse(text).success".into(), message, "not an IPv4 address"),
                "ipv6" => refine("z.ipv6().safeParse(text).success".into(), message, "not an IPv6 address"),
                _ => {}
            },
            Check::Pattern { pattern, ignores_case } => {
                let flags = if *ignores_case { "iu" } else { "u" };
                refine(format!("/{}/{flags}.test(text)", slashed(pattern)), message, "does not have the required form");
            }
            Check::NotPattern(pattern) => {
                refine(format!("!/{}/u.test(text)", slashed(pattern)), message, "has a forbidden part");
            }
        }
    }
    text
}

/// Escapes the pattern for a regular expression literal, which must not contain slashes or line breaks.
fn slashed(pattern: &str) -> String {
    let mut text = String::new();
    let mut is_escaped = false;
    for c in pattern.chars() {
        match c {
            '/' if !is_escaped => text += "\\/",
            '\n' => text += "\\n",
            c => text.push(c),
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text
}

fn sizes(bounds: &Bounds) -> String {
    let mut text = String::new();
    if let Some((min, message)) = &bounds.min {
        let _ = write!(text, ".min({min}, {})", literal(message.as_deref().unwrap_or("too short")));
    }
    if let Some((max, message)) = &bounds.max {
        let _ = write!(text, ".max({max}, {})", literal(message.as_deref().unwrap_or("too long")));
    }
    text
}

fn entries(bounds: &Bounds) -> String {
    let mut text = String::new();
    for (bound, sign, default) in [(&bounds.min, ">=", "too short"), (&bounds.max, "<=", "too long")] {
        if let Some((bound, message)) = bound {
            let message = literal(message.as_deref().unwrap_or(default));
            let _ = write!(text, ".refine((map) => Object.keys(map).length {sign} {bound}, {message})");
        }
    }
    text
}
