//! The names that serde gives to fields: `rename`, `rename_all`, `alias`, `default`, `skip`.
//!
//! Invalid attributes are ignored here, because serde reports them.

use proc_macro2::TokenStream;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, LitStr, Token};

/// What serde's attributes on a container or field say about names and presence.
#[derive(Default, Clone)]
pub(crate) struct SerdeAttrs {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<String>,
    pub(crate) rename_all_fields: Option<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) default: bool,
    pub(crate) transparent: bool,
    pub(crate) tag: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) untagged: bool,
    pub(crate) reading: Reading,
}

/// How a field or container is deserialized.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// From its own key, by its own type.
    #[default]
    Plain,
    /// In another way (`with`, `from`), or not at all (`skip`).
    Custom,
    /// From the keys of its container.
    Flattened,
}

impl SerdeAttrs {
    pub(crate) fn parse(attrs: &[Attribute]) -> Self {
        let mut serde = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
            let _serde_reports_it = attr.parse_nested_meta(|meta| serde.read(&meta));
        }
        serde
    }

    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match key.as_str() {
            "rename" => self.rename = deserialized_name(meta)?,
            "rename_all" => self.rename_all = deserialized_name(meta)?,
            "rename_all_fields" => self.rename_all_fields = deserialized_name(meta)?,
            "alias" => self.aliases.push(meta.value()?.parse::<LitStr>()?.value()),
            "tag" => self.tag = Some(meta.value()?.parse::<LitStr>()?.value()),
            "content" => self.content = Some(meta.value()?.parse::<LitStr>()?.value()),
            "untagged" => self.untagged = true,
            "transparent" => self.transparent = true,
            "default" => {
                self.default = true;
                skip(meta)?;
            }
            "skip" | "skip_deserializing" => self.reading = Reading::Custom,
            "flatten" => self.reading = Reading::Flattened,
            "with" | "deserialize_with" | "from" | "try_from" | "remote" => {
                self.reading = Reading::Custom;
                skip(meta)?;
            }
            _ => skip(meta)?,
        }
        Ok(())
    }

    /// Returns the variant's name on the wire. `rename_all` is the rule of its enum.
    pub(crate) fn variant_name(&self, ident: &str, rename_all: Option<&str>) -> String {
        match (&self.rename, rename_all) {
            (Some(name), _) => name.clone(),
            (None, Some(rule)) => apply_to_variant(rule, ident),
            (None, None) => ident.to_owned(),
        }
    }

    /// Returns the field's name on the wire. `rename_all` is the rule of its container.
    pub(crate) fn field_name(&self, ident: &str, rename_all: Option<&str>) -> String {
        match (&self.rename, rename_all) {
            (Some(name), _) => name.clone(),
            (None, Some(rule)) => apply(rule, ident),
            (None, None) => ident.to_owned(),
        }
    }
}

/// Parses `rename = "x"`, or the name for deserializing in `rename(serialize = "..", deserialize = "x")`.
fn deserialized_name(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<String>> {
    if meta.input.peek(Token![=]) {
        return Ok(Some(meta.value()?.parse::<LitStr>()?.value()));
    }
    let mut name = None;
    meta.parse_nested_meta(|inner| {
        let value = inner.value()?.parse::<LitStr>()?.value();
        if inner.path.is_ident("deserialize") {
            name = Some(value);
        }
        Ok(())
    })?;
    Ok(name)
}

fn skip(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<TokenStream>()?;
    }
    Ok(())
}

/// Applies serde's case rules to the fields of a struct, which are `snake_case` in Rust.
fn apply(rule: &str, field: &str) -> String {
    let pascal = || field.split('_').map(|word| first_letter(word, char::to_ascii_uppercase)).collect::<String>();
    match rule {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_ascii_uppercase(),
        "PascalCase" => pascal(),
        "camelCase" => first_letter(&pascal(), char::to_ascii_lowercase),
        "kebab-case" => field.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

/// Applies serde's case rules to the variants of an enum, which are `PascalCase` in Rust.
fn apply_to_variant(rule: &str, variant: &str) -> String {
    match rule {
        "lowercase" => variant.to_ascii_lowercase(),
        "UPPERCASE" => variant.to_ascii_uppercase(),
        "camelCase" => first_letter(variant, char::to_ascii_lowercase),
        "PascalCase" => variant.to_owned(),
        rule => apply(rule, &snake_case(variant)),
    }
}

/// Converts `UserJoined` to `user_joined`, like serde: an underscore before every capital but the first.
pub(crate) fn snake_case(pascal: &str) -> String {
    let mut snake = String::new();
    for (i, c) in pascal.char_indices() {
        if i > 0 && c.is_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn first_letter(word: &str, change: fn(&char) -> char) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| change(&first).to_string() + chars.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_rules_are_serdes() {
        let cases = [
            ("camelCase", "senderId"),
            ("PascalCase", "SenderId"),
            ("kebab-case", "sender-id"),
            ("SCREAMING_SNAKE_CASE", "SENDER_ID"),
            ("SCREAMING-KEBAB-CASE", "SENDER-ID"),
            ("lowercase", "sender_id"),
            ("snake_case", "sender_id"),
        ];
        for (rule, expected) in cases {
            assert_eq!(apply(rule, "sender_id"), expected, "{rule}");
        }
    }

    #[test]
    fn attributes_of_every_form_are_read() {
        let field: syn::Field = syn::parse_quote! {
            #[serde(rename(serialize = "a", deserialize = "b"), alias = "c", default = "f", skip_serializing_if = "g")]
            x: u8
        };
        let serde = SerdeAttrs::parse(&field.attrs);
        assert_eq!(
            (serde.rename.as_deref(), serde.aliases.as_slice(), serde.default),
            (Some("b"), &["c".to_owned()][..], true)
        );
    }
}
