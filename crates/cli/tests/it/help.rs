//! The help texts, as they stand.

use super::{home, run, stdout};

fn help(words: &[&str]) -> String {
    stdout(&run(home().path(), words, 0))
}

#[test]
fn the_program_tells_how_to_begin() {
    insta::assert_snapshot!("baton", help(&["-h"]));
    insta::assert_snapshot!("baton_long", help(&["--help"]));
}

#[test]
fn each_command_tells_what_it_takes() {
    let commands = [
        "connect",
        "disconnect",
        "accounts",
        "services",
        "routes",
        "list",
        "show",
        "sync",
        "watch",
        "send",
        "convert",
        "import",
        "export",
        "history",
        "config",
        "doctor",
        "completions",
        "man",
    ];
    for command in commands {
        insta::assert_snapshot!(command, help(&[command, "--help"]));
    }
    for (command, inner) in [("routes", "add"), ("routes", "remove"), ("config", "get"), ("config", "set")] {
        insta::assert_snapshot!(format!("{command}_{inner}"), help(&[command, inner, "--help"]));
    }
}

#[test]
fn without_a_command_the_help_is_shown_as_wrong_usage() {
    let output = run(home().path(), &[], 2);
    assert!(super::stderr(&output).contains("Usage: baton"));
    assert!(output.stdout.is_empty());
}

#[test]
fn unknown_words_end_with_wrong_usage() {
    for words in [
        &["snyc"][..],
        &["sync", "--dryrun"],
        &["connect"],
        &["sync", "--limit", "many"],
        &["sync", "--no-upload"],
    ] {
        let output = run(home().path(), words, 2);
        assert!(output.stdout.is_empty());
        assert!(super::stderr(&output).starts_with("error: "));
    }
}

#[test]
fn the_version_is_told() {
    assert!(help(&["--version"]).starts_with("baton "));
}
