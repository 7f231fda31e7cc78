//! Parses the pattern of a family's ids, such as `"match:{number:u64}"`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Ident, LitStr};

use crate::errors::Errors;
use crate::private::private;
use crate::suggest;

const TYPES: &[&str] = &["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "String"];

pub(crate) struct Pattern {
    pub(crate) literal: LitStr,
    pub(crate) segments: Vec<Segment>,
}

pub(crate) enum Segment {
    Literal(String),
    Param(Param),
}

pub(crate) struct Param {
    pub(crate) ident: Ident,
    /// One of [`TYPES`].
    pub(crate) ty: &'static str,
}

impl Pattern {
    pub(crate) fn parse(literal: &LitStr, errors: &mut Errors) -> Self {
        Self { literal: literal.clone(), segments: segments(literal, errors) }
    }

    pub(crate) fn params(&self) -> impl Iterator<Item = &Param> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Param(param) => Some(param),
            Segment::Literal(_) => None,
        })
    }

    pub(crate) fn is_family(&self) -> bool {
        self.params().next().is_some()
    }

    /// Returns whether some id matches both patterns. A parameter ends at `:` or `/`, so the parts between these can be
    /// compared one by one.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (self.pieces(), other.pieces());
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.overlaps(b))
    }

    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = vec![Piece::default()];
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => {
                    for c in text.chars() {
                        if is_separator(c) {
                            pieces.push(Piece { start: c.to_string(), param: None });
                            pieces.push(Piece::default());
                        } else if let Some(last) = pieces.last_mut() {
                            last.start.push(c);
                        }
                    }
                }
                Segment::Param(param) => {
                    if let Some(last) = pieces.last_mut() {
                        last.param = Some(param.ty);
                    }
                }
            }
        }
        pieces
    }
}

/// The part between two separators: literal text, possibly followed by a parameter.
#[derive(Default)]
struct Piece {
    start: String,
    param: Option<&'static str>,
}

impl Piece {
    fn overlaps(&self, other: &Self) -> bool {
        let (short, long) = if self.start.len() <= other.start.len() { (self, other) } else { (other, self) };
        let Some(rest) = long.start.strip_prefix(&short.start) else { return false };
        match (short.param, long.param) {
            (None, None) => rest.is_empty(),
            (Some(ty), None) => may_be(ty, rest) && !rest.is_empty(),
            (None, Some(_)) => false,
            (Some(ty), Some(_)) => may_be(ty, rest),
        }
    }
}

fn may_be(ty: &str, text: &str) -> bool {
    ty == "String" || text.chars().all(|c| c.is_ascii_digit() || (c == '-' && ty.starts_with('i')))
}

fn is_separator(c: char) -> bool {
    matches!(c, ':' | '/')
}

/// Parses the segments of an id. After an error, returns those that could be parsed.
fn segments(literal: &LitStr, errors: &mut Errors) -> Vec<Segment> {
    let text = literal.value();
    let mut refuse = |message: String| errors.push(syn::Error::new(literal.span(), message));
    if let Some(fault) = fault(&text) {
        refuse(fault.into());
    }
    let mut segments = Vec::new();
    let mut rest = text.as_str();
    while let Some(open) = rest.find('{') {
        if open > 0 {
            segments.push(Segment::Literal(rest[..open].to_owned()));
        }
        let Some((inside, after)) = rest[open + 1..].split_once('}') else {
            refuse(format!("the id has a `{{` without a matching `}}`: `{}`", &rest[open..]));
            return segments;
        };
        match param(inside, literal, &mut refuse) {
            Some(param) if is_repeated(&param, &segments) => {
                refuse(format!("the id has two parameters `{}`; rename one of them", param.name()));
            }
            Some(param) => segments.push(Segment::Param(param)),
            None => {}
        }
        rest = after;
        if rest.starts_with(|c| !is_separator(c)) {
            refuse(
                "a parameter must be followed by `:`, by `/` or by the end of the id, so that ids are unambiguous"
                    .into(),
            );
        }
    }
    if !rest.is_empty() || segments.is_empty() {
        segments.push(Segment::Literal(rest.to_owned()));
    }
    segments
}

/// Returns what is wrong with the id as a whole.
fn fault(id: &str) -> Option<&'static str> {
    if id.is_empty() {
        Some("the id of a room cannot be empty")
    } else if id.starts_with("dialogue:") {
        Some("room ids that start with `dialogue:` are reserved for the protocol; choose another id")
    } else if id.chars().any(char::is_control) {
        Some("the id of a room cannot contain control characters")
    } else if id.split('{').enumerate().any(|(i, part)| part.matches('}').count() > usize::from(i > 0)) {
        Some("the id has a `}` without a matching `{`")
    } else {
        None
    }
}

