//! Generated workouts of every discipline and with every oddity, compared with their truth.

use baton_core::LapStyle;
use baton_tests::peloton::generate::{self, Workout};

use crate::sdk::{Decoded, decode, seconds};

fn history() -> Vec<Workout> {
    generate::history(23, 110, 1_790_000_000)
        .into_iter()
        .filter(|workout| workout.truth.skip.is_none())
        .collect()
}

fn decoded(workouts: &[Workout], laps: LapStyle) -> Vec<Decoded> {
    let payload = |workout: &Workout| {
        let name = format!("{:?} “{}”", workout.discipline, workout.truth.title);
        (name, serde_json::to_vec(&workout.document()).unwrap())
    };
    decode(&workouts.iter().map(payload).collect::<Vec<_>>(), laps)
}

/// Within the field's resolution and the payload's own rounding.
fn close(name: &str, what: &str, got: Option<f64>, expected: Option<f64>, tolerance: f64) {
    match (got, expected) {
        (Some(got), Some(expected)) => {
            assert!((got - expected).abs() <= tolerance, "{name}: {what} is {got}, not {expected}");
        }
        (got, expected) => assert_eq!(got, expected, "{name}: {what}"),
    }
}

#[test]
fn every_discipline_says_to_garmin_what_it_was() {
    let workouts = history();
    for (workout, file) in workouts.iter().zip(decoded(&workouts, LapStyle::Auto)) {
        let (truth, session, name) = (&workout.truth, file.session(), &file.name);
        assert_eq!(seconds(&session["start_time"]), truth.start, "{name}: start");
        assert_eq!(seconds(&session["timestamp"]), truth.end, "{name}: end");
        close(name, "elapsed", session["total_elapsed_time"].as_f64(), Some(f64::from(truth.elapsed)), 0.5);
        assert_eq!(session["sport"], truth.sport, "{name}: sport");
        let sub_sport = session["sub_sport"].as_str().unwrap_or("generic");
        assert!(
            truth.sub_sports.contains(&sub_sport),
            "{name}: {sub_sport} is none of {:?}",
            truth.sub_sports
        );
        close(name, "distance", session["total_distance"].as_f64(), truth.distance_meters, 10.0);
        close(name, "work", session["total_work"].as_f64(), truth.work_joules, 600.0);
        close(name, "calories", session["total_calories"].as_f64(), truth.calories.map(f64::from), 0.5);
        close(name, "heart rate", session["avg_heart_rate"].as_f64(), truth.average_heart_rate, 1.0);
        let highest = truth.maximum_heart_rate.map(f64::from);
        close(name, "highest heart rate", session["max_heart_rate"].as_f64(), highest, 0.0);
        close(name, "power", session["avg_power"].as_f64(), truth.average_power, 1.5);
        close(name, "highest power", session["max_power"].as_f64(), truth.maximum_power.map(f64::from), 0.0);
        let records = file.all("records");
        assert_eq!(records.len(), truth.offsets.len(), "{name}: records");
        for (record, offset) in records.iter().zip(&truth.offsets) {
            assert_eq!(
                seconds(&record["timestamp"]),
                truth.start + i64::from(*offset),
                "{name}: a record's time"
            );
        }
        let count = |field: &str| records.iter().filter(|record| record[field].is_number()).count();
        assert_eq!(count("heart_rate"), truth.heart_rate_samples, "{name}: heart rates");
        assert_eq!(count("position_lat"), truth.positions, "{name}: positions");
        if let (Some(distance), true) = (truth.distance_meters, count("distance") > 0) {
            let last = records.iter().rev().find_map(|record| record["distance"].as_f64());
            close(name, "last distance", last, Some(distance), 10.0);
        }
        if truth.sport == "cycling" {
            let threshold = truth.functional_threshold_power.map(f64::from);
            close(name, "threshold power", session["threshold_power"].as_f64(), threshold, 0.0);
        }
        let activity = &file.all("activity")[0];
        let local = activity["local_timestamp"].as_i64().map(|local| local + 631_065_600);
        assert_eq!(local, Some(truth.end + i64::from(truth.utc_offset)), "{name}: local time");
        assert_eq!(session["num_laps"].as_u64(), Some(file.all("laps").len() as u64), "{name}: laps");
        covered(&file, truth.start, truth.end);
        sets(workout, &file);
        let events: Vec<&str> =
            file.all("events").iter().filter_map(|event| event["event_type"].as_str()).collect();
        assert_eq!(
            (events.first(), events.last()),
            (Some(&"start"), Some(&"stop_all")),
            "{name}: {events:?}"
        );
    }
}

/// Laps lie end to end from the first to the last second, and their numbers add up to the session's.
fn covered(file: &Decoded, start: i64, end: i64) {
    let (laps, name) = (file.all("laps"), &file.name);
    assert!(!laps.is_empty(), "{name}: at least one lap");
    let mut next = start;
    for lap in laps {
        assert_eq!(seconds(&lap["start_time"]), next, "{name}: laps lie end to end");
        let elapsed = lap["total_elapsed_time"].as_f64().unwrap();
        next += elapsed.round() as i64;
    }
    assert_eq!(next, end, "{name}: laps reach the end");
    for field in ["total_timer_time", "total_calories", "total_distance"] {
        let Some(whole) = file.session()[field].as_f64() else { continue };
        let parts: Option<f64> = laps.iter().map(|lap| lap[field].as_f64()).sum();
        if let Some(parts) = parts {
            assert!(
                (parts - whole).abs() <= 1.0 + whole * 0.01,
                "{name}: laps' {field} {parts}, session's {whole}"
            );
        }
    }
}

fn sets(workout: &Workout, file: &Decoded) {
    let truth = &workout.truth;
    let active: Vec<_> = file.all("sets").iter().filter(|set| set["set_type"] == "active").collect();
    assert_eq!(active.len(), truth.sets.len(), "{}: sets", file.name);
    for (set, expected) in active.iter().zip(&truth.sets) {
        let name = format!("{}, {}", file.name, expected.movement);
        assert_eq!(seconds(&set["start_time"]), truth.start + i64::from(expected.offset), "{name}: start");
        assert_eq!(set["repetitions"].as_u64(), expected.repetitions.map(u64::from), "{name}: repetitions");
        if let [weight] = expected.weights_kilograms[..] {
            let got = set["weight"].as_f64().unwrap_or_default();
            assert!((got - weight).abs() <= 1.0 / 16.0, "{name}: {got} kg, not {weight}");
        }
    }
}

#[test]
fn each_way_of_making_laps_makes_as_many_as_there_are() {
    let workouts = history();
    for style in [LapStyle::Segments, LapStyle::Targets, LapStyle::Distance] {
        for (workout, file) in workouts.iter().zip(decoded(&workouts, style)) {
            let counts = workout.truth.laps;
            let expected = match style {
                LapStyle::Segments => counts.segments,
                LapStyle::Targets => counts.targets,
                _ => counts.distance,
            };
            let laps = file.all("laps").len();
            assert_eq!(laps, expected.unwrap_or(1).max(1), "{}: {style:?}", file.name);
            covered(&file, workout.truth.start, workout.truth.end);
        }
    }
}
