//! The macro `rooms! { .. }`.

mod check;
mod expand;
mod model;
mod parse;
mod pattern;
mod settings;

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser as _};

use crate::errors::Errors;

pub(crate) fn declare(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let parsed = (|input: ParseStream<'_>| parse::declarations(input, &mut errors)).parse2(input);
    let declarations = errors.check(parsed).unwrap_or_default();
    let mut rooms: Vec<_> =
        declarations.into_iter().map(|declaration| model::Room::of(declaration, &mut errors)).collect();
    check::table(&mut rooms, &mut errors);
    expand::rooms(&rooms, errors)
}
