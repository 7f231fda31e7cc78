//! The tests that need Node: what they need and do not find, they install where they can.

use std::path::Path;

use anyhow::{bail, ensure};

use crate::run::{Program, cargo, program, root};

const FOLDER: &str = "tests/node";

/// The official socket.io-client against the chat.
pub(crate) fn interop() -> anyhow::Result<()> {
    script("test:interop")?.run()
}

/// The chat's page in Chromium.
pub(crate) fn browser() -> anyhow::Result<()> {
    script("test:browser")?.env("CHROMIUM", chromium()?).run()
}

/// The chat's page again, with the pictures of the README.
pub(crate) fn screenshots() -> anyhow::Result<()> {
    script("test:browser")?.env("CHROMIUM", chromium()?).env("SCREENSHOTS", root().join("docs")).run()
}

/// An npm script, with its packages and the chat's binary at hand.
fn script(name: &str) -> anyhow::Result<Program> {
    let version = program("node", "--version").output().unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(
        major.is_some_and(|major| major >= 20),
        "Node 20 or newer is needed, and `node --version` says `{version}`"
    );
    if !root().join(FOLDER).join("node_modules").exists() {
        program("npm", "ci --no-audit --no-fund").within(FOLDER).run()?;
    }
    cargo("build --package chat").run()?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    Ok(program("npm", "run").args([name]).within(FOLDER).env("CHAT_BIN", target.join("debug/chat")))
}

/// The system's Chromium; on Debian, as root, it is installed when it is missing.
fn chromium() -> anyhow::Result<String> {
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    let is_root = program("id", "-u").output().as_deref() == Some("0");
    if is_root && Path::new("/usr/bin/apt-get").exists() {
        program("apt-get", "update").run()?;
        program("apt-get", "install --yes --no-install-recommends chromium")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .run()?;
    }
    match find_chromium() {
        Some(found) => Ok(found),
        None => bail!("Chromium is needed: `apt-get install chromium`, or set CHROMIUM to the path of one"),
    }
}

fn find_chromium() -> Option<String> {
    let given = std::env::var("CHROMIUM").ok();
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    given.into_iter().chain(known.map(str::to_owned)).find(|path| Path::new(path).exists())
}
