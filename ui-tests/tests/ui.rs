//! The macros, from the outside: every file in `pass/` compiles and runs, every file in `fail/` does not compile, with
//! exactly the errors in the `.stderr` beside it.
//!
//! What compiles is compiled with dialogue's feature `schema` too, with which the derive writes more:
//! `cargo test -p ui-tests --features schema`.
//!
//! After a change of wording, `TRYBUILD=overwrite cargo test -p ui-tests` writes the `.stderr` files anew; read them aloud.

#[test]
#[cfg_attr(feature = "schema", ignore = "the `.stderr` files are those without the feature")]
fn mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    for theme in ["event", "validation", "rooms", "families", "triggers"] {
        cases.compile_fail(format!("fail/{theme}/*.rs"));
    }
}

#[test]
fn what_is_right_compiles_and_works() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    if cfg!(feature = "schema") {
        cases.pass("pass/schema/*.rs");
    }
}
