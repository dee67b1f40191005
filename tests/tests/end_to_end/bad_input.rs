//! Wrong passwords, codes, tokens, paths, dates and settings: one sentence that says what to do, the right exit code,
//! and nothing changed.

use baton_tests::garmin::{Fault, LoginOutcome};
use baton_tests::peloton;
use baton_tests::program::{stderr, stdout};
use baton_tests::server::Times;

use crate::world::{EMAIL, GARMIN_PASSWORD, World};

/// Runs with these answers and gives (exit code, the error's one line).
fn told(world: &World, arguments: &[&str], lines: &[&str]) -> (Option<i32>, String) {
    let output = world.computer.answer(arguments, lines);
    let text = stderr(&output);
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "one sentence: {text}");
    assert!(!text.contains("panicked"), "{text}");
    (output.status.code(), errors[0].to_owned())
}

#[test]
fn a_wrong_password_is_tried_once() {
    let world = World::new(0);
    let (code, error) = told(&world, &["connect", "garmin", "--method", "password"], &[EMAIL, "wrong"]);
    assert_eq!(code, Some(3), "{error}");
    assert_eq!(world.garmin.logins().len(), 1);
    let (code, error) = told(&world, &["connect", "peloton", "--method", "password"], &[EMAIL, "wrong"]);
    assert_eq!(code, Some(3), "{error}");
    assert_eq!(world.peloton.logins().len(), 1);
    assert_eq!(stdout(&world.computer.run(["accounts", "--json"])), "", "no account was made");
}

#[test]
fn a_wrong_code_can_be_corrected_in_the_same_session() {
    let world = World::new(0);
    let (code, error) =
        told(&world, &["connect", "garmin", "--method", "password"], &[EMAIL, GARMIN_PASSWORD, "000000"]);
    assert_eq!(code, Some(3), "{error}");
    let asked =
        world.garmin.logins().iter().filter(|login| login.outcome == LoginOutcome::CodeRequired).count();
    assert_eq!(asked, 1, "one password, however many codes");
}

#[test]
fn a_blocked_sign_in_is_a_clock_time_and_is_not_tried_sooner() {
    let world = World::new(0);
    for group in ["sso_page", "login"] {
        world.garmin.fault(
            group,
            Fault::RateLimited { retry_after_seconds: None, as_date: false },
            Times::Always,
        );
    }
    let (code, error) =
        told(&world, &["connect", "garmin", "--method", "password"], &[EMAIL, GARMIN_PASSWORD]);
    assert_eq!(code, Some(3), "{error}");
    assert!(error.contains(':'), "a clock time: {error}");
    world.garmin.clear_faults();
    let before = world.garmin.requests().len();
    let (code, error) =
        told(&world, &["connect", "garmin", "--method", "password"], &[EMAIL, GARMIN_PASSWORD]);
    assert_eq!(code, Some(3), "{error}");
    assert_eq!(world.garmin.requests().len(), before, "left alone");
    // Another way in does not knock at the closed door.
    let (_, error) = told(&world, &["connect", "garmin", "--method", "paste"], &["ST-1-unknown-cas"]);
    assert!(!error.contains("until"), "{error}");
}

#[test]
fn tokens_and_tickets_that_are_none() {
    let world = World::new(0);
    for (service, text) in
        [("peloton", "hello"), ("peloton", "a.b.c"), ("garmin", "ST-1-unknown-cas"), ("garmin", "hello")]
    {
        let (code, error) = told(&world, &["connect", service, "--method", "paste"], &[text]);
        assert!(matches!(code, Some(2 | 3)), "{service} {text}: {code:?} {error}");
    }
    let (code, error) = told(&world, &["connect", "garmin", "--method", "import"], &["no-such-folder"]);
    assert!(matches!(code, Some(2 | 3)), "{code:?} {error}");
    assert_eq!(stdout(&world.computer.run(["accounts", "--json"])), "");
}

#[test]
fn words_that_mean_nothing() {
    let world = World::connected(1);
    for arguments in [
        &["connect", "nobody"][..],
        &["connect", "garmin", "--method", "magic"],
        &["connect", "garmin", "--domain", "garmin.example"],
        &["sync", "--since", "someday"],
        &["sync", "--route", "nowhere"],
        &["routes", "add", "peloton", "nowhere"],
        &["routes", "add", "garmin", "peloton"],
        &["routes", "add", "peloton", "garmin", "--title", "{titel}"],
        &["routes", "add", "peloton", "garmin", "--only", "quidditch"],
        &["routes", "remove", "nowhere"],
        &["show", "nothing"],
        &["send", "nothing", "--to", "garmin"],
        &["disconnect", "nobody", "--yes"],
        &["convert", "missing.json", "--out", "files"],
        &["import", "missing.fit", "--to", "garmin"],
        &["config", "get", "preferences.lapps"],
        &["config", "set", "preferences.laps", "sideways"],
    ] {
        let before = std::fs::read(world.computer.home().join("config.toml")).unwrap();
        let (code, error) = told(&world, arguments, &[]);
        assert_eq!(code, Some(2), "{arguments:?}: {error}");
        assert_eq!(
            std::fs::read(world.computer.home().join("config.toml")).unwrap(),
            before,
            "{arguments:?}"
        );
    }
}

#[test]
fn an_unknown_setting_is_named_with_its_file_and_kept() {
    let world = World::connected(1);
    let path = world.computer.home().join("config.toml");
    let text = std::fs::read_to_string(&path).unwrap() + "\n[preferances]\nlaps = \"auto\"\n";
    std::fs::write(&path, &text).unwrap();
    let (code, error) = told(&world, &["sync"], &[]);
    assert_eq!(code, Some(2));
    assert!(error.contains("config.toml") && error.contains("preferances"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn damaged_files_are_named_and_kept() {
    for name in ["ledger.db", "vault"] {
        let world = World::connected(2);
        let path = world.computer.home().join(name);
        let damaged = vec![0x5a_u8; 5000];
        // What SQLite has not yet moved into the file would mend it again.
        for file in std::fs::read_dir(world.computer.home()).unwrap().flatten() {
            if name == "ledger.db" && file.file_name().to_string_lossy().starts_with("ledger.db-") {
                std::fs::remove_file(file.path()).unwrap();
            }
        }
        std::fs::write(&path, &damaged).unwrap();
        let (code, error) = told(&world, &["sync"], &[]);
        assert!(matches!(code, Some(1..=3)), "{name}: {code:?} {error}");
        assert!(error.contains(name), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), damaged, "{name} is kept as it was");
    }
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_changes_nothing() {
    let world = World::connected(2);
    let before = std::fs::read(world.computer.home().join("vault")).unwrap();
    let mut sync = world.computer.command(["sync"]);
    sync.env("BATON_VAULT_PASSPHRASE", "not the passphrase");
    let output = sync.output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("passphrase"));
    assert_eq!(std::fs::read(world.computer.home().join("vault")).unwrap(), before);
    world.computer.run_well(["sync", "--quiet"]);
}

#[test]
fn peloton_pages_that_ask_for_more_lead_to_another_way() {
    let world = World::new(0);
    world.peloton.fault("login", peloton::Fault::Captcha, Times::Next(1));
    let (code, error) =
        told(&world, &["connect", "peloton", "--method", "password"], &[EMAIL, "correct horse 4711"]);
    assert_eq!(code, Some(3), "{error}");
}
