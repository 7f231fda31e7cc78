//! What is published: each feature alone, the documentation, and the packages.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::run::{cargo, root};
use crate::tidy::LICENCES;

/// The folders of the crates that are published, each after those that it depends on.
const CRATES: &[&str] = &["dialogue-macros", "dialogue", "clients/rust"];

/// Each feature of the dialogue crate compiles without the others, and so does the crate without any.
pub(crate) fn features() -> anyhow::Result<()> {
    let manifest = fs::read_to_string(root().join("dialogue/Cargo.toml")).context("cannot read dialogue/Cargo.toml")?;
    let bare = "--manifest-path dialogue/Cargo.toml --no-default-features";
    for feature in features_of(&manifest) {
        cargo(&format!("clippy {bare} --features {feature} -- -D warnings")).run()?;
    }
    cargo(&format!("clippy {bare} -- -D warnings")).run()?;
    cargo(&format!("test {bare} --lib")).run()
}

/// The documentation has no broken links: as docs.rs shows it, with all features, and without any.
pub(crate) fn documentation() -> anyhow::Result<()> {
    for package in CRATES {
        for features in ["--all-features", "--no-default-features"] {
            cargo(&format!("doc --no-deps --manifest-path {package}/Cargo.toml {features}"))
                .env("RUSTDOCFLAGS", "-D warnings")
                .run()?;
        }
    }
    Ok(())
}

/// The packages have what they need, and compile from what is in them. Those that are not on the registry yet are taken from
/// each other.
pub(crate) fn packages() -> anyhow::Result<()> {
    let mut selected = Vec::new();
    for folder in CRATES {
        let list = cargo(&format!("package --list --allow-dirty --manifest-path {folder}/Cargo.toml")).output();
        let list = list.with_context(|| format!("cannot list the package of {folder}"))?;
        for file in LICENCES.iter().chain(&["README.md"]) {
            ensure!(list.lines().any(|line| line == *file), "the package of {folder} does not have {file}");
        }
        selected.extend(["--package".to_owned(), package_name(&root().join(folder))?]);
    }
    cargo("package --allow-dirty").args(selected).run()
}

/// The name of the package in a folder.
pub(crate) fn package_name(folder: &Path) -> anyhow::Result<String> {
    let path = folder.join("Cargo.toml");
    let manifest = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = manifest.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    Ok(name.with_context(|| format!("{} does not name its package", path.display()))?.to_owned())
}

/// The names in the table of features, without `default`.
fn features_of(manifest: &str) -> Vec<&str> {
    let table = manifest.split("[features]").nth(1).unwrap_or_default();
    let table = table.split("\n[").next().unwrap_or_default();
    let names = table.lines().filter_map(|line| Some(line.split_once(" = ")?.0));
    names.filter(|name| !name.starts_with([' ', '#']) && *name != "default").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_the_names_of_the_table() {
        let manifest =
            "[features]\ndefault = [\"a\"]\n## The first = one.\na = [\n    \"dep:x\",\n]\nb = []\n\n[lib]\nc = 1\n";
        assert_eq!(features_of(manifest), ["a", "b"]);
    }
}
