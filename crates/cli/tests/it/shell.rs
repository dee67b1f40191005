//! Completions, the manual page, closed pipes.

use std::io::Read;
use std::process::Stdio;

use super::{home, run, stdout};

#[test]
fn completions_are_for_the_named_shell() {
    let home = home();
    for (shell, sign) in [("bash", "complete -F"), ("zsh", "#compdef baton"), ("fish", "complete -c baton")] {
        assert!(stdout(&run(home.path(), &["completions", shell], 0)).contains(sign), "{shell}");
    }
    run(home.path(), &["completions", "nosuch"], 2);
}

#[test]
fn the_manual_has_a_page_for_the_program_and_for_each_command() {
    let home = home();
    let page = stdout(&run(home.path(), &["man"], 0));
    assert!(page.contains(".TH baton 1") && page.contains("BATON_HOME"), "{page}");
    let output = run(home.path(), &["man", "--out", "pages/man1"], 0);
    let written = stdout(&output);
    for name in ["baton.1", "baton-sync.1", "baton-routes-add.1"] {
        assert!(written.lines().any(|line| line.ends_with(name)), "{name}: {written}");
        let text = std::fs::read_to_string(home.path().join("pages/man1").join(name)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{name}");
    }
    assert!(written.lines().all(|line| home.path().join(line).is_file()));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let home = home();
    // The manual page is longer than what nobody has read yet.
    for words in [&["man"][..], &["completions", "bash"], &["services", "--json"], &["--help"]] {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("baton"))
            .args(words)
            .env("BATON_HOME", home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut talk = String::new();
        child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
        let status = child.wait().unwrap();
        assert_eq!((status.code(), talk.as_str()), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn a_closed_stderr_is_no_error_either() {
    let home = home();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("baton"))
        .args(["show", "nothing"])
        .env("BATON_HOME", home.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}
