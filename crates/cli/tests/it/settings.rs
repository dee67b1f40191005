//! Settings, dates, and what is empty at first: wrong words are one sentence and exit status 2.

use super::{error_of, home, run, stdout};

#[test]
fn a_new_home_has_nothing_and_says_what_to_do() {
    let home = home();
    for command in ["accounts", "routes", "list", "history"] {
        let output = run(home.path(), &[command], 0);
        assert!(output.stdout.is_empty(), "{command}");
        assert!(!output.stderr.is_empty(), "{command}");
        assert!(run(home.path(), &[command, "--quiet"], 0).stderr.is_empty(), "{command}");
        assert!(run(home.path(), &[command, "--json"], 0).stdout.is_empty(), "{command}");
    }
    let error = error_of(&run(home.path(), &["sync"], 2));
    assert_eq!(error, "there are no accounts yet");
}

#[test]
fn settings_are_read_and_changed_by_their_keys() {
    let home = home();
    assert_eq!(stdout(&run(home.path(), &["config", "get", "preferences.laps"], 0)), "auto\n");
    run(home.path(), &["config", "set", "preferences.laps", "targets"], 0);
    assert_eq!(stdout(&run(home.path(), &["config", "get", "preferences.laps"], 0)), "targets\n");
    let shown = stdout(&run(home.path(), &["config"], 0));
    assert!(shown.lines().any(|line| line == "preferences.laps = \"targets\""), "{shown}");
    let path = stdout(&run(home.path(), &["config", "path"], 0));
    assert!(std::fs::read_to_string(path.trim_end()).unwrap().contains("laps = \"targets\""));
    let json = stdout(&run(home.path(), &["config", "set", "preferences.laps", "none", "--json"], 0));
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
}

#[test]
fn a_wrong_setting_is_refused_and_nothing_is_written() {
    let home = home();
    run(home.path(), &["config", "set", "schedule.interval_minutes", "30"], 0);
    let path = home.path().join("baton/config.toml");
    let before = std::fs::read_to_string(&path).unwrap();
    for (key, value) in [
        ("preferences.laps", "sideways"),
        ("preferences.nothing", "1"),
        ("schedule.interval_minutes", "0"),
        ("schedule.interval_minutes", "soon"),
        ("nothing", "1"),
    ] {
        let error = error_of(&run(home.path(), &["config", "set", key, value], 2));
        assert!(error.contains(key), "{error}");
    }
    assert!(
        error_of(&run(home.path(), &["config", "get", "preferences.lapse"], 2)).contains("preferences.lapse")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
}

#[test]
fn an_unknown_field_names_file_line_field_and_what_to_do() {
    let home = home();
    let folder = home.path().join("baton");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "[preferences]\nlaps = \"auto\"\nlapse = 3\n").unwrap();
    for words in [&["accounts"][..], &["sync"], &["config", "show"], &["routes"]] {
        let error = error_of(&run(home.path(), words, 2));
        for part in ["config.toml", "line 3", "lapse", "correct or remove"] {
            assert!(error.contains(part), "{error}");
        }
    }
    // The way to the file still works.
    assert!(stdout(&run(home.path(), &["config", "path"], 0)).ends_with("config.toml\n"));
    assert!(std::fs::read_to_string(folder.join("config.toml")).unwrap().contains("lapse = 3"));
}

#[test]
fn a_date_that_cannot_be_read_is_one_sentence() {
    let home = home();
    for date in ["soon", "2026-13-01", "31.12.2026", "-5d", ""] {
        let error = error_of(&run(home.path(), &["sync", &format!("--since={date}")], 2));
        assert_eq!(error, format!("“{date}” is not a date that Baton can read"));
    }
    let error = error_of(&run(home.path(), &["sync", "--since", "2026-11-02", "--until", "2026-11-01"], 2));
    assert_eq!(error, "the last day comes before the first");
}

#[test]
fn accounts_routes_and_entries_that_are_not_there_are_named() {
    let home = home();
    for (words, named) in [
        (&["connect", "nobody"][..], "nobody"),
        (&["disconnect", "nobody", "--yes"], "nobody"),
        (&["routes", "add", "here", "there"], "here"),
        (&["routes", "remove", "here-there"], "here-there"),
        (&["show", "here/1"], "here/1"),
        (&["send", "here/1", "--to", "there"], "there"),
        (&["list", "--account", "nobody"], "nobody"),
        (&["export", "here/1", "--out", "files"], "here/1"),
    ] {
        let error = error_of(&run(home.path(), words, 2));
        assert!(error.contains(&format!("“{named}”")), "{error}");
    }
    assert!(!home.path().join("files").exists());
}

#[test]
fn a_failure_is_an_object_too_where_objects_are_wanted() {
    let output = run(home().path(), &["show", "nothing", "--json"], 2);
    let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["error"]["kind"], "bad_input");
}
