//! Generates the markers, their trait implementations and the table.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{LitStr, Path};

use super::model::Room;
use super::pattern::Segment;
use crate::errors::Errors;
use crate::private::private;

pub(crate) fn rooms(rooms: &[Room], errors: Errors) -> TokenStream {
    let markers = rooms.iter().map(marker);
    let relations = rooms.iter().map(relations);
    let checks = rooms.iter().filter(|room| !room.broken).map(unique_names);
    let rows = rooms.iter().filter(|room| !room.broken).map(row);
    let broken = rooms.iter().filter(|room| room.broken).map(settings);
    let errors = errors.into_tokens();
    let settings_type = quote! { ::dialogue::#private::RoomSettings };
    quote! {
        #errors
        #(#markers)*
        #(#relations)*
        #(#checks)*
        #(const _: #settings_type = #broken;)*

        /// Every room of this application, in the order of declaration.
        #[allow(clippy::needless_update, reason = "a room may give every setting")]
        pub static ROOMS: &[::dialogue::#private::RoomDef] = &[#(#rows),*];
    }
}

fn marker(room: &Room) -> TokenStream {
    let Room { ident, vis, docs, .. } = room;
    let generated = format!("The room `{}`.", room.id.literal.value());
    let docs = if docs.is_empty() {
        quote! { #[doc = #generated] }
    } else {
        quote! { #(#docs)* }
    };
    let copy = room.id.params().all(|param| param.ty != "String").then(|| quote! { ::core::marker::Copy, });
    let derives = quote! {
        #[derive(::core::fmt::Debug, ::core::clone::Clone, #copy ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
    };
    let body = if room.id.is_family() {
        let fields = room.id.params().map(|param| {
            let (field, ty) = (&param.ident, param.rust_type());
            let doc = format!("The parameter `{field}` of the id.");
            quote! { #[doc = #doc] #vis #field: #ty }
        });
        quote_spanned! { ident.span() => { #(#fields),* } }
    } else {
        quote_spanned! { ident.span() => ; }
    };
    let kind = if room.takes_any() {
        quote! { ::dialogue::#private::Untyped }
    } else {
        quote! { Self }
    };
    let id = id(room);
    let room_trait = quote! { ::dialogue::#private::RoomRef };
    let members = quote! {
        type Key = #kind;

        fn id(&self) -> ::dialogue::#private::RoomId {
            #id
        }
    };
    let declared = quote! { ::dialogue::#private::Declared };
    let declared = (!room.id.is_family()).then(|| {
        quote_spanned! { ident.span() =>
            #[automatically_derived]
            impl #declared for #ident {}
        }
    });
    let items = quote_spanned! { ident.span() =>
        #vis struct #ident #body

        #[automatically_derived]
        impl #room_trait for #ident { #members }

        #declared
    };
    quote! {
        #docs
        #derives
        #items
    }
}

fn id(room: &Room) -> TokenStream {
    if !room.id.is_family() {
        let id = &room.id.literal;
        return quote! { ::dialogue::#private::RoomId::from_static(#id) };
    }
    let mut format = String::new();
    for segment in &room.id.segments {
        match segment {
            Segment::Literal(text) => format.push_str(text),
            Segment::Param(_) => format.push_str("{}"),
        }
    }
    let format = LitStr::new(&format, room.id.literal.span());
    let values = room.id.params().map(|param| &param.ident);
    quote! { ::core::convert::From::from(::std::format!(#format, #(self.#values),*)) }
}

fn relations(room: &Room) -> TokenStream {
    let ident = &room.ident;
    let relation = |relation: &TokenStream, event: &Path| {
        quote_spanned! { event.span() =>
            #[automatically_derived]
            impl #relation<#ident> for #event {}
        }
    };
    let (carried, from_client) =
        (quote! { ::dialogue::#private::EventOf }, quote! { ::dialogue::#private::ClientEventOf });
    let carried = room.all_events().map(|event| relation(&carried, event));
    let from_clients = room.events.events.iter().map(|event| relation(&from_client, event));
    quote! { #(#carried)* #(#from_clients)* }
}

/// Generates compile-time assertions that no two event types of the room have the same name on the wire. The names are
/// associated constants, which the macro cannot see.
fn unique_names(room: &Room) -> TokenStream {
    let events: Vec<&Path> = room.all_events().collect();
    if events.len() < 2 {
        return TokenStream::new();
    }
    let defs = events.iter().map(|event| def(event));
    let asserts = events.iter().enumerate().skip(1).map(|(index, event)| {
        quote_spanned! { event.span() => ::dialogue::#private::assert_unique_name(EVENTS, #index); }
    });
    quote! {
        const _: () = {
            const EVENTS: &[::dialogue::#private::EventDef] = &[#(#defs),*];
            #(#asserts)*
        };
    }
}

fn def(event: &Path) -> TokenStream {
    quote_spanned! { event.span() => ::dialogue::#private::EventDef::of::<#event>() }
}

fn row(room: &Room) -> TokenStream {
    let settings = settings(room);
    quote! { ::dialogue::#private::RoomDef::new(#settings) }
}

fn settings(room: &Room) -> TokenStream {
    let segments = room.id.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => quote! { ::dialogue::#private::Segment::Literal(#text) },
        Segment::Param(param) => {
            let (name, kind) = (param.name(), param.kind());
            quote! { ::dialogue::#private::Segment::Param(#name, #kind) }
        }
    });
    let name = &room.name;
    let description = room.description.as_ref().map(|text| quote! { description: #text, });
    let any = room.events.any.is_some().then(|| quote! { any_event: true, });
    let lists = [("events", &room.events), ("server_events", &room.server_events)].map(|(key, list)| {
        let defs = list.events.iter().map(def);
        let key = format_ident!("{key}");
        (!list.events.is_empty()).then(|| quote! { #key: const { &[#(#defs),*] }, })
    });
    let subscriptions = subscriptions(room);
    let plain = room.plain.iter().map(|(key, value)| quote! { #key: #value, });
    quote! {
        ::dialogue::#private::RoomSettings {
            id: ::dialogue::#private::Pattern(&[#(#segments),*]),
            name: #name,
            #description
            #(#lists)*
            #any
            #subscriptions
            #(#plain)*
            ..::dialogue::#private::RoomSettings::DEFAULT
        }
    }
}

fn subscriptions(room: &Room) -> Option<TokenStream> {
    let list = &room.default_subscriptions;
    if list.any.is_some() {
        return Some(quote! { default_subscriptions: &["*"], });
    }
    let names = list.events.iter().map(|event| {
        quote_spanned! { event.span() => <#event as ::dialogue::Event>::NAME }
    });
    (!list.events.is_empty()).then(|| quote! { default_subscriptions: &[#(#names),*], })
}
