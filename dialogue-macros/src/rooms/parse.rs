//! The outer form: `pub Name { .. }`, again and again. What stands in the braces is read later, so that one broken
//! room does not hide the others.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Visibility};

pub(crate) struct Declarations(pub(crate) Vec<Declaration>);

pub(crate) struct Declaration {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) body: TokenStream,
}

impl Parse for Declarations {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut declarations = Vec::new();
        while !input.is_empty() {
            declarations.push(input.parse()?);
        }
        Ok(Self(declarations))
    }
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !input.peek(Ident) {
            return Err(input.error("expected a room: `pub General { events: [Message] }`"));
        }
        let ident: Ident = input.parse()?;
        if !input.peek(syn::token::Brace) {
            return Err(input.error(format!("expected the settings of `{ident}` in braces: `{{ events: [Message] }}`")));
        }
        let content;
        syn::braced!(content in input);
        Ok(Self { attrs, vis, ident, body: content.parse()? })
    }
}
