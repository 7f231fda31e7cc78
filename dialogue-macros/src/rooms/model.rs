//! The model of one room, with the defaults filled in.

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::{Attribute, Ident, LitStr, Path, Visibility};

use super::check;
use super::parse::Declaration;
use super::pattern::Pattern;
use super::settings::List;
use crate::errors::Errors;
use crate::event::{description, snake_case};

pub(crate) struct Room {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) description: Option<String>,
    pub(crate) id: Pattern,
    pub(crate) name: LitStr,
    pub(crate) events: List,
    pub(crate) server_events: List,
    pub(crate) default_subscriptions: List,
    /// The settings that are copied into the table: key and value.
    pub(crate) plain: Vec<(Ident, TokenStream)>,
    /// Whether the room has a mistake. Then it is left out of the table.
    pub(crate) broken: bool,
}

impl Room {
    pub(crate) fn of(declaration: Declaration, errors: &mut Errors) -> Self {
        let Declaration { attrs, vis, ident, settings, errors: mut own } = declaration;
        if settings.events.is_none() && own.is_empty() {
            let message = format!(
                "room `{ident}` has no `events`; write `events: [..]`, or `events: []` if only the server triggers events"
            );
            own.add(&ident, message);
        }
        let word = ident.unraw().to_string();
        let id = settings.id.unwrap_or_else(|| LitStr::new(&snake_case(&word), ident.span()));
        let id = Pattern::parse(&id, &mut own);
        let name = settings.name.unwrap_or_else(|| LitStr::new(&default_name(&word, &id), ident.span()));
        let description = description(&attrs);
        let (docs, others): (Vec<_>, Vec<_>) = attrs.into_iter().partition(|attr| attr.path().is_ident("doc"));
        for attr in others {
            own.add(attr, "a room accepts only doc comments as attributes; remove this attribute");
        }
        let mut room = Self {
            ident,
            vis,
            docs,
            description,
            id,
            name,
            events: settings.events.unwrap_or_else(List::unclear),
            server_events: settings.server_events,
            default_subscriptions: settings.default_subscriptions,
            plain: settings.plain,
            broken: false,
        };
        check::room(&mut room, &mut own);
        room.broken = !own.is_empty();
        errors.append(own);
        room
    }

    /// Returns the events of both lists.
    pub(crate) fn all_events(&self) -> impl Iterator<Item = &Path> {
        self.events.events.iter().chain(&self.server_events.events)
    }

    /// Returns whether the room accepts any event. It also does if a list could not be parsed, so that one mistake
    /// causes one error.
    pub(crate) fn takes_any(&self) -> bool {
        self.events.any.is_some() || self.events.unclear || self.server_events.unclear
    }
}

/// Converts `LiveBoard` to `Live Board`. For a family, the parameters follow: `Match {number}`.
fn default_name(marker: &str, id: &Pattern) -> String {
    let mut name = String::new();
    for (i, c) in marker.char_indices() {
        if i > 0 && c.is_uppercase() {
            name.push(' ');
        }
        name.push(c);
    }
    for param in id.params() {
        name.extend([" {", &param.name(), "}"]);
    }
    name
}
