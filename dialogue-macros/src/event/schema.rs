//! Generates the schema of an event: a private copy of its type that derives `JsonSchema`. This way the type itself may
//! derive `JsonSchema` too, and the copy can describe rules and encodings that schemars does not know.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Meta, Token, Visibility, parse_quote};

use super::model::{Body, FieldModel, Model};
use super::rules::{Kind, Rule};
use crate::private::{ANYTHING, SCHEMARS, private};

/// The serde attributes that encode with functions, whose result no schema can describe.
const BY_FUNCTION: &[&str] = &["with", "serialize_with", "deserialize_with"];

/// Generates the method `schema` of the event.
pub(crate) fn schema(input: &DeriveInput, model: &Model<'_>) -> TokenStream {
    let (ident, copy) = (&input.ident, copy(input, &model.body));
    quote! {
        fn schema(
            __generator: &mut ::dialogue::#private::schemars::SchemaGenerator,
        ) -> ::dialogue::#private::schemars::Schema {
            // The code that schemars derives calls methods of these traits, which are not in scope under
            // `#![no_implicit_prelude]`.
            #[allow(unused_imports)]
            use ::core::{convert::{From as _, Into as _}, iter::{Extend as _, Iterator as _, IntoIterator as _}};
            #copy
            __generator.subschema_for::<#ident>()
        }
    }
}

fn copy(input: &DeriveInput, body: &Body<'_>) -> DeriveInput {
    let mut copy = input.clone();
    copy.vis = Visibility::Inherited;
    let defaulted = has(&copy.attrs, "default");
    keep(&mut copy.attrs, &["default"]);
    let derive: [Attribute; 3] = [
        parse_quote!(#[derive(::dialogue::#private::schemars::JsonSchema)]),
        parse_quote!(#[schemars(crate = #SCHEMARS)]),
        parse_quote!(#[allow(dead_code)]),
    ];
    copy.attrs.splice(0..0, derive);
    match (&mut copy.data, body) {
        (Data::Struct(data), Body::Struct(models)) => fields(&mut data.fields, models, defaulted),
        (Data::Enum(data), Body::Enum(models)) => {
            for (variant, model) in data.variants.iter_mut().zip(models) {
                describe(&mut variant.attrs);
                variant.discriminant = None;
                fields(&mut variant.fields, &model.fields, false);
            }
        }
        _ => {}
    }
    copy
}

fn fields(fields: &mut Fields, models: &[FieldModel<'_>], defaulted: bool) {
    for (field, model) in fields.iter_mut().zip(models) {
        field.vis = Visibility::Inherited;
        describe(&mut field.attrs);
        if defaulted && !has(&field.attrs, "flatten") {
            field.attrs.push(parse_quote!(#[schemars(extend("x-optional" = true))]));
        }
        if model.rules.iter().any(|rule| matches!(rule.kind, Kind::Required)) {
            field.attrs.push(parse_quote!(#[schemars(required)]));
        }
        let rules: Vec<_> = model.rules.iter().filter_map(|rule| described(rule, models)).collect();
        if !rules.is_empty() {
            field.attrs.push(parse_quote!(#[schemars(extend("x-rules" = [#(#rules),*]))]));
        }
    }
}

/// Converts the attributes of a field or variant into those of schemars. A value that is encoded with a function may be
/// anything, unless a schemars attribute describes it.
fn describe(attrs: &mut Vec<Attribute>) {
    let by_function = BY_FUNCTION.iter().any(|name| has_in(attrs, "serde", name));
    let is_described = ["with", "schema_with"].iter().any(|name| has_in(attrs, "schemars", name));
    keep(attrs, BY_FUNCTION);
    if by_function && !is_described {
        attrs.push(parse_quote!(#[schemars(with = #ANYTHING)]));
    }
}

/// Keeps the attributes that affect the schema, without these arguments of serde.
fn keep(attrs: &mut Vec<Attribute>, without: &[&str]) {
    attrs.retain(|attr| ["serde", "schemars", "doc", "deprecated"].iter().any(|name| attr.path().is_ident(name)));
    for attr in attrs {
        let is_serde = attr.path().is_ident("serde");
        let unwanted = |meta: &Meta| {
            let is = |name: &&str| meta.path().is_ident(name);
            if is_serde { without.iter().any(is) } else { meta.path().is_ident("crate") }
        };
        if let Some(arguments) = arguments(attr)
            && let Meta::List(list) = &mut attr.meta
        {
            let kept = arguments.into_iter().filter(|meta| !unwanted(meta));
            list.tokens = kept.collect::<Punctuated<Meta, Token![,]>>().into_token_stream();
        }
    }
}

/// Returns the arguments of an attribute, or `None` if they are not plain, as in `schemars(extend(..))`, which takes
/// JSON.
fn arguments(attr: &Attribute) -> Option<Punctuated<Meta, Token![,]>> {
    match &attr.meta {
        Meta::List(list) => list.parse_args_with(Punctuated::parse_terminated).ok(),
        _ => None,
    }
}

fn has(attrs: &[Attribute], name: &str) -> bool {
    has_in(attrs, "serde", name)
}

fn has_in(attrs: &[Attribute], attribute: &str, name: &str) -> bool {
    let of = attrs.iter().filter(|attr| attr.path().is_ident(attribute));
    of.filter_map(arguments).flatten().any(|meta| meta.path().is_ident(name))
}

/// Returns a rule as JSON, in the form that the runtime's `schema::rules` reads, or `None` for rules that only Rust can
/// check.
fn described(rule: &Rule, fields: &[FieldModel<'_>]) -> Option<TokenStream> {
    let (name, arguments) = match &rule.kind {
        Kind::Length { min, max, equal } => ("length", bounds(&[("min", min), ("max", max), ("equal", equal)])),
        Kind::Range { min, max, exclusive_min, exclusive_max } => {
            let exclusive = [("exclusive_min", exclusive_min), ("exclusive_max", exclusive_max)];
            ("range", bounds(&[&[("min", min), ("max", max)][..], &exclusive].concat()))
        }
        Kind::Contains(pattern) => ("contains", quote! { , "pattern": (#pattern) }),
        Kind::DoesNotContain(pattern) => ("does_not_contain", quote! { , "pattern": (#pattern) }),
        Kind::Regex(pattern) => ("regex", quote! { , "pattern": (::dialogue::#private::regex(&#pattern)) }),
        Kind::MustMatch(other, _) => {
            let other = fields.iter().find(|field| super::model::member_name(&field.member) == *other);
            let path = other.map(|field| super::rules::literal(&field.path, Span::call_site()));
            ("must_match", quote! { , "other": #path })
        }
        Kind::Text(name) => (*name, TokenStream::new()),
        Kind::Custom(_) | Kind::Required | Kind::Nested => return None,
    };
    let message = rule.message.as_ref().map(|message| quote! { , "message": (#message) });
    Some(quote! { { "rule": #name #arguments #message } })
}

fn bounds(bounds: &[(&str, &Option<Expr>)]) -> TokenStream {
    let given = bounds.iter().filter_map(|(name, bound)| bound.as_ref().map(|bound| quote! { , #name: (#bound) }));
    given.collect()
}
