//! FIT files of real devices and apps, where they are at hand, in the eyes of Garmin's own decoder: what Baton reads in
//! them is what it reads, field by field. Where a file is damaged, up to the damage.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use baton_core::{Activity, Format, Item, Record, Statistics, Time};
use serde_json::Value;

use crate::readers::fit;
use crate::{sample_files, sdk};

/// Degrees of a semicircle.
const SEMICIRCLE: f64 = 180.0 / 2_147_483_648.0;

/// Recordings last for days at most; Garmin's decoder passes on what damage made of a time.
const LONGEST: i64 = 14 * 86_400;

fn samples() -> Vec<PathBuf> {
    let listing = sample_files::folder().and_then(|folder| std::fs::read_dir(folder.join("fit")).ok());
    let mut paths: Vec<PathBuf> = listing.into_iter().flatten().flatten().map(|file| file.path()).collect();
    paths.sort();
    if paths.is_empty() {
        println!("skipped: no sample data");
    }
    paths
}

/// What Garmin's decoder reads before the first error, with the heart rates that a strap told afterwards.
fn until_damage(paths: &[PathBuf]) -> Vec<Value> {
    sdk::read(&["--merge-heart-rates"], paths).0
}

fn list<'a>(file: &'a Value, kind: &str) -> &'a [Value] {
    file[kind].as_array().map_or(&[], Vec::as_slice)
}

/// A number; none where the field is absent or holds several.
fn number(message: &Value, field: &str) -> Option<f64> {
    message.get(field).and_then(Value::as_f64)
}

fn time(message: &Value, field: &str) -> Time {
    message[field].as_str().unwrap().parse().unwrap()
}

/// Seconds since 1970.
fn seconds(time: &str) -> i64 {
    time.parse::<Time>().unwrap().timestamp()
}

#[track_caller]
fn same(what: &str, found: Option<f64>, expected: Option<f64>) {
    match (found, expected) {
        (Some(found), Some(expected)) => {
            assert!((found - expected).abs() < 1e-6, "{what}: {found}, and Garmin reads {expected}");
        }
        (found, expected) => assert_eq!(found, expected, "{what}"),
    }
}

/// The record messages as Baton takes them: those of one second as one, the first that tells a field.
fn records(file: &Value) -> BTreeMap<i64, BTreeMap<String, Value>> {
    let mut records: BTreeMap<i64, BTreeMap<String, Value>> = BTreeMap::new();
    for message in list(file, "records") {
        let Some(time) = message.get("timestamp").and_then(Value::as_str) else { continue };
        let record = records.entry(seconds(time)).or_default();
        for (field, value) in message.as_object().unwrap() {
            record.entry(field.clone()).or_insert_with(|| value.clone());
        }
    }
    let middle = records.keys().nth(records.len() / 2).copied().unwrap_or_default();
    records.retain(|time, _| (time - middle).abs() <= LONGEST);
    records
}

fn check_record(name: &str, found: &Record, record: &BTreeMap<String, Value>) {
    let field = |field: &str| record.get(field).and_then(Value::as_f64);
    let either = |first: &str, second: &str| field(first).or_else(|| field(second));
    let at = |what: &str| format!("{name}: {what} at {}", found.time);
    let heart_rate = field("heart_rate").filter(|&rate| rate > 0.0);
    assert_eq!(found.heart_rate.map(f64::from), heart_rate, "{}", at("heart rate"));
    assert_eq!(found.power.map(f64::from), field("power"), "{}", at("power"));
    let cadence = field("cadence").map(|turns| turns + field("fractional_cadence").unwrap_or(0.0));
    same(&at("cadence"), found.cadence, cadence);
    same(&at("distance"), found.distance, field("distance"));
    same(&at("speed"), found.speed, either("enhanced_speed", "speed"));
    same(&at("altitude"), found.altitude, either("enhanced_altitude", "altitude"));
    same(&at("temperature"), found.temperature, field("temperature"));
    same(&at("grade"), found.grade, field("grade"));
    same(&at("resistance"), found.resistance, field("resistance").map(|raw| raw / 2.54));
    let place = field("position_lat").zip(field("position_long")).filter(|&place| place != (0.0, 0.0));
    same(&at("latitude"), found.position.map(|at| at.latitude), place.map(|at| at.0 * SEMICIRCLE));
    same(&at("longitude"), found.position.map(|at| at.longitude), place.map(|at| at.1 * SEMICIRCLE));
}

