//! The options of `#[event(name = "..", history = 100, rate_limit = "10/s", volatile)]`.

use syn::parse::ParseStream;
use syn::{Attribute, Expr, LitStr, Token};

use crate::errors::Errors;
use crate::items::{attribute, key, value};
use crate::suggest;

const OPTIONS: &[&str] = &["name", "history", "rate_limit", "volatile"];

/// The parsed options.
#[derive(Default)]
pub(crate) struct Options {
    seen: Vec<String>,
    pub(crate) name: Option<LitStr>,
    pub(crate) history: Option<Expr>,
    pub(crate) rate_limit: Option<Rate>,
    pub(crate) volatile: bool,
}

impl Options {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("event")) {
            let empty = "expected options in parentheses, such as `#[event(name = \"user:joined\")]`; write one, or remove the attribute";
            attribute(attr, empty, errors, |input, errors| options.read(input, errors));
        }
        options
    }

    fn read(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let (key, word) = key(input, "an option, such as `history = 100`")?;
        if self.seen.contains(&word) {
            return Err(syn::Error::new(key.span(), format!("`{word}` is given twice")));
        }
        match word.as_str() {
            "name" => self.name = errors.check(name(value(&key, input, "name = \"user:joined\"")?)),
            "history" => self.history = Some(value(&key, input, "history = 100")?),
            "rate_limit" => self.rate_limit = errors.check(rate(value(&key, input, "rate_limit = \"10/s\"")?)),
            "volatile" if input.peek(Token![=]) => {
                let value = value(&key, input, "volatile")?;
                errors.add(value, "`volatile` takes no value; write `#[event(volatile)]`, or remove it");
            }
            "volatile" => self.volatile = true,
            other => return Err(syn::Error::new(key.span(), suggest::unknown("event option", other, OPTIONS))),
        }
        self.seen.push(word);
        Ok(())
    }
}

/// A rate limit: a maximum number per window in milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) max: u32,
    pub(crate) millis: u64,
}

fn rate(value: Expr) -> syn::Result<Rate> {
    let read = match &value {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => read_rate(&text.value()),
        _ => None,
    };
    let message = "not a rate limit; write a count and a window that are not 0, such as `\"10/s\"`, `\"100/m\"`, `\"1000/h\"` or `\"20/5s\"`";
    read.ok_or_else(|| syn::Error::new_spanned(value, message))
}

fn read_rate(text: &str) -> Option<Rate> {
    let (max, window) = text.split_once('/')?;
    let (count, unit) = window.split_at(window.find(|c: char| c.is_ascii_alphabetic())?);
    let count = if count.trim().is_empty() { 1 } else { count.trim().parse::<u32>().ok()? };
    let unit = match unit.trim() {
        "ms" => 1,
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let rate = Rate { max: max.trim().parse().ok()?, millis: u64::from(count) * unit };
    (rate.max > 0 && rate.millis > 0).then_some(rate)
}

fn name(value: Expr) -> syn::Result<LitStr> {
    let Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. }) = &value else {
        return Err(syn::Error::new_spanned(
            value,
            "the name of an event must be a string, such as `name = \"user:joined\"`",
        ));
    };
    check_name(name)?;
    Ok(name.clone())
}

fn check_name(name: &LitStr) -> syn::Result<()> {
    let text = name.value();
    let fault = if text.is_empty() {
        "the name of an event cannot be empty"
    } else if text.starts_with("dialogue:") {
        "event names that start with `dialogue:` are reserved for the protocol; choose another name"
    } else if text == "*" {
        "an event cannot have the name `*`, which means all events; choose another name"
    } else if text.chars().any(char::is_control) {
        "the name of an event cannot contain control characters"
    } else {
        return Ok(());
    };
    Err(syn::Error::new_spanned(name, fault))
}
