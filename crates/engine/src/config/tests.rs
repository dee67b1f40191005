//! Reading, refusing and changing `config.toml`.

use baton_core::ErrorKind;
use rstest::rstest;
use serde_json::json;

use super::*;

struct Home(tempfile::TempDir);

impl Home {
    fn with(text: &str) -> (Home, ConfigFile) {
        let home = Home(tempfile::tempdir().unwrap());
        std::fs::create_dir(home.0.path().join("locks")).unwrap();
        if !text.is_empty() {
            std::fs::write(home.0.path().join("config.toml"), text).unwrap();
        }
        let file = ConfigFile::new(home.0.path());
        (home, file)
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.0.path().join("config.toml")).unwrap()
    }
}

const ROUTE: &str = "[routes.a-b]\nfrom = \"a\"\nto = \"b\"\n";

#[test]
fn nothing_written_is_every_default() {
    let (_home, file) = Home::with("");
    assert_eq!(file.load().unwrap(), Config::default());
    assert_eq!(file.get("schedule.interval_minutes").unwrap(), json!(60));
}

#[rstest]
#[case::unknown_section("[colours]\nred = 1\n", &["line 1", "colours"])]
#[case::unknown_field("[preferences]\nlaps = \"auto\"\nlapss = \"auto\"\n", &["line 3", "lapss"])]
#[case::wrong_type("[schedule]\ninterval_minutes = \"often\"\n", &["line 2", "interval_minutes"])]
#[case::wrong_word("[preferences]\nlaps = \"fast\"\n", &["line 2", "fast"])]
#[case::not_toml("[preferences\n", &["line 1"])]
#[case::no_date("[routes.a-b]\nfrom = \"a\"\nto = \"b\"\nsince = \"yesterday\"\n", &["line 4", "yesterday"])]
#[case::same_account("[routes.x]\nfrom = \"a\"\nto = \"a\"\n", &["routes.x"])]
#[case::no_sport("[routes.x]\nfrom = \"a\"\nto = \"b\"\ninclude_sports = [\"cycle\"]\n", &["routes.x", "cycle"])]
#[case::no_device("[preferences.devices]\ncycling = \"bicycle\"\n", &["bicycle"])]
#[case::zero_interval("[schedule]\ninterval_minutes = 0\n", &["interval_minutes"])]
fn a_fault_is_one_sentence_that_says_where(#[case] text: &str, #[case] named: &[&str]) {
    let (home, file) = Home::with(text);
    let error = file.load().unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadInput);
    for name in named.iter().chain(&["config.toml", "correct"]) {
        assert!(error.message.contains(name), "{name} is not in: {}", error.message);
    }
    assert!(!error.message.contains('\n'), "{}", error.message);
    // A file with a fault is not written over.
    assert!(file.merge(&json!({ "schedule": { "interval_minutes": 5 } })).is_err());
    assert_eq!(home.text(), text);
}

#[test]
fn comments_and_order_survive_a_change() {
    let text = "# mine\n[preferences]\nlaps = \"auto\" # as recorded\n\n# below\n[schedule]\ninterval_minutes = 30\n";
    let (home, file) = Home::with(text);
    file.set("preferences.laps", "segments").unwrap();
    file.merge(&json!({ "schedule": { "interval_minutes": 45, "after_waking": false } })).unwrap();
    let changed = home.text();
    assert!(changed.contains("laps = \"segments\" # as recorded"), "{changed}");
    assert!(changed.starts_with("# mine\n") && changed.contains("# below\n[schedule]"), "{changed}");
    assert!(
        changed.contains("interval_minutes = 45") && changed.contains("after_waking = false"),
        "{changed}"
    );
    file.set("preferences.laps", "none").unwrap();
    assert!(!home.text().contains("laps"), "{}", home.text());
}

#[test]
fn keys_are_checked_before_anything_is_written() {
    let (home, file) = Home::with(ROUTE);
    for (key, value) in [
        ("preferences.lap", "auto"),
        ("laps", "auto"),
        ("routes.b-a.title", "x"),
        ("routes.a-b.title", "{nonsense}"),
        ("routes.a-b.since", "soon"),
        ("schedule.interval_minutes", "often"),
        ("accounts.a.user_key", "someone"),
    ] {
        let error = file.set(key, value).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadInput, "{key}: {error}");
    }
    assert_eq!(home.text(), ROUTE);
    assert_eq!(file.get("routes.a-b.title").unwrap(), json!(null));
    assert!(file.get("routes.a-b.colour").is_err());
    file.set("routes.a-b.title", "{title} with {instructor}").unwrap();
    file.set("routes.a-b.kinds", "[\"activity\", \"body\"]").unwrap();
    file.set("routes.a-b.since", "2026-11-01").unwrap();
    assert_eq!(file.get("routes.a-b.if_similar").unwrap(), json!("leave"));
    assert!(file.set("routes.a-b.if_similar", "replace").is_err());
    file.set("routes.a-b.if_similar", "send").unwrap();
    let route = file.load().unwrap().routes.remove("a-b").unwrap();
    assert_eq!(route.kinds, [Kind::Activity, Kind::Body]);
    assert_eq!(route.since, Some(parse_time("2026-11-01").unwrap()));
    assert_eq!((route.id.as_str(), route.if_similar), ("a-b", baton_core::IfSimilar::Send));
}

#[test]
fn dates_are_texts_or_tomls_own() {
    for since in ["\"2026-11-01T00:00:00Z\"", "2026-11-01T00:00:00Z"] {
        let (_home, file) = Home::with(&format!("{ROUTE}since = {since}\n"));
        let since = file.load().unwrap().routes["a-b"].since.unwrap();
        assert_eq!(since.to_rfc3339(), "2026-11-01T00:00:00+00:00");
    }
    let (_home, file) = Home::with(&format!("{ROUTE}since = 2026-11-01\n"));
    assert_eq!(file.load().unwrap().routes["a-b"].since, Some(parse_time("2026-11-01").unwrap()));
}

#[test]
fn changes_made_side_by_side_are_all_kept() {
    let (_home, file) = Home::with("");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let file = &file;
            scope.spawn(move || {
                let route = json!({ "from": format!("a{number}"), "to": "b" });
                file.merge(&json!({ "routes": { format!("r{number}"): route } })).unwrap();
            });
        }
    });
    assert_eq!(file.load().unwrap().routes.len(), 8);
}
