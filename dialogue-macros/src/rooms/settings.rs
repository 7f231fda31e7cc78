//! Parses the settings of one room.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Path, Token};

use crate::errors::Errors;
use crate::items::{at_end, items, key, skip_to_comma, ungrouped};
use crate::private::private;
use crate::suggest;

const SETTINGS: &[&str] = &[
    "id",
    "name",
    "events",
    "server_events",
    "default_subscriptions",
    "trigger",
    "max_size",
    "sync_history_on_join",
    "open",
    "close_when_empty",
    "keep",
];

#[derive(Default)]
pub(crate) struct Settings {
    seen: Vec<String>,
    pub(crate) id: Option<LitStr>,
    pub(crate) name: Option<LitStr>,
    pub(crate) events: Option<List>,
    pub(crate) server_events: List,
    pub(crate) default_subscriptions: List,
    /// The settings that are copied into the table: key and value.
    pub(crate) plain: Vec<(Ident, TokenStream)>,
}

/// `[Message, Typing]` or `[*]`.
#[derive(Default)]
pub(crate) struct List {
    pub(crate) any: Option<Token![*]>,
    pub(crate) events: Vec<Path>,
    /// Whether some of the list could not be parsed. Then its events are unknown.
    pub(crate) unclear: bool,
}

impl Settings {
    pub(crate) fn parse(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Self> {
        let mut settings = Self::default();
        items(input, errors, |input, errors| settings.read(input, errors))?;
        Ok(settings)
    }

    fn read(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let (key, word) = key(input, "a setting, such as `events: [Message]`")?;
        if !SETTINGS.contains(&word.as_str()) {
            return Err(syn::Error::new(key.span(), suggest::unknown("setting", &word, SETTINGS)));
        }
        if self.seen.contains(&word) {
            return Err(syn::Error::new(key.span(), format!("`{word}` is given twice")));
        }
        self.seen.push(word.clone());
        if input.parse::<Option<Token![:]>>()?.is_none() || at_end(input) {
            return Err(syn::Error::new(key.span(), format!("`{0}` needs a value; write `{0}: ..`", key.unraw())));
        }
        match word.as_str() {
            "id" => self.id = Some(string(input, "id", "\"lobby\"")?),
            "name" => self.name = Some(string(input, "name", "\"The lobby\"")?),
            "events" => self.events = Some(List::parse(input, "events", errors)?),
            "server_events" => self.server_events = List::parse(input, "server_events", errors)?,
            "default_subscriptions" => {
                self.default_subscriptions = List::parse(input, "default_subscriptions", errors)?;
            }
            _ => {
                let value = plain(&word, input)?;
                self.plain.push((key, value));
            }
        }
        Ok(())
    }
}

/// Parses a setting that is copied into the table, so that rustc checks its type at the user's own token.
fn plain(key: &str, input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let value = ungrouped(input.parse()?);
    Ok(match (key, &value) {
        ("max_size", Expr::Lit(ExprLit { lit: Lit::Int(int), .. })) if int.base10_digits() == "0" => {
            let message = "`max_size: 0` lets no client join; leave it out for no limit";
            return Err(syn::Error::new(int.span(), message));
        }
        ("max_size", Expr::Lit(_) | Expr::Unary(_)) => value.into_token_stream(),
        ("max_size", _) => quote_spanned! { value.span() => ::dialogue::#private::assert_seats(#value) },
        ("sync_history_on_join", Expr::Lit(ExprLit { lit: Lit::Bool(all), .. })) => {
            if all.value {
                quote! { usize::MAX }
            } else {
                quote! { 0 }
            }
        }
        ("open", _) => open(&value)?,
        ("trigger", _) => trigger(&value)?,
        _ => value.into_token_stream(),
    })
}

fn open(value: &Expr) -> syn::Result<TokenStream> {
    let word = value.to_token_stream().to_string();
    match word.as_str() {
        "server" => Ok(quote! { ::dialogue::#private::Open::Server }),
        "on_join" => Ok(quote! { ::dialogue::#private::Open::OnJoin }),
        _ => Err(syn::Error::new_spanned(value, suggest::unknown("value of `open`:", &word, &["server", "on_join"]))),
    }
}

fn trigger(value: &Expr) -> syn::Result<TokenStream> {
    let word = value.to_token_stream().to_string();
    match word.as_str() {
        "members" => Ok(quote! { ::dialogue::#private::TriggerBy::Members }),
        "anyone" => Ok(quote! { ::dialogue::#private::TriggerBy::Anyone }),
        _ => {
            Err(syn::Error::new_spanned(value, suggest::unknown("value of `trigger`:", &word, &["members", "anyone"])))
        }
    }
}

fn string(input: ParseStream<'_>, key: &str, example: &str) -> syn::Result<LitStr> {
    if input.peek(LitStr) {
        return input.parse();
    }
    Err(input.error(format!("`{key}` must be a string, such as `{key}: {example}`")))
}

impl List {
    /// Returns a list whose events are unknown.
    pub(crate) fn unclear() -> Self {
        Self { unclear: true, ..Self::default() }
    }

    fn parse(input: ParseStream<'_>, key: &str, errors: &mut Errors) -> syn::Result<Self> {
        if !input.peek(syn::token::Bracket) {
            errors.push(input.error(format!("`{key}` must be a list, such as `{key}: [Message]`")));
            skip_to_comma(input)?;
            return Ok(Self::unclear());
        }
        let content;
        syn::bracketed!(content in input);
        let mut list = Self::default();
        items(&content, errors, |item, _| list.read(item).inspect_err(|_| list.unclear = true))?;
        Ok(list)
    }

    fn read(&mut self, item: ParseStream<'_>) -> syn::Result<()> {
        if item.peek(Token![*]) {
            self.any = Some(item.parse()?);
            return Ok(());
        }
        if item.peek(LitStr) {
            return Err(item.error("write the type of the event, not its name on the wire: `[Message]`"));
        }
        self.events.push(item.parse()?);
        Ok(())
    }
}
