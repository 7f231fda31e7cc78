//! The macros of the dialogue crate: parse, then a model that borrows the syntax, then checks that collect every
//! error, then expansion to what a person would write by hand.

mod errors;
mod event;
mod items;
mod private;
mod rooms;
mod suggest;

use proc_macro::TokenStream;

/// Makes a struct or an enum an event. See the `Event` trait of the dialogue crate.
#[proc_macro_derive(Event, attributes(event, validate, schemars))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    event::derive(input.into()).into()
}

/// Declares the rooms of an application. See the dialogue crate.
#[proc_macro]
pub fn rooms(input: TokenStream) -> TokenStream {
    rooms::declare(input.into()).into()
}
