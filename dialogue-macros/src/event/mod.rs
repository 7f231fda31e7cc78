//! The derive macro `#[derive(Event)]`.

mod expand;
mod model;
mod options;
mod rules;
#[cfg(feature = "schema")]
mod schema;
mod serde_names;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput};

use crate::errors::Errors;
use model::Model;

pub(crate) use model::description;
pub(crate) use serde_names::snake_case;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    if let Err(error) = check_kind(&input) {
        return error.into_compile_error();
    }
    let mut errors = Errors::default();
    let model = Model::of(&input, &mut errors);
    if errors.is_empty() {
        return expand::event(&input, &model);
    }
    let fallback = expand::fallback(&model);
    let errors = errors.into_tokens();
    quote! { #errors #fallback }
}

/// Refuses what cannot be an event at all. These types get no fallback implementation.
fn check_kind(input: &DeriveInput) -> syn::Result<()> {
    let refuse = |tokens: &dyn quote::ToTokens, message| Err(syn::Error::new_spanned(tokens, message));
    if let Data::Union(union) = &input.data {
        return refuse(&union.union_token, "a union cannot be an event; use an enum");
    }
    if !input.generics.params.is_empty() {
        return refuse(
            &input.generics,
            "an event cannot be generic, because its name identifies one payload type; define a struct for each concrete type",
        );
    }
    Ok(())
}
