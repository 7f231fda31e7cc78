//! `#[event(name = "..", history = 100, volatile)]`.

use syn::parse::ParseStream;
use syn::{Attribute, Expr, LitStr, Token};

use crate::errors::Errors;
use crate::items::{attribute, key, value};
use crate::suggest;

const OPTIONS: &[&str] = &["name", "history", "volatile"];

/// What the attribute says.
#[derive(Default)]
pub(crate) struct Options {
    seen: Vec<String>,
    pub(crate) name: Option<LitStr>,
    pub(crate) history: Option<Expr>,
    pub(crate) volatile: bool,
}

impl Options {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("event")) {
            let empty = "which option? write `#[event(name = \"user:joined\")]`, or leave the attribute out";
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
            "volatile" if input.peek(Token![=]) => {
                let value = value(&key, input, "volatile")?;
                errors.add(value, "`volatile` takes no value: write `#[event(volatile)]`, or leave it out");
            }
            "volatile" => self.volatile = true,
            other => return Err(syn::Error::new(key.span(), suggest::unknown("event option", other, OPTIONS))),
        }
        self.seen.push(word);
        Ok(())
    }
}

fn name(value: Expr) -> syn::Result<LitStr> {
    let Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. }) = &value else {
        return Err(syn::Error::new_spanned(value, "the name of an event is a string: `name = \"user:joined\"`"));
    };
    check_name(name)?;
    Ok(name.clone())
}

fn check_name(name: &LitStr) -> syn::Result<()> {
    let text = name.value();
    let fault = if text.is_empty() {
        "the name of an event cannot be empty"
    } else if text.starts_with("dialogue:") {
        "names that start with `dialogue:` are the protocol's own"
    } else if text == "*" {
        "`*` means every event, so no event can have it as its name"
    } else if text.chars().any(char::is_control) {
        "the name of an event cannot have control characters"
    } else {
        return Ok(());
    };
    Err(syn::Error::new_spanned(name, fault))
}