fn check_statistics(name: &str, found: &Statistics, message: &Value) {
    let field = |field: &str| number(message, field);
    let either = |first: &str, second: &str| field(first).or_else(|| field(second));
    let positive = |name: &str| field(name).filter(|&value| value > 0.0);
    let cadence =
        |whole: &str, fraction: &str| field(whole).map(|turns| turns + field(fraction).unwrap_or(0.0));
    let byte = |value: Option<u8>| value.map(f64::from);
    let whole = |value: Option<u16>| value.map(f64::from);
    let pairs = [
        ("total_distance", found.distance, field("total_distance")),
        ("total_work", found.work, field("total_work")),
        ("total_calories", whole(found.calories), field("total_calories")),
        ("avg_speed", found.avg_speed, either("enhanced_avg_speed", "avg_speed")),
        ("max_speed", found.max_speed, either("enhanced_max_speed", "max_speed")),
        ("avg_heart_rate", byte(found.avg_heart_rate), positive("avg_heart_rate")),
        ("max_heart_rate", byte(found.max_heart_rate), positive("max_heart_rate")),
        ("min_heart_rate", byte(found.min_heart_rate), positive("min_heart_rate")),
        ("avg_power", whole(found.avg_power), field("avg_power")),
        ("max_power", whole(found.max_power), field("max_power")),
        ("normalized_power", whole(found.normalized_power), field("normalized_power")),
        ("avg_cadence", found.avg_cadence, cadence("avg_cadence", "avg_fractional_cadence")),
        ("max_cadence", found.max_cadence, cadence("max_cadence", "max_fractional_cadence")),
        ("total_cycles", found.total_cycles.map(f64::from), field("total_cycles")),
        ("total_ascent", found.ascent, field("total_ascent")),
        ("total_descent", found.descent, field("total_descent")),
        ("avg_altitude", found.avg_altitude, either("enhanced_avg_altitude", "avg_altitude")),
        ("max_altitude", found.max_altitude, either("enhanced_max_altitude", "max_altitude")),
        ("min_altitude", found.min_altitude, either("enhanced_min_altitude", "min_altitude")),
        ("avg_grade", found.avg_grade, field("avg_grade")),
        ("max_pos_grade", found.max_grade, field("max_pos_grade")),
        ("avg_temperature", found.avg_temperature, field("avg_temperature")),
        ("max_temperature", found.max_temperature, field("max_temperature")),
    ];
    for (field, found, expected) in pairs {
        same(&format!("{name}: {field}"), found, expected);
    }
}

