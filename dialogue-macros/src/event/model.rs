//! The model of an event type: its name, its rules and its fields on the wire.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Expr, Field, Fields, Ident, Lit, Member, Meta, Type};

use super::options::Options;
use super::rules::{self, Kind, Rule};
use super::serde_names::{Reading, SerdeAttrs, snake_case};
use crate::errors::Errors;
use crate::suggest;

const VALIDATE_ON_FIELD: &str = "`#[validate(..)]` is an attribute of fields; move it to the field that it checks";
const EVENT_ON_TYPE: &str = "`#[event(..)]` is an attribute of the whole event; move it to the struct or enum";

pub(crate) struct Model<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) options: Options,
    pub(crate) description: Option<String>,
    pub(crate) body: Body<'a>,
}

pub(crate) enum Body<'a> {
    Struct(Vec<FieldModel<'a>>),
    Enum(Vec<VariantModel<'a>>),
}

pub(crate) struct VariantModel<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) fields: Vec<FieldModel<'a>>,
}

pub(crate) struct FieldModel<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    /// The path of the field in issues.
    pub(crate) path: String,
    /// The keys that the field is read from; the first is its name. Empty if the field has no key of its own.
    pub(crate) keys: Vec<String>,
    pub(crate) defaulted: bool,
    pub(crate) rules: Vec<Rule>,
}

impl<'a> Model<'a> {
    pub(crate) fn of(input: &'a DeriveInput, errors: &mut Errors) -> Self {
        let serde = SerdeAttrs::parse(&input.attrs);
        misplaced(&input.attrs, "validate", VALIDATE_ON_FIELD, errors);
        Self {
            ident: &input.ident,
            options: Options::parse(&input.attrs, errors),
            description: description(&input.attrs),
            body: Body::of(&input.data, &serde, errors),
        }
    }

    /// Returns the name on the wire.
    pub(crate) fn name(&self) -> String {
        match &self.options.name {
            Some(name) => name.value(),
            None => snake_case(&self.ident.unraw().to_string()),
        }
    }
}

impl<'a> Body<'a> {
    fn of(data: &'a Data, serde: &SerdeAttrs, errors: &mut Errors) -> Self {
        match data {
            Data::Enum(data) => {
                let variants = data.variants.iter().map(|variant| {
                    misplaced(&variant.attrs, "validate", VALIDATE_ON_FIELD, errors);
                    misplaced(&variant.attrs, "event", EVENT_ON_TYPE, errors);
                    let own = SerdeAttrs::parse(&variant.attrs);
                    let name = own.variant_name(&variant.ident.unraw().to_string(), serde.rename_all.as_deref());
                    let prefix = match (&serde.tag, &serde.content) {
                        _ if serde.untagged => String::new(),
                        (Some(_), Some(content)) => content.clone(),
                        (Some(_), None) => String::new(),
                        (None, _) => name,
                    };
                    let rename_all = own.rename_all.as_deref().or(serde.rename_all_fields.as_deref());
                    let fields = fields(&variant.fields, &prefix, rename_all, &SerdeAttrs::default(), errors);
                    VariantModel { ident: &variant.ident, fields }
                });
                Self::Enum(variants.collect())
            }
            Data::Struct(data) => Self::Struct(fields(&data.fields, "", serde.rename_all.as_deref(), serde, errors)),
            Data::Union(_) => Self::Struct(Vec::new()),
        }
    }
}