fn is_repeated(param: &Param, segments: &[Segment]) -> bool {
    segments.iter().any(|segment| matches!(segment, Segment::Param(other) if other.ident == param.ident))
}

/// Parses `number:u64`. If the type is unknown, the parameter gets a likely one, so that the family still has its field
/// and one mistake causes one error.
fn param(text: &str, literal: &LitStr, refuse: &mut impl FnMut(String)) -> Option<Param> {
    let (name, ty) = match text.split_once(':') {
        Some((name, ty)) => (name.trim(), Some(ty.trim())),
        None => (text.trim(), None),
    };
    let Ok(ident) = syn::parse_str::<Ident>(name) else {
        refuse(format!(
            "`{{{text}}}` is not a parameter; write the name of a field and its type, such as `{{number:u64}}`"
        ));
        return None;
    };
    let known = ty.and_then(|ty| TYPES.iter().find(|known| **known == ty));
    let ty = known.copied().unwrap_or_else(|| {
        let near = ty.and_then(|ty| suggest::nearest(ty, TYPES));
        refuse(match ty {
            Some(ty) => suggest::unknown("parameter type", ty, TYPES),
            None => format!("the parameter `{{{name}}}` has no type; write `{{{name}:u64}}` or `{{{name}:String}}`"),
        });
        near.unwrap_or("u64")
    });
    Some(Param { ident: Ident::new(&ident.to_string(), literal.span()), ty })
}

impl Param {
    /// Returns the type of the family's field.
    pub(crate) fn rust_type(&self) -> TokenStream {
        if self.ty == "String" {
            return quote! { ::std::string::String };
        }
        let ty = Ident::new(self.ty, self.ident.span());
        quote! { #ty }
    }

    /// Returns the type as a `Param` of the runtime.
    pub(crate) fn kind(&self) -> TokenStream {
        let bits: u32 = self.ty[1..].parse().unwrap_or_default();
        match &self.ty[..1] {
            "u" => quote! { ::dialogue::#private::Param::Unsigned(#bits) },
            "i" => quote! { ::dialogue::#private::Param::Signed(#bits) },
            _ => quote! { ::dialogue::#private::Param::Text },
        }
    }

    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;

    fn pattern(text: &str) -> Pattern {
        let mut errors = Errors::default();
        let pattern = Pattern::parse(&LitStr::new(text, Span::call_site()), &mut errors);
        assert!(errors.is_empty(), "{text}");
        pattern
    }

    fn faults(text: &str) -> String {
        let mut errors = Errors::default();
        Pattern::parse(&LitStr::new(text, Span::call_site()), &mut errors);
        errors.into_tokens().to_string()
    }

    #[test]
    fn patterns_overlap_when_one_id_fits_both() {
        let cases = [
            ("match:{a:u64}", "match:{b:u8}", true),
            ("match:{a:u64}", "match:lobby", false),
            ("match:{a:u64}", "match:7", true),
            ("match:{a:String}", "match:lobby", true),
            ("doc:{a:String}", "doc:{a:String}:{b:u8}", false),
            ("user-{a:String}", "user-x{b:u8}", true),
            ("user-{a:u8}", "user-x{b:u8}", false),
            ("lobby", "lobby", true),
            ("a:{x:i8}", "a:-{y:u8}", true),
        ];
        for (a, b, expected) in cases {
            assert_eq!(pattern(a).overlaps(&pattern(b)), expected, "{a} {b}");
            assert_eq!(pattern(b).overlaps(&pattern(a)), expected, "{b} {a}");
        }
    }

    #[test]
    fn bad_patterns_say_what_is_wrong() {
        let cases = [
            ("match:{number:u46}", "unknown parameter type `u46`, did you mean `u64`?"),
            ("match:{number:u64", "the id has a `{` without a matching `}`: `{number:u64`"),
            ("match:number:u64}", "the id has a `}` without a matching `{`"),
            ("match:{number:u64}}", "the id has a `}` without a matching `{`"),
            ("match:{number}", "the parameter `{number}` has no type"),
            ("{a:u8}{b:u8}", "a parameter must be followed by"),
        ];
        for (text, message) in cases {
            assert!(faults(text).contains(message), "{text}: {}", faults(text));
        }
    }
}
