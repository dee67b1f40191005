//! The published payloads, where they are at hand: what withings-sync derives from them must come out, but for its
//! known faults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use baton_core::{Body, Entry, Kind, Measured, Owner, Time};
use serde_json::Value;

use super::super::decimal::Decimal;
use super::super::wire::Page;
use super::{Group, Height, entries, groups, heights};

/// `BATON_SAMPLE_DATA`, else `../shared/data` beside the project or above it.
fn samples() -> Option<PathBuf> {
    let named = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/data"));
    let found =
        named.into_iter().chain(above).map(|folder| folder.join("withings")).find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: no sample data");
    }
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn page(answer: &Value) -> Vec<Group> {
    let page: Page = serde_json::from_value(answer["body"].clone()).unwrap();
    groups(&page.measuregrps.unwrap().0)
}

fn rounded(value: &Value) -> Option<f64> {
    value.as_f64()
}

/// The expected line of a second. withings-sync wrote times without a zone; the samples were made in UTC.
fn lines(expected: &Value) -> BTreeMap<Time, Value> {
    let lines = expected["syncdata"].as_array().unwrap();
    let time = |line: &Value| {
        let text = line["date_time"].as_str().unwrap();
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc()
    };
    lines.iter().map(|line| (time(line), line.clone())).collect()
}

/// How many of them withings-sync rounded down although they are halves: its fault, it rounds the binary number.
fn same_weight(body: &Body, line: &Value) -> usize {
    assert_eq!(body.weight, rounded(&line["weight"]), "{line}");
    let (fat, theirs) = (body.percent_fat, rounded(&line["fat_ratio"]));
    let is_half = fat.zip(theirs).is_some_and(|(fat, theirs)| ((fat - theirs) * 100.0).round() == 1.0);
    assert!(fat == theirs || is_half, "{line}");
    assert_eq!(body.muscle_mass, rounded(&line["muscle_mass"]), "{line}");
    assert_eq!(body.bone_mass, rounded(&line["bone_mass"]), "{line}");
    assert_eq!(body.percent_hydration, rounded(&line["percent_hydration"]), "{line}");
    assert_eq!(body.bmi, rounded(&line["bmi"]), "{line}");
    let beside = |name: &str| body.more.iter().find(|it| it.name == name).map(|it| it.value);
    assert_eq!(beside("hydration"), rounded(&line["hydration"]), "{line}");
    // Left out where there is none, and not lost where there is.
    if let Some(pulse) = rounded(&line["heart_pulse"]) {
        assert_eq!(beside("heart_rate"), Some(pulse), "{line}");
    }
    usize::from(is_half)
}

fn compare(folder: &Path, name: &str) -> Vec<Entry> {
    let answer = json(&folder.join(format!("{name}.input.json")));
    let expected = json(&folder.join(format!("{name}.expected.json")));
    let groups = page(&answer);
    let told = heights(&groups);
    let metres = (expected["height_m"].as_f64().unwrap() * 1000.0).round() as i64;
    let heights = match told.as_slice() {
        [] => vec![Height { since: 0, metres: Decimal::new(metres, -3).unwrap() }],
        told => told.to_vec(),
    };
    let zone = answer["body"]["timezone"].as_str().unwrap().parse().unwrap();
    let all = entries(groups, &heights, Some(zone));
    let mut lines = lines(&expected);
    let mut halves = 0;
    for entry in &all {
        let Some(line) = lines.remove(&entry.span.start) else {
            // withings-sync drops what holds neither a weight nor a blood pressure: its fault, it is kept here.
            assert_ne!(entry.title, "Weight", "{entry:?}");
            assert_eq!(entry.kind, Kind::Body, "{entry:?}");
            continue;
        };
        match (&entry.measured, line["type"].as_str().unwrap()) {
            (Some(Measured::Body(body)), "weight") => halves += same_weight(body, &line),
            (Some(Measured::BloodPressure(pressure)), "blood_pressure") => {
                assert_eq!(Some(f64::from(pressure.systolic)), rounded(&line["systolic_blood_pressure"]));
                assert_eq!(Some(f64::from(pressure.diastolic)), rounded(&line["diastolic_blood_pressure"]));
                assert_eq!(pressure.heart_rate.map(f64::from), rounded(&line["heart_pulse"]));
            }
            (measured, kind) => panic!("{kind} became {measured:?}"),
        }
    }
    assert!(lines.is_empty(), "missing: {lines:?}");
    assert!(halves <= 1, "{halves} differ");
    all
}

#[test]
fn a_mixed_account_as_withings_sync_reads_it() {
    let Some(folder) = samples() else { return };
    let entries = compare(&folder, "pipe_mixed_a");
    let count = |kind: Kind| entries.iter().filter(|entry| entry.kind == kind).count();
    assert_eq!(count(Kind::BloodPressure), 102);
    assert_eq!(entries.iter().filter(|entry| entry.title == "Weight").count(), 16);
    // withings-sync is blind to attrib: its fault, it uploads what is not certain.
    assert_eq!(entries.iter().filter(|entry| entry.owner == Owner::Doubtful).count(), 1);
}

#[test]
fn a_small_account_as_withings_sync_reads_it() {
    let Some(folder) = samples() else { return };
    assert_eq!(compare(&folder, "pipe_obsidian").len(), 3);
}

#[test]
fn other_published_answers_are_read() {
    let Some(folder) = samples() else { return };
    let twice = entries(page(&json(&folder.join("withings_getmeas_body_plus.json"))), &[], None);
    assert_eq!(twice.len(), 1, "the same group stands twice in it");
    let envelopes = json(&folder.join("withings_observed_envelopes.json"));
    assert!(entries(page(&envelopes["empty"]), &[], None).is_empty());
    let alone = entries(page(&envelopes["weight_only"]), &[], None);
    assert!(matches!(&alone[0].measured, Some(Measured::Body(body)) if body.weight == Some(74.92)));
}
