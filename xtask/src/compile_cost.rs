//! What the macros cost at compile time: `cargo check` of a large application, with them and without.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::publish::package_name;

const ROOMS: usize = 60;
const EVENTS_PER_ROOM: usize = 60;

/// How long two crates of the same types take to check, without their dependencies. By the clock on the wall: only an
/// idle machine tells the truth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    /// With serde's derives, `#[derive(Event)]` and `rooms!`.
    pub dialogue: Duration,
    /// With serde's derives only.
    pub serde: Duration,
}

/// Generates both crates in `target/compile-cost` and checks them.
///
/// # Errors
///
/// When a file cannot be written, or a generated crate does not compile.
pub(crate) fn run() -> anyhow::Result<Report> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    let with_macros = Crate::write(root, "dialogue", &main_with_dialogue())?;
    let control = Crate::write(root, "serde", &main_with_serde())?;
    Ok(Report { dialogue: with_macros.check()?, serde: control.check()? })
}

impl Report {
    /// How many times the control the application takes.
    pub(crate) fn ratio(&self) -> f64 {
        self.dialogue.as_secs_f64() / self.serde.as_secs_f64()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dialogue, serde) = (self.dialogue.as_secs_f64(), self.serde.as_secs_f64());
        writeln!(f, "{ROOMS} rooms of {EVENTS_PER_ROOM} event types each, `cargo check` without dependencies:")?;
        writeln!(f, "  serde's derives alone  {serde:6.2} s")?;
        write!(f, "  the same with dialogue {dialogue:6.2} s, {:.2} times as long", self.ratio())
    }
}

/// A generated crate.
struct Crate(PathBuf);

impl Crate {
    fn write(root: &Path, name: &str, main: &str) -> anyhow::Result<Self> {
        let folder = root.join("target/compile-cost").join(name);
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest(root, name)?)?;
        fs::write(folder.join("src/main.rs"), main)?;
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self(folder))
    }

    /// Checks everything, and then again only what the touched file needs.
    fn check(&self) -> anyhow::Result<Duration> {
        self.cargo_check()?;
        let main = self.0.join("src/main.rs");
        fs::write(&main, fs::read(&main)?)?;
        self.cargo_check()
    }

    fn cargo_check(&self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let status = Command::new(env!("CARGO"))
            .args(["check", "--quiet", "--target-dir", "../target"])
            .env("CARGO_INCREMENTAL", "0")
            .env("RUSTFLAGS", "-Awarnings")
            .current_dir(&self.0)
            .status()?;
        ensure!(status.success(), "the crate in {} does not compile", self.0.display());
        Ok(started.elapsed())
    }
}

fn manifest(root: &Path, name: &str) -> anyhow::Result<String> {
    let dialogue = match name {
        "dialogue" => {
            let package = package_name(&root.join("dialogue"))?;
            let root = root.display();
            format!("dialogue = {{ package = '{package}', path = '{root}/dialogue', default-features = false }}\n")
        }
        _ => String::new(),
    };
    Ok(format!(
        "[package]\nname = \"compile-cost-{name}\"\nedition = \"2024\"\n\n\
         [dependencies]\nserde = {{ version = \"1\", features = [\"derive\"] }}\n{dialogue}\n[workspace]\n"
    ))
}

fn main_with_serde() -> String {
    let mut code = String::from("#![allow(dead_code)]\n");
    for room in 0..ROOMS {
        code += &events(room, "Serialize, Deserialize", "");
    }
    code + "fn main() {}\n"
}

fn main_with_dialogue() -> String {
    let mut code = String::from("#![allow(dead_code)]\n");
    let mut table = String::new();
    for room in 0..ROOMS {
        code += &events(room, "Serialize, Deserialize, dialogue::Event", "#[validate(length(min = 1, max = 1000))] ");
        let names: Vec<_> = (0..EVENTS_PER_ROOM).map(|event| format!("events_{room}::Event{event}")).collect();
        let _ = writeln!(table, "    pub Room{room} {{ events: [{}] }}", names.join(", "));
    }
    code + "dialogue::rooms! {\n" + &table + "}\n\nfn main() {}\n"
}

/// A module with the events of one room.
fn events(room: usize, derives: &str, rule: &str) -> String {
    let mut code = format!("mod events_{room} {{\n    use serde::{{Deserialize, Serialize}};\n");
    for event in 0..EVENTS_PER_ROOM {
        let _ = writeln!(
            code,
            "    #[derive({derives})]\n    pub struct Event{event} {{ {rule}pub text: String, pub number: u32 }}"
        );
    }
    code + "}\n"
}
