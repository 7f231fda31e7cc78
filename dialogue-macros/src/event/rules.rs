//! Parses `#[validate(..)]`, in the syntax of the validator crate.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Path, Token};

use crate::errors::Errors;
use crate::items::{attribute, items, key, value};
use crate::suggest;

const RULES: &[&str] = &[
    "contains",
    "custom",
    "does_not_contain",
    "email",
    "ip",
    "length",
    "must_match",
    "nested",
    "non_control_character",
    "range",
    "regex",
    "required",
    "url",
];

/// One rule of a field, with the tokens that it was written in.
pub(crate) struct Rule {
    /// The rule's name, at which its errors point.
    pub(crate) name: Ident,
    pub(crate) kind: Kind,
    pub(crate) code: Option<Expr>,
    pub(crate) message: Option<Expr>,
}

pub(crate) enum Kind {
    Length {
        min: Option<Expr>,
        max: Option<Expr>,
        equal: Option<Expr>,
    },
    Range {
        min: Option<Expr>,
        max: Option<Expr>,
        exclusive_min: Option<Expr>,
        exclusive_max: Option<Expr>,
    },
    Contains(Expr),
    DoesNotContain(Expr),
    Regex(Expr),
    /// The other field's name in Rust, and the span where the rule names it.
    MustMatch(String, Span),
    Custom(Path),
    Required,
    Nested,
    /// A rule for strings without parameters: `email`, `url`, `ip`, ..
    Text(&'static str),
}

/// Parses the rules of one field.
pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Vec<Rule> {
    let mut rules = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("validate")) {
        let empty = "expected rules in parentheses, such as `#[validate(length(min = 1))]`, or `#[validate(nested)]` for the rules of the field's own type";
        attribute(attr, empty, errors, |input, errors| {
            rules.extend(rule(input, errors)?);
            Ok(())
        });
    }
    rules
}

fn rule(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Option<Rule>> {
    let (name, word) = key(input, "a rule, such as `length(min = 1)`")?;
    let Some(known) = arguments(&word) else {
        return Err(syn::Error::new(name.span(), suggest::unknown("validation rule", &word, RULES)));
    };
    let mut own = Errors::default();
    let args = Args::parse(&name, known, input, &mut own)?;
    let rule = if own.is_empty() { args.into_rule(name, &word, errors) } else { None };
    errors.append(own);
    Ok(rule)
}

/// The arguments of one rule as they were written.
#[derive(Default)]
struct Args {
    given: Vec<(Ident, Option<Expr>)>,
}

impl Args {
    fn parse(name: &Ident, known: &[&str], input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Self> {
        let mut args = Self::default();
        if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            items(&content, errors, |input, _| args.read(name, known, input))?;
        } else if input.peek(Token![=]) {
            // The short form `contains = "x"`: the value of the rule's only argument.
            let [first] = known else {
                let message = format!("`{name}` takes no value; write its arguments in parentheses");
                return Err(syn::Error::new(name.span(), message));
            };
            args.given.push((Ident::new(first, name.span()), Some(value(name, input, "..")?)));
        }
        Ok(args)
    }

    fn read(&mut self, rule: &Ident, known: &[&str], input: ParseStream<'_>) -> syn::Result<()> {
        let (key, word) = key(input, "an argument, such as `message = \"..\"`")?;
        let all: Vec<&str> = known.iter().copied().chain(["code", "message"]).collect();
        if !all.contains(&word.as_str()) {
            let message = suggest::unknown(&format!("`{rule}` argument"), &word, &all);
            return Err(syn::Error::new(key.span(), message));
        }
        if self.given.iter().any(|(given, _)| *given == word) {
            return Err(syn::Error::new(key.span(), format!("`{word}` is given twice")));
        }
        let is_flag = matches!(word.as_str(), "v4" | "v6");
        let value = if is_flag { None } else { Some(value(&key, input, &format!("{word} = .."))?) };
        self.given.push((key, value));
        Ok(())
    }

    fn take(&mut self, name: &str) -> Option<Expr> {
        let at = self.given.iter().position(|(key, _)| key == name)?;
        self.given.remove(at).1
    }

    fn into_rule(mut self, name: Ident, word: &str, errors: &mut Errors) -> Option<Rule> {
        let code = self.take("code");
        let message = self.take("message");
        let kind = errors.check(self.kind(&name, word))?;
        Some(Rule { name, kind, code, message })
    }

    fn kind(&mut self, name: &Ident, word: &str) -> syn::Result<Kind> {
        Ok(match word {
            "length" => self.length(name)?,
            "range" => self.range(name)?,
            "contains" => Kind::Contains(self.need(name, "pattern", "contains(pattern = \"..\")")?),
            "does_not_contain" => {
                Kind::DoesNotContain(self.need(name, "pattern", "does_not_contain(pattern = \"..\")")?)
            }
            "regex" => Kind::Regex(self.need(name, "path", "regex(path = *PATTERN)")?),
            "must_match" => field_name(&self.need(name, "other", "must_match(other = \"field\")")?)?,
            "custom" => Kind::Custom(function(&self.need(name, "function", "custom(function = my_rule)")?)?),
            "required" => Kind::Required,
            "nested" => Kind::Nested,
            "email" => Kind::Text("email"),
            "url" => Kind::Text("url"),
            "ip" => Kind::Text(self.ip_version()),
            _ => Kind::Text("non_control_character"),
        })
    }

    fn length(&mut self, name: &Ident) -> syn::Result<Kind> {
        let (min, max, equal) = (self.take("min"), self.take("max"), self.take("equal"));
        match &equal {
            None if min.is_none() && max.is_none() => Err(syn::Error::new(
                name.span(),
                "`length` needs a bound: `length(min = 1, max = 100)` or `length(equal = 8)`",
            )),
            Some(equal) if min.is_some() || max.is_some() => Err(syn::Error::new_spanned(
                equal,
                "`equal` cannot be combined with `min` or `max`; remove one of them",
            )),
            _ => Ok(Kind::Length { min, max, equal }),
        }
    }

    fn range(&mut self, name: &Ident) -> syn::Result<Kind> {
        let mut take = |name| self.take(name);
        let (min, max) = (take("min"), take("max"));
        let (exclusive_min, exclusive_max) = (take("exclusive_min"), take("exclusive_max"));
        if [&min, &max, &exclusive_min, &exclusive_max].iter().all(|bound| bound.is_none()) {
            return Err(syn::Error::new(name.span(), "`range` needs a bound: `range(min = 0, max = 100)`"));
        }
        Ok(Kind::Range { min, max, exclusive_min, exclusive_max })
    }

    fn ip_version(&self) -> &'static str {
        match self.given.first() {
            Some((version, _)) if version == "v4" => "ip_v4",
            Some(_) => "ip_v6",
            None => "ip",
        }
    }

    fn need(&mut self, name: &Ident, argument: &str, example: &str) -> syn::Result<Expr> {
        let word = name.to_string();
        self.take(argument)
            .ok_or_else(|| syn::Error::new(name.span(), format!("`{word}` needs `{argument}`; write `{example}`")))
    }
}

