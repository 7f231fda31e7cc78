//! `cargo xtask tidy`: what no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::run::{program, root};

/// The folders of the dialogue crate in the order of their dependencies: a file imports only from its own folder and from
/// those before it. `ARCHITECTURE.md` shows the same list, and explains it.
const ORDER: &[&str] = &[
    "validation",
    "event",
    "room",
    "schema",
    "protocol",
    "error",
    "server::config",
    "server::state",
    "server::connection",
    "server::flow",
    "server::session",
    "server::net",
    "server::handle",
    "server::builder",
];

/// Documents, and the sources that they describe.
const DESCRIBED: &[(&str, &str)] = &[("PROTOCOL.md", "dialogue/src/protocol/"), ("PROTOCOL.md", "tests/wire/")];

/// The folders of what is published.
const PUBLISHED: &[&str] = &["dialogue", "dialogue-macros", "clients/rust", "clients/typescript"];

pub(crate) const LICENCES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];

pub(crate) fn run() -> anyhow::Result<()> {
    let mut faults = direction()?;
    faults.extend(documents());
    faults.extend(licences()?);
    for fault in &faults {
        println!("{fault}");
    }
    if faults.is_empty() { Ok(()) } else { bail!("{} faults", faults.len()) }
}

fn direction() -> anyhow::Result<Vec<String>> {
    let source = root().join("dialogue/src");
    let mut faults = Vec::new();
    for path in rust_files(&source)? {
        let module = module_of(&source, &path);
        let Some(place) = place_of(&module) else { continue };
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for import in imports(&text, &module) {
            if place_of(&import).is_some_and(|other| other > place) {
                faults
                    .push(format!("{module} imports {import}, which stands after it: see ARCHITECTURE.md, Direction"));
            }
        }
    }
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).context("cannot read ARCHITECTURE.md")?;
    let words: Vec<_> = architecture.split_whitespace().collect();
    if !words.join(" ").contains(&ORDER.join(" -> ")) {
        faults.push(format!("ARCHITECTURE.md does not show the order of the folders: {}", ORDER.join(" -> ")));
    }
    Ok(faults)
}

fn rust_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// `server/state/room.rs` is `server::state::room`.
fn module_of(source: &Path, path: &Path) -> String {
    let path = path.strip_prefix(source).unwrap_or(path).with_extension("");
    let module = path.to_string_lossy().replace('/', "::");
    module.trim_end_matches("::mod").to_owned()
}

/// The place in the order of the longest entry that the path begins with.
fn place_of(module: &str) -> Option<usize> {
    let begins = |entry: &&&str| module == **entry || module.starts_with(&format!("{entry}::"));
    let longest = ORDER.iter().filter(begins).max_by_key(|entry| entry.len())?;
    ORDER.iter().position(|entry| entry == longest)
}

/// The paths of this crate that the code of a module names, in `use` declarations with or without braces and in
/// expressions and types. Comments and unit tests are left out.
fn imports(text: &str, module: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code: Vec<_> = code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut paths = Vec::new();
    let mut rest = code.as_str();
    while let Some(at) = next_path(rest) {
        let start = &rest[at..];
        let length = expand(start, "", &mut paths);
        rest = &start[length.max(1)..];
    }
    paths.into_iter().map(|path| absolute(&path, module)).collect()
}

/// Where the next path that begins with `crate::` or `super::` starts.
fn next_path(code: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$';
    let begins = |at: &usize| !code[..*at].ends_with(is_word);
    let starts =
        ["crate::", "super::"].into_iter().filter_map(|start| code.match_indices(start).map(|(at, _)| at).find(begins));
    starts.min()
}

/// Adds every path of a tree such as `a::{b, c::{d, e}}`, and returns the length of its text.
fn expand(tree: &str, prefix: &str, paths: &mut Vec<String>) -> usize {
    let plain = tree.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(tree.len());
    let path = format!("{prefix}{}", &tree[..plain]);
    if !(path.ends_with("::") && tree[plain..].starts_with('{')) {
        paths.push(path);
        return plain;
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = plain + 1;
    while at < tree.len() && !tree[at..].starts_with('}') {
        let rest = &tree[at..];
        at += if let Some(alias) = rest.strip_prefix("as ") {
            "as ".len() + alias.find(|c| !is_word(c)).unwrap_or(alias.len())
        } else if rest.starts_with(is_word) {
            expand(rest, &path, paths)
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
    }
    at + 1
}

/// `super::queue::Job` in the file of `server::outbox` is `server::queue::Job`.
fn absolute(path: &str, module: &str) -> String {
    if let Some(rest) = path.strip_prefix("crate::") {
        return rest.to_owned();
    }
    let (mut parent, mut rest) = (module, path);
    while let Some(after) = rest.strip_prefix("super::") {
        parent = parent.rsplit_once("::").map_or("", |(parent, _)| parent);
        rest = after;
    }
    if parent.is_empty() { rest.to_owned() } else { format!("{parent}::{rest}") }
}

/// A package without the licences, which each must have in its own folder.
fn licences() -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for licence in LICENCES {
        let text = fs::read(root().join(licence)).with_context(|| format!("cannot read {licence}"))?;
        let stale =
            PUBLISHED.iter().filter(|folder| fs::read(root().join(folder).join(licence)).ok().as_ref() != Some(&text));
        faults.extend(stale.map(|folder| format!("{folder}/{licence} is not a copy of {licence}")));
    }
    Ok(faults)
}

/// A source that differs from the main line while its document does not.
fn documents() -> Vec<String> {
    let Some(base) = program("git", "merge-base HEAD origin/main").output() else { return Vec::new() };
    let changed = program("git", &format!("diff --name-only {base}")).output().unwrap_or_default();
    let has = |prefix: &str| changed.lines().any(|line| line.starts_with(prefix));
    let stale = DESCRIBED.iter().filter(|(document, source)| has(source) && !has(document));
    stale.map(|(document, source)| format!("{source} has changed and {document} has not")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_paths_of_the_crate() {
        let text = "use std::fmt;\nuse crate::room::{RoomId, id::{UserId, ClientId}};\npub(crate) use super::state::Room;\n\
                    use super::{a, b::C as _};\nfn f(_: &crate::server::net::Cors) {} // crate::no::one\n\
                    use crate::error::{\n    A,\n    B,\n};\nlet x = super::super::event::of();\n";
        let expected = [
            "room::RoomId",
            "room::id::UserId",
            "room::id::ClientId",
            "server::state::Room",
            "server::a",
            "server::b::C",
            "server::net::Cors",
            "error::A",
            "error::B",
            "event::of",
        ];
        assert_eq!(imports(text, "server::client"), expected);
    }

    #[test]
    fn the_longest_entry_counts() {
        assert_eq!(place_of("server::state::room").map(|place| ORDER[place]), Some("server::state"));
        assert_eq!(place_of("server::handle::hook::Handshake").map(|place| ORDER[place]), Some("server::handle"));
        assert_eq!(place_of("server"), None);
    }
}