fn fields<'a>(
    fields: &'a Fields,
    prefix: &str,
    rename_all: Option<&str>,
    container: &SerdeAttrs,
    errors: &mut Errors,
) -> Vec<FieldModel<'a>> {
    let transparent = fields.len() == 1 && (matches!(fields, Fields::Unnamed(_)) || container.transparent);
    let models: Vec<_> = fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let serde = SerdeAttrs::parse(&field.attrs);
            let member = member(field, index);
            let name = match &member {
                Member::Named(ident) => serde.field_name(&ident.unraw().to_string(), rename_all),
                Member::Unnamed(_) => format!("[{index}]"),
            };
            let is_plain = serde.reading == Reading::Plain && container.reading == Reading::Plain && !transparent;
            let has_key = matches!(member, Member::Named(_)) && is_plain;
            let keys = if has_key { [name.clone()].into_iter().chain(serde.aliases).collect() } else { Vec::new() };
            let is_its_container = transparent || serde.reading == Reading::Flattened;
            let path = if is_its_container { prefix.to_owned() } else { join(prefix, &name) };
            misplaced(&field.attrs, "event", EVENT_ON_TYPE, errors);
            let rules = rules::parse(&field.attrs, errors);
            check_types(&rules, &field.ty, errors);
            FieldModel { member, ty: &field.ty, path, keys, defaulted: serde.default || container.default, rules }
        })
        .collect();
    check_matches(&models, errors);
    models
}

/// Reports the attribute `name`, which has no meaning in this place.
fn misplaced(attrs: &[Attribute], name: &str, message: &str, errors: &mut Errors) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
        errors.add(attr, message);
    }
}

fn member(field: &Field, index: usize) -> Member {
    match &field.ident {
        Some(ident) => Member::Named(ident.clone()),
        None => Member::Unnamed(syn::Index { index: u32::try_from(index).unwrap_or(u32::MAX), span: field.ty.span() }),
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() || name.starts_with('[') { format!("{prefix}{name}") } else { format!("{prefix}.{name}") }
}

/// Reports mistakes that the name of the field's type shows. The others are found by the traits of the runtime.
fn check_types(rules: &[Rule], ty: &Type, errors: &mut Errors) {
    for rule in rules {
        match rule.kind {
            Kind::Length { .. } if is_number(inner(ty)) => errors.add(
                &rule.name,
                format!(
                    "`length` cannot check a number, such as `{}`; use `range(min = .., max = ..)`",
                    text(inner(ty))
                ),
            ),
            Kind::Range { .. } if is_ident(inner(ty), &["String", "Vec"]) => errors.add(
                &rule.name,
                format!(
                    "`range` checks numbers, and `{}` is not a number; use `length(min = .., max = ..)`",
                    text(inner(ty))
                ),
            ),
            Kind::Required if option_depth(ty) == 0 => {
                errors.add(&rule.name, "`required` applies to an `Option`; every other field is required anyway");
            }
            _ => {}
        }
    }
}

fn check_matches(fields: &[FieldModel<'_>], errors: &mut Errors) {
    let names: Vec<String> = fields.iter().map(|field| member_name(&field.member)).collect();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    for rule in fields.iter().flat_map(|field| &field.rules) {
        if let Kind::MustMatch(other, span) = &rule.kind
            && !known.contains(&other.as_str())
        {
            errors.push(syn::Error::new(*span, suggest::unknown("field", other, &known)));
        }
    }
}

/// Returns the field's name in Rust.
pub(crate) fn member_name(member: &Member) -> String {
    match member {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// Returns how many `Option`s wrap the type, as far as its tokens show.
pub(crate) fn option_depth(ty: &Type) -> usize {
    option_argument(ty).map_or(0, |inner| 1 + option_depth(inner))
}

/// Returns the type inside all of its `Option`s.
pub(crate) fn inner(ty: &Type) -> &Type {
    option_argument(ty).map_or(ty, inner)
}

fn option_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

pub(crate) fn is_number(ty: &Type) -> bool {
    const NUMBERS: &[&str] =
        &["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64"];
    is_ident(ty, NUMBERS)
}

/// Returns whether the type has one of these names, regardless of its arguments.
pub(crate) fn is_ident(ty: &Type, names: &[&str]) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

fn text(ty: &Type) -> String {
    quote::quote!(#ty).to_string().replace(' ', "")
}

/// Returns the doc comment as one string.
pub(crate) fn description(attrs: &[Attribute]) -> Option<String> {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(syn::ExprLit { lit: Lit::Str(line), .. }) => Some(line.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    let text = lines.collect::<Vec<_>>().join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Returns a span that points into the user's code and resolves names like the macro does.
pub(crate) fn at(span: Span) -> Span {
    span.resolved_at(Span::call_site())
}
