//! Generates the implementation of `Event`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Expr, Ident, Member};

use super::model::{Body, FieldModel, Model, VariantModel, at, inner, is_ident, is_number, member_name, option_depth};
use super::options::Rate;
use super::rules::{Kind, Rule, as_float, literal};
use crate::private::private;

pub(crate) fn event(input: &DeriveInput, model: &Model<'_>) -> TokenStream {
    let ident = model.ident;
    let name = match &model.options.name {
        Some(name) => name.clone(),
        None => literal(&model.name(), ident.span()),
    };
    let description = model.description.as_ref().map(|text| {
        quote! { const DESCRIPTION: ::core::option::Option<&'static str> = ::core::option::Option::Some(#text); }
    });
    let history = model.options.history.as_ref().map(|history| quote! { const HISTORY: usize = #history; });
    let volatile = model.options.volatile.then(|| quote! { const VOLATILE: bool = true; });
    let rate_limit = model.options.rate_limit.map(|Rate { max, millis }| {
        let rate = quote! { ::dialogue::#private::rate(#max, #millis) };
        quote! {
            const RATE_LIMIT: ::core::option::Option<::dialogue::#private::Rate> = ::core::option::Option::Some(#rate);
        }
    });
    let check = check(&model.body);
    let shape = shape(&model.body);
    let schema = schema(input, model);
    let body = quote! {
        const NAME: &'static str = #name;
        #description
        #history
        #volatile
        #rate_limit
        #check
        #shape
        #schema
    };
    implement(ident, &body)
}

/// Generates the minimal implementation of `Event`, so that one mistake in the options causes one error.
pub(crate) fn fallback(model: &Model<'_>) -> TokenStream {
    let name = model.name();
    implement(model.ident, &quote! { const NAME: &'static str = #name; })
}

/// Gives the `impl` the span of the type, so that rustc points there when it lists the types that are events.
fn implement(ident: &Ident, body: &TokenStream) -> TokenStream {
    let event = quote! { ::dialogue::Event };
    quote_spanned! { ident.span() =>
        #[automatically_derived]
        impl #event for #ident { #body }
    }
}

fn check(body: &Body<'_>) -> Option<TokenStream> {
    let rules = match body {
        Body::Struct(fields) if has_rules(fields) => {
            let pattern = pattern(fields);
            let rules = fields.iter().map(|field| field_rules(field, fields));
            quote! {
                let Self #pattern = self;
                #(#rules)*
            }
        }
        Body::Enum(variants) if variants.iter().any(|variant| has_rules(&variant.fields)) => enum_rules(variants),
        _ => return None,
    };
    Some(quote! {
        fn check(&self) -> ::core::result::Result<(), ::dialogue::#private::Invalid> {
            let mut __rules = ::dialogue::#private::Rules::new();
            #rules
            __rules.finish()
        }
    })
}

fn enum_rules(variants: &[VariantModel<'_>]) -> TokenStream {
    let arms = variants.iter().filter(|variant| has_rules(&variant.fields)).map(|variant| {
        let (ident, fields) = (variant.ident, &variant.fields);
        let pattern = pattern(fields);
        let rules = fields.iter().map(|field| field_rules(field, fields));
        quote! { Self::#ident #pattern => { #(#rules)* } }
    });
    let others = variants.iter().any(|variant| !has_rules(&variant.fields)).then(|| quote! { _ => {} });
    quote! { match self { #(#arms)* #others } }
}

fn has_rules(fields: &[FieldModel<'_>]) -> bool {
    fields.iter().any(|field| !field.rules.is_empty())
}

/// Generates `{ text: __text, .. }` with the fields that a rule checks. The form `{ 0: __0, .. }` matches tuple structs
/// too.
fn pattern(fields: &[FieldModel<'_>]) -> TokenStream {
    let looked_at = |field: &FieldModel<'_>| {
        let name = member_name(&field.member);
        let matched = |rule: &Rule| matches!(&rule.kind, Kind::MustMatch(other, _) if *other == name);
        !field.rules.is_empty() || fields.iter().any(|field| field.rules.iter().any(matched))
    };
    let bindings = fields.iter().filter(|field| looked_at(field)).map(|field| {
        let (member, binding) = (&field.member, binding(&field.member, Span::call_site()));
        quote! { #member: #binding }
    });
    quote! { { #(#bindings,)* .. } }
}

fn binding(member: &Member, span: Span) -> Ident {
    format_ident!("__{}", member_name(member), span = span)
}

fn field_rules(field: &FieldModel<'_>, all: &[FieldModel<'_>]) -> TokenStream {
    let calls = field.rules.iter().map(|rule| {
        let call = reworded(rule, call(rule, field, all));
        let looks_at_option = matches!(rule.kind, Kind::Required | Kind::MustMatch(..));
        let depth = if looks_at_option { 0 } else { option_depth(field.ty) };
        let binding = binding(&field.member, Span::call_site());
        (0..depth).fold(call, |call, _| {
            quote! { if let ::core::option::Option::Some(#binding) = #binding { #call } }
        })
    });
    quote! { #(#calls)* }
}

/// Generates the call of one rule, with the span where its errors should point.
fn call(rule: &Rule, field: &FieldModel<'_>, all: &[FieldModel<'_>]) -> TokenStream {
    let span = at(rule.name.span());
    let path = &field.path;
    let value = binding(&field.member, span);
    let is_float = is_ident(inner(field.ty), &["f32", "f64"]);
    let number =
        |bound: &Option<Expr>| option(bound.as_ref().map(|b| if is_float { as_float(b) } else { b.clone() }).as_ref());
    match &rule.kind {
        Kind::Length { min, max, equal } => {
            let (min, max, equal) = (option(min.as_ref()), option(max.as_ref()), option(equal.as_ref()));
            quote_spanned! { span => __rules.length(#path, #value, #min, #max, #equal); }
        }
        Kind::Range { min, max, exclusive_min, exclusive_max } => {
            let [min, max] = [min, max].map(number);
            let [exclusive_min, exclusive_max] = [exclusive_min, exclusive_max].map(number);
            quote_spanned! { span => __rules.range(#path, #value, #min, #max, #exclusive_min, #exclusive_max); }
        }
        Kind::Contains(pattern) => quote_spanned! { span => __rules.contains(#path, #value, #pattern); },
        Kind::DoesNotContain(pattern) => quote_spanned! { span => __rules.does_not_contain(#path, #value, #pattern); },
        Kind::Regex(pattern) => quote_spanned! { span => __rules.regex(#path, #value, &#pattern); },
        Kind::MustMatch(other, other_span) => {
            let other_path = all.iter().find(|field| member_name(&field.member) == *other).map(|field| &field.path);
            let other = format_ident!("__{other}", span = at(*other_span));
            quote_spanned! { span => __rules.must_match(#path, #value, { #other }, #other_path); }
        }
        Kind::Custom(function) => {
            let value = if is_number(inner(field.ty)) {
                quote! { *#value }
            } else {
                quote! { #value }
            };
            let result = quote_spanned! { at(function.span()) => #function(#value) };
            quote_spanned! { span => __rules.custom(#path, { #result }); }
        }
        Kind::Required => quote_spanned! { span => __rules.required(#path, #value); },
        Kind::Nested => quote_spanned! { span => __rules.nested(#path, #value); },
        Kind::Text(method) => {
            let method = Ident::new(method, span);
            quote_spanned! { span => __rules.#method(#path, #value); }
        }
    }
}

fn reworded(rule: &Rule, call: TokenStream) -> TokenStream {
    if rule.code.is_none() && rule.message.is_none() {
        return call;
    }
    let (code, message) = (option(rule.code.as_ref()), option(rule.message.as_ref()));
    quote! { __rules.reworded(#code, #message, |__rules| { #call }); }
}

/// Generates an optional argument. The braces make rustc report a value of the wrong type on its own, not as an
/// argument of `Some`.
fn option(value: Option<&Expr>) -> TokenStream {
    let some = value.map(|value| quote! { ::core::option::Option::Some({ #value }) });
    some.unwrap_or_else(|| quote! { ::core::option::Option::None })
}

fn shape(body: &Body<'_>) -> Option<TokenStream> {
    let Body::Struct(fields) = body else { return None };
    let keyed: Vec<_> = fields.iter().filter(|field| !field.keys.is_empty()).collect();
    if keyed.is_empty() {
        return None;
    }
    let calls = keyed.iter().map(|field| {
        let (ty, keys) = (field.ty, &field.keys);
        let method = if field.defaulted {
            quote! { defaulted }
        } else {
            quote! { field }
        };
        quote! { __shape.#method::<#ty>(&[#(#keys),*]); }
    });
    Some(quote! {
        fn shape(__shape: &mut ::dialogue::#private::Shape<'_>) {
            #(#calls)*
        }
    })
}

#[cfg(feature = "schema")]
fn schema(input: &DeriveInput, model: &Model<'_>) -> TokenStream {
    super::schema::schema(input, model)
}

#[cfg(not(feature = "schema"))]
fn schema(_: &DeriveInput, _: &Model<'_>) -> TokenStream {
    TokenStream::new()
}
