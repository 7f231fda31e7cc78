//! The module of the dialogue crate that the macros' output names.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _};

/// The module's name, with the version in it: where the macros of one version meet the dialogue crate of another, rustc says
/// that the module of that version is missing, and nothing worse happens.
macro_rules! name {
    () => {
        concat!("__private_", env!("CARGO_PKG_VERSION_MAJOR"), "_", env!("CARGO_PKG_VERSION_MINOR"))
    };
}

/// Stands for the module in `quote!`: `::dialogue::#private::Rules`.
#[expect(non_camel_case_types, reason = "it is written like a variable of `quote!`")]
pub(crate) struct private;

impl ToTokens for private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(Ident::new(name!(), Span::call_site()));
    }
}

/// The path of `schemars`, for the attributes that take it as text.
#[cfg(feature = "schema")]
pub(crate) const SCHEMARS: &str = concat!("::dialogue::", name!(), "::schemars");

/// The path of the type of anything, for the attributes that take it as text.
#[cfg(feature = "schema")]
pub(crate) const ANYTHING: &str = concat!("::dialogue::", name!(), "::Anything");
