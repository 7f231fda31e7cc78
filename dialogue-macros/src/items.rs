//! Parses comma-separated items so that one invalid item does not hide the mistakes in the others.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Ident, Meta, Token};

use crate::errors::Errors;

/// Parses every item up to the end of `input`. After an error, parsing continues behind the next comma.
pub(crate) fn items(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut item: impl FnMut(ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) -> syn::Result<()> {
    while !input.is_empty() {
        let read = item(input, errors);
        if let Err(error) = read.and_then(|()| expect_end(input)) {
            errors.push(error);
            skip_to_comma(input)?;
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

/// Parses the items in the parentheses of an attribute. `empty` is the error message if there are none.
pub(crate) fn attribute(
    attr: &Attribute,
    empty: &str,
    errors: &mut Errors,
    item: impl FnMut(ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    match &attr.meta {
        Meta::List(list) if !list.tokens.is_empty() => {
            let read = list.parse_args_with(|input: ParseStream<'_>| items(input, errors, item));
            errors.check(read);
        }
        _ => errors.add(attr, empty),
    }
}

/// Parses the keyword of an item. `expected` describes the valid keywords.
pub(crate) fn key(input: ParseStream<'_>, expected: &str) -> syn::Result<(Ident, String)> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error(format!("expected {expected}")));
    }
    let key = input.call(Ident::parse_any)?;
    let word = key.unraw().to_string();
    Ok((key, word))
}

/// Parses the value behind `key =`.
pub(crate) fn value(key: &Ident, input: ParseStream<'_>, example: &str) -> syn::Result<Expr> {
    if input.parse::<Option<Token![=]>>()?.is_none() || at_end(input) {
        return Err(syn::Error::new(key.span(), format!("`{}` needs a value; write `{example}`", key.unraw())));
    }
    Ok(ungrouped(input.parse()?))
}

/// Removes the invisible groups that `macro_rules!` puts around its fragments.
pub(crate) fn ungrouped(mut expr: Expr) -> Expr {
    while let Expr::Group(group) = expr {
        expr = *group.expr;
    }
    expr
}

/// Returns whether the item has no more tokens.
pub(crate) fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

fn expect_end(input: ParseStream<'_>) -> syn::Result<()> {
    if at_end(input) { Ok(()) } else { Err(input.error("expected `,`")) }
}

/// Skips the rest of an invalid item.
pub(crate) fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !at_end(input) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}
