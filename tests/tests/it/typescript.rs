//! What is written of the rooms for clients in TypeScript, against golden files; `UPDATE=1` writes these anew.

use std::fs;
use std::path::Path;

use dialogue::{Dialogue, TypeScript};
use dialogue_tests::everything::ROOMS;

fn is_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("typescript").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).expect("the folder of golden files is there");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == text,
        "{name} is not what is written now; see the difference after `UPDATE=1 cargo test -p dialogue-tests --test it typescript::`"
    );
}

#[test]
fn types() {
    is_golden("types.gen.ts", &TypeScript::of(ROOMS).to_string());
}

#[test]
fn types_and_schemas() {
    is_golden("schemas.gen.ts", &TypeScript::of(ROOMS).with_zod().to_string());
}

#[test]
fn json_schema() {
    let dialogue = Dialogue::builder().rooms(ROOMS).build().unwrap();
    let schema = dialogue.json_schema();
    assert_eq!(schema, dialogue::json_schema(ROOMS));
    is_golden("schema.json", &format!("{schema:#}\n"));
}

#[test]
fn the_file_is_written_once() {
    let path = std::env::temp_dir().join(format!("dialogue-{}.gen.ts", std::process::id()));
    let types = TypeScript::of(ROOMS);
    types.write(&path).unwrap();
    let first = fs::metadata(&path).unwrap().modified().unwrap();
    types.write(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), first, "an unchanged file is left alone");
    assert_eq!(fs::read_to_string(&path).unwrap(), types.to_string());
    fs::remove_file(&path).unwrap();
    let error = types.write("/nowhere/at/all.ts").unwrap_err();
    assert_eq!(error.to_string(), "cannot write /nowhere/at/all.ts; check that its folder exists");
}
