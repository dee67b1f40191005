//! Polar's own published examples, where they are at hand.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;
use crate::polar::wire;

fn sample(name: &str) -> Option<Value> {
    let given = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = given.unwrap_or(beside).join("polar").join(name);
    let bytes = std::fs::read(path).ok();
    if bytes.is_none() {
        println!("skipped: no sample {name}");
    }
    bytes.map(|bytes| serde_json::from_slice(&bytes).unwrap())
}

#[test]
fn the_published_list_reads() {
    let Some(list) = sample("example_exercisesHashId.json") else { return };
    let exercise = wire::exercise(list[0].clone()).unwrap();
    let entry = entry(&exercise);
    assert_eq!((entry.key.as_str(), entry.title.as_str()), ("exercise-1223883602", "Waterski"));
    assert_eq!(entry.span.start, "2008-10-13T07:40:02Z".parse::<Time>().unwrap());
    assert_eq!((entry.span.seconds(), entry.sport), (9840.0, Some(Sport::WATER_SKIING)));
    let activity = activity(&exercise, None).unwrap();
    // 27 speeds, one each five seconds, and one place at 210 seconds.
    assert_eq!(activity.records.len(), 28);
    assert_eq!(activity.records[1].speed.map(f64::round), Some(28.0));
    assert_eq!(activity.records[27].position.unwrap().latitude, 60.219_828_33);
    assert_eq!(activity.zones.unwrap().heart_rate, [130]);
}

#[test]
fn the_older_form_with_hyphens_reads_but_for_its_number() {
    let Some(mut exercise) = sample("example_exercise.json") else { return };
    exercise["id"] = "1937529874".into();
    let entry = entry(&wire::exercise(exercise).unwrap());
    assert_eq!((entry.title.as_str(), entry.span.seconds()), ("Running", 9885.0));
    assert_eq!(entry.span.start, "2008-10-13T07:40:02Z".parse::<Time>().unwrap());
}

#[test]
fn the_published_body_is_a_weight() {
    let Some(info) = sample("example_physical-info.json") else { return };
    let entry = weight(&wire::read(info).unwrap()).unwrap();
    assert_eq!(entry.measured.unwrap().weight(), Some(70.5));
    assert_eq!(entry.span.start, "2024-06-10T12:00:00Z".parse::<Time>().unwrap());
}
