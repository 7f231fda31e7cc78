//! `rooms! { .. }`.

mod check;
mod expand;
mod parse;
mod pattern;
mod settings;

use proc_macro2::TokenStream;

use crate::errors::Errors;

pub(crate) fn declare(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let declarations = match syn::parse2::<parse::Declarations>(input) {
        Ok(declarations) => declarations.0,
        Err(error) => return error.into_compile_error(),
    };
    let rooms: Vec<_> = declarations.iter().map(|room| settings::Room::of(room, &mut errors)).collect();
    check::ids(&rooms, &mut errors);
    expand::rooms(&rooms, errors)
}
