//! The settings of one room, as they were written, and its model.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Path, Token, Visibility};

use super::check;
use super::parse::Declaration;
use super::pattern::Pattern;
use crate::errors::Errors;
use crate::event::{description, snake_case};
use crate::suggest;

const SETTINGS: &[&str] = &[
    "id",
    "name",
    "events",
    "server_events",
    "default_subscriptions",
    "max_size",
    "sync_history_on_join",
    "open",
    "close_when_empty",
];

pub(crate) struct Room<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) docs: Vec<&'a Attribute>,
    pub(crate) description: Option<String>,
    pub(crate) id: Pattern,
    pub(crate) name: LitStr,
    pub(crate) events: List,
    pub(crate) server_events: List,
    pub(crate) default_subscriptions: List,
    /// The settings that go into the table as they are: key and value.
    pub(crate) plain: Vec<(Ident, TokenStream)>,
    /// Whether a mistake was found here; then the room is left out of the table.
    pub(crate) broken: bool,
}

/// `[Message, Typing]` or `[*]`.
#[derive(Default)]
pub(crate) struct List {
    pub(crate) any: Option<Token![*]>,
    pub(crate) events: Vec<Path>,
}

/// The settings as they come out of the braces.
#[derive(Default)]
struct Settings {
    seen: Vec<Ident>,
    id: Option<LitStr>,
    name: Option<LitStr>,
    events: Option<List>,
    server_events: List,
    default_subscriptions: List,
    plain: Vec<(Ident, TokenStream)>,
}

impl<'a> Room<'a> {
    pub(crate) fn of(declaration: &'a Declaration, errors: &mut Errors) -> Self {
        let mut own = Errors::default();
        let ident = &declaration.ident;
        let settings = Settings::parse(declaration, &mut own);
        if settings.events.is_none() && own.is_empty() {
            own.add(
                ident,
                format!(
                    "room `{ident}` has no `events`: write `events: [..]`, or `events: []` if only the server speaks"
                ),
            );
        }
        let word = ident.unraw().to_string();
        let id = settings.id.unwrap_or_else(|| LitStr::new(&snake_case(&word), ident.span()));
        let id = Pattern::parse(&id, &mut own);
        let name = settings.name.unwrap_or_else(|| LitStr::new(&default_name(&word, &id), ident.span()));
        let mut room = Self {
            ident,
            vis: &declaration.vis,
            docs: declaration.attrs.iter().filter(|attr| attr.path().is_ident("doc")).collect(),
            description: description(&declaration.attrs),
            id,
            name,
            events: settings.events.unwrap_or_default(),
            server_events: settings.server_events,
            default_subscriptions: settings.default_subscriptions,
            plain: settings.plain,
            broken: false,
        };
        check::room(&mut room, &mut own);
        for attr in declaration.attrs.iter().filter(|attr| !attr.path().is_ident("doc")) {
            own.add(attr, "a room takes doc comments and no other attributes");
        }
        room.broken = !own.is_empty();
        errors.append(own);
        room
    }

    /// The events of both lists.
    pub(crate) fn all_events(&self) -> impl Iterator<Item = &Path> {
        self.events.events.iter().chain(&self.server_events.events)
    }
}

impl Settings {
    fn parse(declaration: &Declaration, errors: &mut Errors) -> Self {
        let mut settings = Self::default();
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = settings.read(input, errors) {
                    errors.push(error);
                    skip_setting(input)?;
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        let result = read.parse2(declaration.body.clone());
        errors.check(result);
        settings
    }

    fn read(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let key: Ident = input.call(Ident::parse_any)?;
        let word = key.unraw().to_string();
        if !SETTINGS.contains(&word.as_str()) {
            return Err(syn::Error::new(key.span(), suggest::unknown("setting", &word, SETTINGS)));
        }
        if self.seen.contains(&key) {
            errors.add(&key, format!("`{word}` is given twice"));
        }
        self.seen.push(key.clone());
        if !input.peek(Token![:]) {
            return Err(syn::Error::new(key.span(), format!("expected `{word}: ..`")));
        }
        input.parse::<Token![:]>()?;
        match word.as_str() {
            "id" => self.id = Some(string(input, "id", "\"lobby\"")?),
            "name" => self.name = Some(string(input, "name", "\"The lobby\"")?),
            "events" => self.events = Some(List::parse(input, "events")?),
            "server_events" => self.server_events = List::parse(input, "server_events")?,
            "default_subscriptions" => self.default_subscriptions = List::parse(input, "default_subscriptions")?,
            _ => {
                let value = plain(&word, input)?;
                self.plain.push((key, value));
            }
        }
        Ok(())
    }
}

/// A setting that goes into the table as it is, so that rustc checks its type on the user's own token.
fn plain(key: &str, input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let value: Expr = input.parse()?;
    Ok(match (key, &value) {
        ("max_size", Expr::Lit(ExprLit { lit: Lit::Int(int), .. })) if int.base10_digits() == "0" => {
            return Err(syn::Error::new(
                int.span(),
                "a room with `max_size: 0` seats nobody; leave it out for no limit",
            ));
        }
        ("max_size", Expr::Lit(_)) => value.into_token_stream(),
        ("max_size", _) => {
            let check =
                quote::quote_spanned! { syn::spanned::Spanned::span(&value) => ::dialogue::__private::assert_seats };
            quote! { #check(#value) }
        }
        ("sync_history_on_join", Expr::Lit(ExprLit { lit: Lit::Bool(all), .. })) => {
            if all.value {
                quote! { usize::MAX }
            } else {
                quote! { 0 }
            }
        }
        ("open", _) => open(&value)?,
        _ => value.into_token_stream(),
    })
}

fn open(value: &Expr) -> syn::Result<TokenStream> {
    let word = value.to_token_stream().to_string();
    match word.as_str() {
        "server" => Ok(quote! { ::dialogue::__private::Open::Server }),
        "on_join" => Ok(quote! { ::dialogue::__private::Open::OnJoin }),
        _ => Err(syn::Error::new_spanned(value, suggest::unknown("way to open a room", &word, &["server", "on_join"]))),
    }
}

fn string(input: ParseStream<'_>, key: &str, example: &str) -> syn::Result<LitStr> {
    if input.peek(LitStr) {
        return input.parse();
    }
    Err(input.error(format!("`{key}` is a string: `{key}: {example}`")))
}

impl List {
    fn parse(input: ParseStream<'_>, key: &str) -> syn::Result<Self> {
        if !input.peek(syn::token::Bracket) {
            return Err(input.error(format!("`{key}` is a list: `{key}: [Message]`")));
        }
        let content;
        syn::bracketed!(content in input);
        let mut list = Self::default();
        while !content.is_empty() {
            if content.peek(Token![*]) {
                list.any = Some(content.parse()?);
            } else if content.peek(LitStr) {
                return Err(content.error("name an event by its type, not by its name on the wire: `[Message]`"));
            } else {
                list.events.push(content.parse()?);
            }
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        Ok(list)
    }
}

/// Reads over the rest of a broken setting.
fn skip_setting(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// `LiveBoard` to `Live Board`; a family's parameters follow: `Match {number}`.
fn default_name(marker: &str, id: &Pattern) -> String {
    let mut name = String::new();
    for (i, c) in marker.char_indices() {
        if i > 0 && c.is_uppercase() {
            name.push(' ');
        }
        name.push(c);
    }
    for param in id.params() {
        name.push_str(&format!(" {{{}}}", param.ident.unraw()));
    }
    name
}
