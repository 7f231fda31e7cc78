//! `#[event(name = "..", history = 100, volatile)]`.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, Ident, LitStr, Token};

use crate::errors::Errors;
use crate::suggest;

const OPTIONS: &[&str] = &["name", "history", "volatile"];

/// What the attribute says.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<LitStr>,
    pub(crate) history: Option<Expr>,
    pub(crate) volatile: bool,
}

impl Options {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let mut seen: Vec<(String, Span)> = Vec::new();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("event")) {
            let parsed = attr.parse_nested_meta(|meta| {
                let key = key_of(&meta)?;
                let name = key.unraw().to_string();
                if seen.iter().any(|(seen, _)| *seen == name) {
                    errors.add(&key, format!("`{name}` is given twice"));
                }
                seen.push((name, key.span()));
                options.read(&key, &meta, errors)
            });
            errors.check(parsed);
        }
        options
    }

    fn read(&mut self, key: &Ident, meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<()> {
        match key.unraw().to_string().as_str() {
            "name" => self.name = errors.check(name(meta.value()?.parse()?)),
            "history" => self.history = Some(meta.value()?.parse()?),
            "volatile" if meta.input.peek(Token![=]) => {
                let value: Expr = meta.value()?.parse()?;
                errors.add(value, "`volatile` takes no value: write `#[event(volatile)]`, or leave it out");
            }
            "volatile" => self.volatile = true,
            other => {
                errors.add(key, suggest::unknown("event option", other, OPTIONS));
                skip_value(meta)?;
            }
        }
        Ok(())
    }
}

fn name(value: Expr) -> syn::Result<LitStr> {
    let Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. }) = &value else {
        return Err(syn::Error::new_spanned(value, "the name of an event is a string: `name = \"user:joined\"`"));
    };
    check_name(name)?;
    Ok(name.clone())
}

fn check_name(name: &LitStr) -> syn::Result<()> {
    let text = name.value();
    let fault = if text.is_empty() {
        "the name of an event cannot be empty"
    } else if text.starts_with("dialogue:") {
        "names that start with `dialogue:` are the protocol's own"
    } else if text == "*" {
        "`*` means every event, so no event can have it as its name"
    } else if text.chars().any(char::is_control) {
        "the name of an event cannot have control characters"
    } else {
        return Ok(());
    };
    Err(syn::Error::new_spanned(name, fault))
}

pub(crate) fn key_of(meta: &ParseNestedMeta<'_>) -> syn::Result<Ident> {
    meta.path.get_ident().cloned().ok_or_else(|| syn::Error::new_spanned(&meta.path, "expected an option"))
}

/// Reads over the value of an unknown option, so that the options after it are read too.
pub(crate) fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}
