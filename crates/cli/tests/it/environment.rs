//! The environment: where things are, what seals the sign-ins, and answers to prompts.

use super::{baton, error_of, home, run, stderr, stdout};

/// The id of a service that asks for a folder or for a password, told by the program itself: no name is known here.
fn services(home: &std::path::Path) -> Vec<serde_json::Value> {
    let text = stdout(&run(home, &["services", "--json"], 0));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The service that has this way to sign in.
fn service_with(home: &std::path::Path, method: &str) -> String {
    let has = |service: &&serde_json::Value| {
        service["sign_in"].as_array().unwrap().iter().any(|known| known["id"] == method)
    };
    let found = services(home).iter().find(has).map(|service| service["id"].as_str().unwrap().to_owned());
    found.unwrap_or_else(|| panic!("no service signs in by {method}"))
}

#[test]
fn services_are_told_as_a_table_and_as_objects() {
    let home = home();
    let table = stdout(&run(home.path(), &["services"], 0));
    for service in services(home.path()) {
        assert!(table.contains(service["name"].as_str().unwrap()), "{table}");
    }
}

#[test]
fn endpoints_elsewhere_are_refused() {
    let home = home();
    let service = service_with(home.path(), "password");
    let file = home.path().join("endpoints.toml");
    for (text, named) in [
        (
            format!("[{service}]\napi = \"https://example.com\"\nconnect = \"https://example.com\"\n"),
            "on this computer",
        ),
        ("[nobody]\napi = \"http://127.0.0.1:1\"\n".to_owned(), "nobody"),
        ("pace = -1\n".to_owned(), "pace"),
        ("[".to_owned(), "TOML"),
    ] {
        std::fs::write(&file, text).unwrap();
        let output = baton(home.path()).env("BATON_ENDPOINTS", &file).arg("accounts").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let error = error_of(&output);
        assert!(error.contains(named) && error.contains("endpoints.toml"), "{error}");
    }
    let output = baton(home.path()).env("BATON_ENDPOINTS", "no-such.toml").arg("services").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error_of(&output).contains("no-such.toml"));
}

#[test]
fn a_vault_of_an_unknown_sort_or_without_a_passphrase_is_refused() {
    let home = home();
    let output = baton(home.path()).env("BATON_VAULT", "cloud").arg("accounts").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error_of(&output).starts_with("BATON_VAULT can only be “file”"), "{}", error_of(&output));
    let without = || {
        let mut command = baton(home.path());
        command.env_remove("BATON_VAULT_PASSPHRASE").arg("accounts");
        command
    };
    let output = without().output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error_of(&output).starts_with("BATON_VAULT=file needs a passphrase"), "{}", error_of(&output));
    let output = without().env("BATON_VAULT_PASSPHRASE_FILE", "no-such-file").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = error_of(&output);
    assert!(error.contains("BATON_VAULT_PASSPHRASE_FILE") && error.contains("no-such-file"), "{error}");
}

#[test]
fn a_wrong_passphrase_is_said_before_anything_is_asked() {
    let home = home();
    let folder = service_with(home.path(), "folder");
    std::fs::create_dir(home.path().join("kept")).unwrap();
    let connect = |passphrase: &str| {
        baton(home.path())
            .env("BATON_VAULT_PASSPHRASE", passphrase)
            .args(["connect", &folder])
            .write_stdin("kept\n")
            .output()
            .unwrap()
    };
    let output = connect("the right one");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let vault = std::fs::read(home.path().join("baton/vault")).unwrap();
    let output = connect("the wrong one");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("passphrase"), "{}", stderr(&output));
    assert_eq!(std::fs::read(home.path().join("baton/vault")).unwrap(), vault);
    // What needs no secret needs no passphrase either.
    let output =
        baton(home.path()).env("BATON_VAULT_PASSPHRASE", "the wrong one").arg("accounts").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("connected"));
}

#[test]
fn answers_that_end_too_soon_are_one_clear_sentence() {
    let home = home();
    let service = service_with(home.path(), "password");
    let output = baton(home.path()).args(["connect", &service]).write_stdin("").output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("error: the input ended before the e-mail address was given"));
    let output = baton(home.path())
        .args(["connect", &service, "--method", "password"])
        .write_stdin("rider@example.com\n")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("error: the input ended before the password was given"));
}

#[test]
fn a_password_file_that_cannot_be_read_is_one_sentence() {
    let home = home();
    let service = service_with(home.path(), "password");
    let prefix = service.to_ascii_uppercase();
    let output = baton(home.path())
        .args(["connect", &service, "--method", "password"])
        .env(format!("{prefix}_USERNAME"), "rider@example.com")
        .env(format!("{prefix}_PASSWORD_FILE"), "no-such-file")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let error = stderr(&output).lines().find(|line| line.starts_with("error: ")).unwrap().to_owned();
    assert!(error.contains(&format!("{prefix}_PASSWORD_FILE")) && error.contains("no-such-file"), "{error}");
}

#[test]
fn a_window_is_not_for_the_command_line() {
    let home = home();
    let service = service_with(home.path(), "window");
    let output = run(home.path(), &["connect", &service, "--method", "window"], 2);
    assert!(stderr(&output).contains("needs a window"), "{}", stderr(&output));
    assert!(stderr(&output).contains("--method"), "{}", stderr(&output));
    let output = run(home.path(), &["connect", &service, "--method", "handshake"], 2);
    assert!(stderr(&output).contains("“handshake”"), "{}", stderr(&output));
}

#[test]
fn a_notice_comes_before_the_first_sign_in() {
    let home = home();
    for service in services(home.path()) {
        let Some(notice) = service["notice"].as_object() else { continue };
        let id = service["id"].as_str().unwrap();
        let output = baton(home.path()).args(["connect", id]).write_stdin("").output().unwrap();
        let sentences: Vec<&str> = notice.values().filter_map(|value| value.as_str()).collect();
        assert_eq!(sentences.len(), 4, "{id}");
        for sentence in sentences {
            assert!(stderr(&output).contains(sentence), "{id}");
        }
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn disconnecting_needs_a_yes() {
    let home = home();
    let folder = service_with(home.path(), "folder");
    std::fs::create_dir(home.path().join("kept")).unwrap();
    let output = baton(home.path()).args(["connect", &folder]).write_stdin("kept\n").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    error_of(&run(home.path(), &["disconnect", &folder], 2));
    assert!(stdout(&run(home.path(), &["accounts", "--json"], 0)).contains(&folder));
    run(home.path(), &["disconnect", &folder, "--yes"], 0);
    assert!(run(home.path(), &["accounts", "--json"], 0).stdout.is_empty());
}
