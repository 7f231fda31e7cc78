//! What needs Node: what it needs and does not find, it installs where it can.

use std::path::Path;

use anyhow::{bail, ensure};

use crate::run::{Program, cargo, program, root};

const TESTS: &str = "tests/node";
const PAGE: &str = "examples/chat/web";

/// The TypeScript client: types, units, React, and its behaviour towards servers that do wrong. It builds the package, which the
/// others then use.
pub(crate) fn client() -> anyhow::Result<()> {
    script("clients/typescript", "test")?.run()
}

/// What is generated: TypeScript takes it, and zod gives the server's verdict.
pub(crate) fn schemas() -> anyhow::Result<()> {
    script(TESTS, "test:schemas")?.run()
}

/// The official socket.io-client and our own against real servers.
pub(crate) fn interop() -> anyhow::Result<()> {
    script(TESTS, "test:interop")?.run()
}

/// The chat's page in Chromium, which is the one that its sources give.
pub(crate) fn browser() -> anyhow::Result<()> {
    script(PAGE, "test")?.run()?;
    script(PAGE, "check")?.run()?;
    script(TESTS, "test:browser")?.env("CHROMIUM", chromium()?).run()
}

/// The chat's page again, with the pictures of the README.
pub(crate) fn screenshots() -> anyhow::Result<()> {
    script(TESTS, "test:browser")?.env("CHROMIUM", chromium()?).env("SCREENSHOTS", root().join("docs")).run()
}

/// An npm script of a package, with all packages and the servers' programs at hand.
fn script(package: &str, name: &str) -> anyhow::Result<Program> {
    let version = program("node", "--version").output().unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(
        major.is_some_and(|major| major >= 20),
        "Node 20 or newer is needed, and `node --version` says `{version}`"
    );
    if !has_packages() {
        program("npm", "ci --no-audit --no-fund").run()?;
    }
    cargo("build --package chat --package dialogue-tests --bins").run()?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let servers =
        [("CHAT_BIN", "chat"), ("REFERENCE_BIN", "reference-server"), ("EVERYTHING_BIN", "everything-server")];
    let script = program("npm", "run").args([name]).within(package);
    Ok(servers.into_iter().fold(script, |script, (name, server)| script.env(name, target.join("debug").join(server))))
}

/// Whether what `package-lock.json` asks for is installed.
fn has_packages() -> bool {
    let changed = |path: &str| root().join(path).metadata().and_then(|file| file.modified()).ok();
    changed("node_modules/.package-lock.json") >= changed("package-lock.json")
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
