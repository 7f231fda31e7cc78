//! `cargo xtask tidy`: what no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::run::{program, root};

/// The modules of the dialogue crate, in the direction of imports: a file imports only from its own module and from
/// those before it. `ARCHITECTURE.md` explains the order.
const ORDER: &[&str] = &[
    "validation",
    "rate",
    "event",
    "room",
    "schema",
    "wire",
    "error",
    "server::state",
    "server::packet",
    "server::outbox",
    "server::queue",
    "server::config",
    "server::registry",
    "server::handlers",
    "server::limits",
    "server::extensions",
    "server::identity",
    "server::handshake",
    "server::client",
    "server::clients",
    "server::room",
    "server::incoming",
    "server::past",
    "server::new_room",
    "server::hooks",
    "server::memory",
    "server::dedup",
    "server::cors",
    "server::shared",
    "server::history",
    "server::publish",
    "server::lifecycle",
    "server::join",
    "server::membership",
    "server::session",
    "server::dispatch",
    "server::client_task",
    "server::transport",
    "server::http",
    "server::subscription",
    "server::trigger",
    "server::user_rooms",
    "server::rate_limiter",
    "server::dialogue",
    "server::serving",
    "server::leads",
    "server::jwt",
    "server::builder",
];

/// Edges against the order that are meant, each with its reason in `ARCHITECTURE.md`, "Direction".
const EXCEPTIONS: &[(&str, &str)] = &[
    // Handles lead to their server, which holds them.
    ("server::handshake", "server::shared"),
    ("server::client", "server::shared"),
    ("server::room", "server::shared"),
    ("server::dialogue", "server::builder"),
];

/// Documents, and the sources that they describe.
const DESCRIBED: &[(&str, &str)] = &[("PROTOCOL.md", "dialogue/src/wire/"), ("PROTOCOL.md", "tests/wire/")];

pub(crate) fn run() -> anyhow::Result<()> {
    let mut faults = direction()?;
    faults.extend(documents());
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
            let Some(other) = place_of(&import) else { continue };
            if other > place && !EXCEPTIONS.contains(&(ORDER[place], ORDER[other])) {
                faults
                    .push(format!("{module} imports {import}, which stands after it: see ARCHITECTURE.md, Direction"));
            }
        }
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

/// The modules of this crate that the `use` lines before the tests name.
fn imports(text: &str, module: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().map(|line| line.trim_start().trim_start_matches("pub(crate) "));
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    lines
        .filter_map(|line| line.strip_prefix("use "))
        .filter_map(|path| match path.split_once("::") {
            Some(("crate", rest)) => Some(rest.to_owned()),
            Some(("super", rest)) if !parent.is_empty() => Some(format!("{parent}::{rest}")),
            _ => None,
        })
        .map(|path| path.split(['{', ';', ' ']).next().unwrap_or_default().trim_end_matches("::").to_owned())
        .collect()
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
        let text = "use std::fmt;\nuse crate::room::{RoomId, UserId};\npub(crate) use super::state::Room;\nuse super::{A, B};\n";
        assert_eq!(imports(text, "server::client"), ["room", "server::state::Room", "server"]);
    }

    #[test]
    fn the_longest_entry_counts() {
        assert_eq!(place_of("server::state::room").map(|place| ORDER[place]), Some("server::state"));
        assert_eq!(place_of("server::room").map(|place| ORDER[place]), Some("server::room"));
        assert_eq!(place_of("server"), None);
    }
}
