//! The macros of the `dialogue` crate: `#[derive(Event)]` and `rooms!`. Use them through that crate, which documents
//! them.
//!
//! Each macro parses its input, builds a model that borrows the syntax, checks the model and collects all errors, and
//! then expands to the code that a person would write by hand.

mod errors;
mod event;
mod items;
mod private;
mod rooms;
mod suggest;

use proc_macro::TokenStream;

/// Implements `dialogue::Event` for a struct or an enum. The options are documented at `dialogue::Event`.
#[proc_macro_derive(Event, attributes(event, validate, schemars))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    event::derive(input.into()).into()
}

/// Declares the rooms of an application. The syntax is documented at `dialogue::rooms!`.
#[proc_macro]
pub fn rooms(input: TokenStream) -> TokenStream {
    rooms::declare(input.into()).into()
}