fn check_activity(name: &str, found: &Activity, file: &Value) {
    let laps: Vec<&Value> = list(file, "laps").iter().collect();
    assert_eq!(found.laps.len(), laps.len(), "{name}: laps");
    for (lap, message) in found.laps.iter().zip(laps) {
        assert_eq!(lap.start, time(message, "start_time"), "{name}");
        same(&format!("{name}: lap"), Some(lap.elapsed), number(message, "total_elapsed_time"));
        same(&format!("{name}: lap"), Some(lap.timer), number(message, "total_timer_time"));
        check_statistics(&format!("{name}, lap"), &lap.statistics, message);
    }
    assert_eq!(found.sets.len(), list(file, "sets").len(), "{name}: sets");
    for (set, message) in found.sets.iter().zip(list(file, "sets")) {
        assert_eq!(set.start, time(message, "start_time"), "{name}");
        same(&format!("{name}: set"), Some(set.duration), number(message, "duration"));
        same(&format!("{name}: weight"), set.weight, number(message, "weight"));
        assert_eq!(set.repetitions.map(f64::from), number(message, "repetitions"), "{name}");
    }
    let file_id = &file["file_id"][0];
    let serial = found.device.as_ref().map_or(0, |device| device.serial_number);
    assert_eq!(f64::from(serial), number(file_id, "serial_number").unwrap_or(0.0), "{name}");
    let zones = found.zones.clone().unwrap_or_default();
    let target = &file["zones_target"][0];
    let positive = |field: &str| number(target, field).filter(|&value| value > 0.0);
    if positive("functional_threshold_power").is_some() {
        let threshold = zones.threshold_power.map(f64::from);
        assert_eq!(threshold, positive("functional_threshold_power"), "{name}");
    }
    assert_eq!(zones.max_heart_rate.map(f64::from), positive("max_heart_rate"), "{name}");
    assert_eq!(zones.threshold_heart_rate.map(f64::from), positive("threshold_heart_rate"), "{name}");
}

/// Compares one sample; tells how many records were compared.
fn check(path: &Path, file: &Value) -> usize {
    let name = path.file_name().unwrap().to_string_lossy();
    let items = baton_fit::decode(&std::fs::read(path).unwrap(), Format::Fit).unwrap_or_default();
    for (item, message) in items.iter().zip(list(file, "weight_scale")) {
        let Item::Body(body) = item else { panic!("{name}: a weigh-in, not {item:?}") };
        assert_eq!(body.time, time(message, "timestamp"));
        same(&format!("{name}: weight"), body.weight, number(message, "weight"));
        same(&format!("{name}: fat"), body.percent_fat, number(message, "percent_fat"));
    }
    let activities = items.iter().filter_map(|item| match item {
        Item::Activity(activity) => Some(activity),
        _ => None,
    });
    let activities: Vec<_> = activities.collect();
    let sessions = list(file, "sessions");
    assert_eq!(activities.len(), sessions.len(), "{name}: one activity for each session");
    for (activity, session) in activities.iter().zip(sessions) {
        assert_eq!(activity.start, time(session, "start_time"), "{name}");
        assert_eq!(session["sport"], activity.sport.to_string(), "{name}");
        if let Some(sub_sport) = session.get("sub_sport") {
            assert_eq!(sub_sport, &activity.sub_sport.to_string(), "{name}");
        }
        same(&format!("{name}: elapsed"), Some(activity.elapsed), number(session, "total_elapsed_time"));
        same(&format!("{name}: timer"), Some(activity.timer), number(session, "total_timer_time"));
        check_statistics(&name, &activity.totals, session);
    }
    let [activity] = activities.as_slice() else { return 0 };
    check_activity(&name, activity, file);
    let expected = records(file);
    // Garmin's decoder does not read compressed timestamps.
    if file["errors"].to_string().contains("Compressed timestamp") {
        return 0;
    }
    let timer_events = list(file, "events").iter().filter(|event| event["event"] == "timer").count();
    assert_eq!(activity.events.len(), timer_events, "{name}: timer events");
    assert_eq!(activity.records.len(), expected.len(), "{name}: records");
    for (found, (time, record)) in activity.records.iter().zip(&expected) {
        assert_eq!(found.time.timestamp(), *time, "{name}");
        check_record(&name, found, record);
    }
    expected.len()
}

#[test]
fn real_files_say_to_baton_what_they_say_to_garmin() {
    let samples = samples();
    let mut compared = 0;
    for (path, file) in samples.iter().zip(until_damage(&samples)) {
        let records = check(path, &file);
        println!("{}: {records} records alike", path.file_name().unwrap().to_string_lossy());
        compared += records;
    }
    assert!(samples.is_empty() || compared > 10_000, "only {compared} records were compared");
}

