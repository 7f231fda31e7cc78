//! `"match:{number:u64}"`: the ids of a family.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Ident, LitStr};

use crate::errors::Errors;
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
        let segments = errors.check(segments(literal));
        let segments = segments.unwrap_or_else(|| vec![Segment::Literal(literal.value())]);
        Self { literal: literal.clone(), segments }
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

    /// Whether some id fits both patterns. Parameters end at `:` or `/`, so the pieces between those can be
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

/// What stands between two separators: literal text, then perhaps a parameter.
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

fn segments(literal: &LitStr) -> syn::Result<Vec<Segment>> {
    let text = literal.value();
    let refuse = |message: String| Err(syn::Error::new(literal.span(), message));
    if text.is_empty() {
        return refuse("the id of a room cannot be empty".into());
    }
    if text.starts_with("dialogue:") {
        return refuse("ids that start with `dialogue:` are the protocol's own".into());
    }
    if text.chars().any(char::is_control) {
        return refuse("the id of a room cannot have control characters".into());
    }
    let mut segments = Vec::new();
    let mut rest = text.as_str();
    while let Some(open) = rest.find('{') {
        if open > 0 {
            segments.push(Segment::Literal(rest[..open].to_owned()));
        }
        let Some(close) = rest.find('}') else {
            return refuse(format!("unclosed `{{` in the id: `{}`", &rest[open..]));
        };
        if close < open {
            return refuse("`}` without `{` in the id".into());
        }
        let param = param(&rest[open + 1..close], literal)?;
        if segments.iter().any(|segment| matches!(segment, Segment::Param(other) if other.ident == param.ident)) {
            return refuse(format!("the parameter `{}` is there twice", param.ident));
        }
        segments.push(Segment::Param(param));
        rest = &rest[close + 1..];
        if rest.starts_with(|c| !is_separator(c)) {
            return refuse("a parameter ends at `:`, at `/` or with the id, so that ids can be told apart".into());
        }
    }
    if rest.contains('}') {
        return refuse("`}` without `{` in the id".into());
    }
    if !rest.is_empty() {
        segments.push(Segment::Literal(rest.to_owned()));
    }
    Ok(segments)
}

fn param(text: &str, literal: &LitStr) -> syn::Result<Param> {
    let refuse = |message: String| Err(syn::Error::new(literal.span(), message));
    let Some((name, ty)) = text.split_once(':') else {
        return refuse(format!("the parameter `{{{text}}}` needs a type: `{{{text}:u64}}` or `{{{text}:String}}`"));
    };
    let (name, ty) = (name.trim(), ty.trim());
    let Some(ty) = TYPES.iter().find(|known| **known == ty) else {
        return refuse(suggest::unknown("parameter type", ty, TYPES));
    };
    match syn::parse_str::<Ident>(name) {
        Ok(ident) => Ok(Param { ident: Ident::new(&ident.to_string(), literal.span()), ty }),
        Err(_) => refuse(format!("`{name}` cannot be the name of a parameter: it becomes a field of the family")),
    }
}

impl Param {
    /// The type of the family's field.
    pub(crate) fn rust_type(&self) -> TokenStream {
        if self.ty == "String" {
            return quote! { ::std::string::String };
        }
        let ty = Ident::new(self.ty, self.ident.span());
        quote! { #ty }
    }

    /// The runtime's name of the type.
    pub(crate) fn kind(&self) -> TokenStream {
        let bits: u32 = self.ty[1..].parse().unwrap_or_default();
        match &self.ty[..1] {
            "u" => quote! { ::dialogue::__private::Param::Unsigned(#bits) },
            "i" => quote! { ::dialogue::__private::Param::Signed(#bits) },
            _ => quote! { ::dialogue::__private::Param::Text },
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

    fn fault(text: &str) -> String {
        segments(&LitStr::new(text, Span::call_site())).err().map(|error| error.to_string()).unwrap_or_default()
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
        assert_eq!(fault("match:{number:u46}"), "unknown parameter type `u46`, did you mean `u64`?");
        assert_eq!(fault("match:{number:u64"), "unclosed `{` in the id: `{number:u64`");
        assert!(fault("match:{number}").contains("needs a type"));
        assert!(fault("{a:u8}{b:u8}").contains("ends at"));
    }
}
