//! The macros, from the outside: every file in `pass/` compiles and runs, every file in `fail/` does not compile, with
//! exactly the errors in the `.stderr` beside it.
//!
//! After a change of wording, `TRYBUILD=overwrite cargo test -p ui-tests` writes them anew; read them aloud.

#[test]
fn mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    for theme in ["event", "validation", "rooms", "families", "triggers"] {
        cases.compile_fail(format!("fail/{theme}/*.rs"));
    }
}

#[test]
fn what_is_right_compiles_and_works() {
    trybuild::TestCases::new().pass("pass/*.rs");
}