/// A swim: the strap has no radio under water, and tells its beats when it is over.
#[test]
fn heart_rates_told_afterwards_belong_to_their_records() {
    let start = 1_000_000_000u32;
    // record: timestamp, distance; hr: timestamp, fraction, rate, clock; hr: eight rates, eight clocks of twelve bits
    let mut messages = vec![
        vec![0x40, 0, 0, 20, 0, 2, 253, 4, 0x86, 5, 4, 0x86],
        vec![0x41, 0, 0, 132, 0, 4, 253, 4, 0x86, 0, 2, 0x84, 6, 1, 2, 9, 4, 0x86],
        vec![0x42, 0, 0, 132, 0, 2, 6, 8, 2, 10, 12, 0x0d],
    ];
    for second in 0..60 {
        messages.push([&[0][..], &(start + second).to_le_bytes(), &(second * 90).to_le_bytes()].concat());
    }
    let mut clock = 4000u32;
    let anchor =
        [&(start + 2).to_le_bytes()[..], &16_384u16.to_le_bytes(), &[95], &clock.to_le_bytes()].concat();
    messages.push([&[1][..], &anchor].concat());
    for message in 0..12u32 {
        let rates: Vec<u8> = (0..8).map(|beat| (100 + message * 3 + beat) as u8).collect();
        let clocks: Vec<u32> = (0..8)
            .map(|beat| {
                // In between the strap loses the heart for three seconds.
                clock += if (message, beat) == (5, 3) { 3 * 1024 } else { 560 + beat * 7 };
                clock & 0xfff
            })
            .collect();
        let packed = clocks.as_chunks::<2>().0.iter();
        let packed =
            packed.flat_map(|&[one, two]| [one as u8, (one >> 8 | two << 4) as u8, (two >> 4) as u8]);
        messages.push([2].into_iter().chain(rates).chain(packed).collect());
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("swim.fit");
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    std::fs::write(&path, fit(&messages)).unwrap();
    let file = until_damage(std::slice::from_ref(&path)).remove(0);
    assert_eq!(file["errors"], serde_json::json!([]));
    let expected = records(&file);
    let items = baton_fit::decode(&std::fs::read(&path).unwrap(), Format::Fit).unwrap();
    let Item::Activity(swim) = &items[0] else { panic!("an activity") };
    assert_eq!(swim.records.len(), expected.len());
    assert!(swim.records.iter().filter(|record| record.heart_rate.is_some()).count() > 50);
    for (found, record) in swim.records.iter().zip(expected.values()) {
        check_record("swim", found, record);
    }
}

/// The one kind of header that Garmin's decoder stops at: another open reader is the judge.
#[test]
fn compressed_timestamps_are_read_as_another_reader_reads_them() {
    let Some(path) = samples().into_iter().find(|path| path.ends_with("compressed-speed-distance.fit"))
    else {
        return;
    };
    let bytes = std::fs::read(path).unwrap();
    let items = baton_fit::decode(&bytes, Format::Fit).unwrap();
    let Item::Activity(run) = &items[0] else { panic!("an activity") };
    let messages = fitparser::from_bytes(&bytes).unwrap();
    let mut rates: BTreeMap<Time, Option<u8>> = BTreeMap::new();
    for message in messages.iter().filter(|message| message.kind() == fitparser::profile::MesgNum::Record) {
        let field = |name: &str| message.fields().iter().find(|field| field.name() == name);
        let Some(fitparser::Value::Timestamp(time)) = field("timestamp").map(fitparser::FitDataField::value)
        else {
            continue;
        };
        let rate = field("heart_rate").and_then(|field| match field.value() {
            fitparser::Value::UInt8(rate) => Some(*rate).filter(|&rate| rate > 0),
            _ => None,
        });
        let told = rates.entry(time.to_utc()).or_default();
        *told = told.or(rate);
    }
    let found: BTreeMap<Time, Option<u8>> =
        run.records.iter().map(|record| (record.time, record.heart_rate)).collect();
    assert!(found.len() > 700 && found.values().flatten().count() > 700, "{}", found.len());
    assert_eq!(found, rates);
}