/// Returns the arguments that a rule takes besides `code` and `message`, or `None` for an unknown rule.
fn arguments(rule: &str) -> Option<&'static [&'static str]> {
    Some(match rule {
        "length" => &["min", "max", "equal"],
        "range" => &["min", "max", "exclusive_min", "exclusive_max"],
        "contains" | "does_not_contain" => &["pattern"],
        "regex" => &["path"],
        "must_match" => &["other"],
        "custom" => &["function"],
        "ip" => &["v4", "v6"],
        "email" | "url" | "non_control_character" | "required" | "nested" => &[],
        _ => return None,
    })
}

/// Parses `other = password` or `other = "password"`; for a tuple struct `0` or `"0"`.
fn field_name(value: &Expr) -> syn::Result<Kind> {
    let name = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        Expr::Lit(ExprLit { lit: Lit::Int(index), .. }) => index.base10_digits().to_owned(),
        Expr::Path(path) if path.path.get_ident().is_some() => path.path.require_ident()?.unraw().to_string(),
        _ => {
            return Err(syn::Error::new_spanned(
                value,
                "`other` must be the name of a field, such as `other = \"password\"`",
            ));
        }
    };
    Ok(Kind::MustMatch(name, value.span()))
}

/// Parses `function = my_rule` or `function = "my_rule"`.
fn function(value: &Expr) -> syn::Result<Path> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.parse(),
        Expr::Path(path) => Ok(path.path.clone()),
        _ => Err(syn::Error::new_spanned(
            value,
            "`function` must be the name of a function, such as `function = my_rule`",
        )),
    }
}

/// Converts an integer bound of a float's range into a float: `min = 0` on an `f64`.
pub(crate) fn as_float(bound: &Expr) -> Expr {
    match bound {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) if int.suffix().is_empty() => {
            let float = syn::LitFloat::new(&format!("{}.0", int.base10_digits()), int.span());
            syn::parse_quote!(#float)
        }
        Expr::Unary(unary) => {
            let (op, inner) = (&unary.op, as_float(&unary.expr));
            syn::parse_quote!(#op #inner)
        }
        other => other.clone(),
    }
}

/// Returns a string literal with this span.
pub(crate) fn literal(text: &str, span: Span) -> LitStr {
    LitStr::new(text, span)
}
