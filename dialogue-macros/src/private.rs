//! The path of the hidden module of the dialogue crate that the macro output refers to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _};

/// The module's name contains the version. If the macros of one version meet the dialogue crate of another, rustc
/// reports that the module is missing, instead of errors inside the macro output.
macro_rules! name {
    () => {
        concat!("__private_", env!("CARGO_PKG_VERSION_MAJOR"), "_", env!("CARGO_PKG_VERSION_MINOR"))
    };
}

/// The module, for use in `quote!`: `::dialogue::#private::Rules`.
#[expect(non_camel_case_types, reason = "it is written like a variable of `quote!`")]
pub(crate) struct private;

impl ToTokens for private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(Ident::new(name!(), Span::call_site()));
    }
}

/// The path of `schemars`, for attributes that take it as a string.
#[cfg(feature = "schema")]
pub(crate) const SCHEMARS: &str = concat!("::dialogue::", name!(), "::schemars");

/// The path of the type `Anything`, for attributes that take it as a string.
#[cfg(feature = "schema")]
pub(crate) const ANYTHING: &str = concat!("::dialogue::", name!(), "::Anything");
