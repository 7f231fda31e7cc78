//! Parses the outer syntax: a list of `pub Name { .. }`. One invalid room does not hide the others.

use syn::parse::ParseStream;
use syn::{Attribute, Ident, Token, Visibility};

use super::settings::Settings;
use crate::errors::Errors;

pub(crate) struct Declaration {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) settings: Settings,
    /// The mistakes in the settings.
    pub(crate) errors: Errors,
}

pub(crate) fn declarations(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<Declaration>> {
    let mut declarations = Vec::new();
    while !input.is_empty() {
        match Declaration::parse(input) {
            Ok(declaration) => declarations.push(declaration),
            Err(error) => {
                errors.push(error);
                skip_to_room(input)?;
            }
        }
    }
    Ok(declarations)
}

impl Declaration {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !input.peek(Ident) {
            return Err(input.error("expected a room, such as `pub General { events: [Message] }`"));
        }
        let ident: Ident = input.parse()?;
        if !input.peek(syn::token::Brace) {
            return Err(
                input.error(format!("expected the settings of `{ident}` in braces, such as `{{ events: [Message] }}`"))
            );
        }
        let content;
        syn::braced!(content in input);
        let mut errors = Errors::default();
        let settings = Settings::parse(&content, &mut errors)?;
        Ok(Self { attrs, vis, ident, settings, errors })
    }
}

/// Skips the rest of an invalid declaration, up to where the next one seems to begin.
fn skip_to_room(input: ParseStream<'_>) -> syn::Result<()> {
    let mut in_braces = false;
    while !input.is_empty() && !in_braces && !input.peek(Token![pub]) && !input.peek(Token![#]) {
        in_braces = input.peek(syn::token::Brace);
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}
