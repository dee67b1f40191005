//! `convert`: files to files, without an account.

use std::path::{Path, PathBuf};

use baton_core::{Activity, Format, Item, Record, Sport, SubSport, Time};
use baton_fit::EncodeOptions;
use chrono::TimeDelta;

use super::{error_of, home, run, stderr, stdout};

/// A ride of ten minutes with a heart rate that rises.
fn ride() -> Item {
    let start: Time = "2026-11-20T06:30:00Z".parse().unwrap();
    let records = (0..600).map(|second| Record {
        time: start + TimeDelta::seconds(second),
        heart_rate: Some(100 + (second / 10) as u8),
        ..Record::default()
    });
    Item::Activity(Box::new(Activity {
        start,
        utc_offset: Some(3600),
        sport: Sport::CYCLING,
        sub_sport: SubSport::INDOOR_CYCLING,
        title: "10 min Cool Down Ride".into(),
        elapsed: 600.0,
        timer: 600.0,
        records: records.collect(),
        ..Activity::default()
    }))
}

fn write(home: &Path, name: &str, format: Format) -> PathBuf {
    let file = baton_fit::encode(&ride(), format, &EncodeOptions::default()).unwrap();
    let path = home.join(name);
    std::fs::write(&path, &file.bytes).unwrap();
    path
}

/// The activity in the one file that was written.
fn written(home: &Path, output: &std::process::Output) -> (PathBuf, Activity) {
    let text = stdout(output);
    let mut lines = text.lines();
    let path = home.join(lines.next().expect("a path"));
    assert_eq!(lines.next(), None);
    let bytes = std::fs::read(&path).unwrap();
    let items = baton_fit::decode(&bytes, Format::of_path(&path).unwrap()).unwrap();
    match items.into_iter().next() {
        Some(Item::Activity(activity)) => (path, *activity),
        other => panic!("{other:?}"),
    }
}

#[test]
fn json_becomes_fit_and_keeps_what_it_held() {
    let home = home();
    write(home.path(), "ride.json", Format::Json);
    let output = run(home.path(), &["convert", "ride.json", "--out", "files"], 0);
    let (path, activity) = written(home.path(), &output);
    assert_eq!(path.extension().unwrap(), "fit");
    assert_eq!(activity.span(), ride().span());
    assert_eq!((activity.sport, activity.sub_sport), (Sport::CYCLING, SubSport::INDOOR_CYCLING));
    assert_eq!(activity.records.len(), 600);
    assert_eq!(activity.records.last().unwrap().heart_rate, Some(159));
    assert_eq!(activity.totals.max_heart_rate, Some(159));
    assert!(!activity.laps.is_empty());
}

#[test]
fn each_format_can_be_asked_for() {
    let home = home();
    write(home.path(), "ride.fit", Format::Fit);
    for format in ["tcx", "json", "fit"] {
        let output = run(home.path(), &["convert", "ride.fit", "--out", "files", "--format", format], 0);
        let (path, activity) = written(home.path(), &output);
        assert_eq!(path.extension().unwrap(), format);
        assert_eq!(activity.records.len(), 600, "{format}");
    }
    let output = run(home.path(), &["convert", "ride.fit", "--out", "files", "--format", "docx"], 2);
    assert!(stderr(&output).contains("docx"));
}

#[test]
fn paths_can_be_had_as_objects() {
    let home = home();
    write(home.path(), "ride.json", Format::Json);
    let output = run(home.path(), &["convert", "ride.json", "--out", "files", "--json"], 0);
    let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(home.path().join(object["file"].as_str().unwrap()).is_file());
}

#[test]
fn a_format_that_cannot_hold_it_is_said_and_nothing_is_written() {
    let home = home();
    write(home.path(), "ride.json", Format::Json);
    let output = run(home.path(), &["convert", "ride.json", "--out", "files", "--format", "gpx"], 1);
    error_of(&output);
    assert!(output.stdout.is_empty());
    assert!(
        !home.path().join("files").exists() || home.path().join("files").read_dir().unwrap().next().is_none()
    );
}

#[test]
fn files_that_cannot_be_read_are_named_and_the_others_are_converted() {
    let home = home();
    write(home.path(), "ride.json", Format::Json);
    std::fs::write(home.path().join("damaged.fit"), b"\x0e\x10\x00\x00\xff\xff\xff\xff.FIT\x00\x00").unwrap();
    std::fs::write(home.path().join("notes.txt"), "not a workout").unwrap();
    std::fs::write(home.path().join("broken.json"), "{\"workout\": {").unwrap();
    for name in ["no-such-file.fit", "damaged.fit", "notes.txt", "broken.json", "."] {
        let output = run(home.path(), &["convert", name, "--out", "files"], 2);
        assert!(error_of(&output).contains(name), "{}", stderr(&output));
        assert!(!home.path().join("files").exists(), "{name}");
    }
    let output = run(home.path(), &["convert", "no-such-file.fit", "ride.json", "--out", "files"], 2);
    assert!(error_of(&output).contains("no-such-file.fit"));
    written(home.path(), &output);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let home = home();
    write(home.path(), "ride.json", Format::Json);
    std::fs::write(home.path().join("taken"), "a file").unwrap();
    let output = run(home.path(), &["convert", "ride.json", "--out", "taken/files"], 1);
    assert!(error_of(&output).contains("taken"), "{}", stderr(&output));
}

#[test]
fn import_without_an_account_says_what_to_do() {
    let home = home();
    write(home.path(), "ride.fit", Format::Fit);
    let error = error_of(&run(home.path(), &["import", "ride.fit"], 2));
    assert!(error.contains("connect one"), "{error}");
}

/// A service's own raw answers, where samples are at hand.
#[test]
fn raw_answers_are_converted_where_samples_are_present() {
    let samples = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from).or_else(|| {
        let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        above.map(|folder| folder.join("../shared/data")).find(|folder| folder.is_dir())
    });
    let Some(samples) = samples else {
        println!("skipped: no sample data");
        return;
    };
    let mut tried = 0;
    for file in json_files(&samples) {
        if tried == 3 {
            break;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let Ok(answer) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        if answer.get("workout").is_none() || answer.get("performance_graph").is_none() {
            continue;
        }
        let home = home();
        let output = run(home.path(), &["convert", &file.to_string_lossy(), "--out", "files"], 0);
        let (_, activity) = written(home.path(), &output);
        assert!(activity.elapsed > 0.0, "{}", file.display());
        tried += 1;
    }
    if tried == 0 {
        println!("skipped: no raw answers among the sample data");
    }
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    files
}
