//! The program as its users meet it: real processes, without any service.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod convert;
mod environment;
mod help;
mod settings;
mod shell;

use std::path::Path;
use std::process::Output;

use assert_cmd::{Command, cargo_bin_cmd};

/// A `baton` with a home of its own, no terminal, and nothing of the caller's environment that it reads.
fn baton(home: &Path) -> Command {
    let mut command = cargo_bin_cmd!("baton");
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("TZ", "UTC")
        .env("BATON_HOME", home.join("baton"))
        .env("BATON_VAULT", "file")
        .env("BATON_VAULT_PASSPHRASE", "a passphrase for tests")
        .current_dir(home);
    command
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8")
}

/// Runs `baton` with these words and expects this exit status.
fn run(home: &Path, words: &[&str], status: i32) -> Output {
    let output = baton(home).args(words).output().expect("the program starts");
    assert_eq!(
        output.status.code(),
        Some(status),
        "baton {words:?}\nstdout: {}\nstderr: {}",
        stdout(&output),
        stderr(&output)
    );
    output
}

/// The one sentence after `error: `, and that there is nothing else but a hint.
fn error_of(output: &Output) -> String {
    let text = stderr(output);
    let mut lines = text.lines();
    let error = lines.next().and_then(|line| line.strip_prefix("error: ")).map(str::to_owned);
    let rest: Vec<_> = lines.collect();
    assert!(rest.iter().all(|line| line.starts_with("hint: ")) && rest.len() <= 1, "{text}");
    assert!(!text.contains("panicked"), "{text}");
    error.unwrap_or_else(|| panic!("no error line in: {text}"))
}
