//! What Baton writes is read by Garmin's own SDK (the PyPI package `garmin-fit-sdk`), and must come out as it went in.

use std::path::PathBuf;

use baton_core::{Activity, Format, Item, Sport, SubSport};
use baton_fit::encode;
use serde_json::Value;

use crate::samples::{self, class, item, options, time};
use crate::sdk;

/// Encodes the items, has the SDK decode them, and returns what it read.
fn judged(name: &str, items: &[Item]) -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let paths: Vec<PathBuf> = (0..items.len()).map(|index| folder.join(format!("{index}.fit"))).collect();
    for (item, path) in items.iter().zip(&paths) {
        std::fs::write(path, &*encode(item, Format::Fit, &options()).unwrap().bytes).unwrap();
    }
    let (judged, is_sound) = sdk::read(&[], &paths);
    assert!(is_sound, "{judged:#?}");
    judged
}

/// Compares a field with what went in, to half of the field's resolution.
#[track_caller]
fn close(message: &Value, field: &str, expected: impl Into<Option<f64>>, resolution: f64) {
    let found = message.get(field).and_then(Value::as_f64);
    match (found, expected.into()) {
        (Some(found), Some(expected)) => {
            assert!((found - expected).abs() <= resolution * 0.500_001, "{field}: {found} for {expected}");
        }
        (found, expected) => assert_eq!(found, expected, "{field}"),
    }
}

#[track_caller]
fn same(message: &Value, field: &str, expected: impl Into<Value>) {
    assert_eq!(message.get(field).unwrap_or(&Value::Null), &expected.into(), "{field}");
}

fn stamp(offset: f64) -> String {
    time(offset).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn list<'a>(file: &'a Value, kind: &str) -> &'a [Value] {
    file[kind].as_array().map_or(&[], Vec::as_slice)
}

#[track_caller]
fn check_records(file: &Value, activity: &Activity) {
    const SEMICIRCLE: f64 = 180.0 / 2_147_483_648.0;
    let records = list(file, "records");
    assert_eq!(records.len(), activity.records.len());
    for (found, record) in records.iter().zip(&activity.records) {
        same(found, "timestamp", record.time.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        close(found, "heart_rate", record.heart_rate.map(f64::from), 1.0);
        close(found, "power", record.power.map(f64::from), 1.0);
        close(found, "cadence", record.cadence.map(f64::floor), 1.0);
        close(found, "fractional_cadence", record.cadence.map(f64::fract), 1.0 / 128.0);
        close(found, "distance", record.distance, 0.01);
        close(found, "enhanced_speed", record.speed, 0.001);
        close(found, "speed", record.speed, 0.001);
        close(found, "enhanced_altitude", record.altitude, 0.2);
        close(found, "altitude", record.altitude, 0.2);
        close(found, "grade", record.grade, 0.01);
        close(found, "resistance", record.resistance.map(|percent| percent * 2.54), 1.0);
        close(found, "temperature", record.temperature, 1.0);
        close(found, "position_lat", record.position.map(|position| position.latitude / SEMICIRCLE), 1.0);
        close(found, "position_long", record.position.map(|position| position.longitude / SEMICIRCLE), 1.0);
    }
}

#[track_caller]
fn check_statistics(found: &Value, statistics: &baton_core::Statistics) {
    let whole = |value: Option<u16>| value.map(f64::from);
    close(found, "total_distance", statistics.distance, 0.01);
    close(found, "total_work", statistics.work, 1.0);
    close(found, "total_calories", whole(statistics.calories), 1.0);
    close(found, "enhanced_avg_speed", statistics.avg_speed, 0.001);
    close(found, "enhanced_max_speed", statistics.max_speed, 0.001);
    close(found, "avg_heart_rate", statistics.avg_heart_rate.map(f64::from), 1.0);
    close(found, "max_heart_rate", statistics.max_heart_rate.map(f64::from), 1.0);
    close(found, "min_heart_rate", statistics.min_heart_rate.map(f64::from), 1.0);
    close(found, "avg_power", whole(statistics.avg_power), 1.0);
    close(found, "max_power", whole(statistics.max_power), 1.0);
    close(found, "normalized_power", whole(statistics.normalized_power), 1.0);
    close(found, "intensity_factor", statistics.intensity_factor, 0.001);
    close(found, "training_stress_score", statistics.training_stress_score, 0.1);
    close(found, "total_cycles", statistics.total_cycles.map(f64::from), 1.0);
    close(found, "avg_stroke_distance", statistics.avg_stroke_distance, 0.01);
    close(found, "total_ascent", statistics.ascent, 1.0);
    close(found, "total_descent", statistics.descent, 1.0);
    close(found, "enhanced_avg_altitude", statistics.avg_altitude, 0.2);
    close(found, "enhanced_max_altitude", statistics.max_altitude, 0.2);
    close(found, "enhanced_min_altitude", statistics.min_altitude, 0.2);
    close(found, "avg_grade", statistics.avg_grade, 0.01);
    close(found, "max_pos_grade", statistics.max_grade, 0.01);
    close(found, "avg_temperature", statistics.avg_temperature, 1.0);
    close(found, "max_temperature", statistics.max_temperature, 1.0);
    close(found, "avg_cadence", statistics.avg_cadence.map(f64::floor), 1.0);
    close(found, "max_cadence", statistics.max_cadence.map(f64::floor), 1.0);
    let fraction = found.get("avg_fractional_cadence").and_then(Value::as_f64).unwrap_or(0.0);
    assert!((fraction - statistics.avg_cadence.map_or(0.0, f64::fract)).abs() <= 1.0 / 256.0);
}

#[test]
fn activities_of_every_sport() {
    let sports = [
        (Sport::CYCLING, SubSport::INDOOR_CYCLING, "cycling", "indoor_cycling"),
        (Sport::CYCLING, SubSport::ROAD, "cycling", "road"),
        (Sport::RUNNING, SubSport::TREADMILL, "running", "treadmill"),
        (Sport::WALKING, SubSport::INDOOR_WALKING, "walking", "indoor_walking"),
        (Sport::ROWING, SubSport::INDOOR_ROWING, "rowing", "indoor_rowing"),
        (Sport::TRAINING, SubSport::STRENGTH_TRAINING, "training", "strength_training"),
        (Sport::TRAINING, SubSport::CARDIO_TRAINING, "training", "cardio_training"),
        (Sport::TRAINING, SubSport::YOGA, "training", "yoga"),
        (Sport::TRAINING, SubSport::PILATES, "training", "pilates"),
        (Sport::TRAINING, SubSport::FLEXIBILITY_TRAINING, "training", "flexibility_training"),
        (Sport::TRAINING, SubSport::BREATHING, "training", "breathing"),
        (Sport::BOXING, SubSport::GENERIC, "boxing", "generic"),
        (Sport::GENERIC, SubSport::GENERIC, "generic", "generic"),
    ];
    let mut activities: Vec<Activity> = sports.iter().map(|sport| class(sport.0, sport.1, 300)).collect();
    activities.push(samples::walk());
    let items: Vec<Item> = activities.iter().cloned().map(item).collect();
    let files = judged("sports", &items);
    for (index, (file, activity)) in files.iter().zip(&activities).enumerate() {
        let end = activity.elapsed;
        check_records(file, activity);

        let file_id = &file["file_id"][0];
        same(file_id, "type", "activity");
        same(file_id, "manufacturer", "tacx");
        same(file_id, "product", 20533);
        same(file_id, "serial_number", 1);
        same(file_id, "product_name", "TacxTrainingAppWin");
        same(file_id, "time_created", stamp(0.0));
        same(&file["file_creator"][0], "software_version", 130);
        let devices = list(file, "device_infos");
        assert_eq!(devices.len(), 2);
        same(&devices[0], "device_index", "creator");
        same(&devices[0], "source_type", "local");
        close(&devices[0], "software_version", 1.3, 0.01);
        same(&devices[1], "source_type", "antplus");
        same(&devices[1], "antplus_device_type", "heart_rate");

        close(&file["user_profile"][0], "weight", 71.3, 0.1);
        close(&file["user_profile"][0], "height", 1.78, 0.01);
        same(&file["user_profile"][0], "gender", "female");
        same(&file["user_profile"][0], "age", 41);
        same(&file["zones_target"][0], "functional_threshold_power", 254);
        same(&file["zones_target"][0], "max_heart_rate", 189);
        same(&file["zones_target"][0], "hr_calc_type", "percent_max_hr");
        same(&file["zones_target"][0], "pwr_calc_type", "percent_ftp");
        assert_eq!(list(file, "hr_zones").len(), 5);
        assert_eq!(list(file, "power_zones").len(), 7);

        let session = &file["sessions"][0];
        assert_eq!(list(file, "sessions").len(), 1);
        check_statistics(session, &activity.totals);
        if let Some(&(.., sport, sub_sport)) = sports.get(index) {
            same(session, "sport", sport);
            same(session, "sub_sport", sub_sport);
            same(&file["sport"][0], "sport", sport);
        }
        same(session, "start_time", stamp(0.0));
        same(session, "timestamp", stamp(end));
        close(session, "total_elapsed_time", end, 0.001);
        close(session, "total_timer_time", activity.timer, 0.001);
        same(session, "num_laps", 3);
        same(session, "first_lap_index", 0);
        same(session, "trigger", "activity_end");
        let is_ride = activity.sport == Sport::CYCLING;
        close(session, "threshold_power", is_ride.then_some(254.0), 1.0);
        assert_eq!(session.get("nec_lat").is_some(), activity.has_track());
        assert_eq!(session.get("start_position_long").is_some(), activity.has_track());
        assert!(session.get("time_in_hr_zone").is_none());

        let laps = list(file, "laps");
        assert_eq!(laps.len(), activity.laps.len());
        for (index, (found, lap)) in laps.iter().zip(&activity.laps).enumerate() {
            check_statistics(found, &lap.statistics);
            same(found, "message_index", index);
            same(found, "start_time", lap.start.format("%Y-%m-%dT%H:%M:%SZ").to_string());
            same(found, "timestamp", lap.end().format("%Y-%m-%dT%H:%M:%SZ").to_string());
            close(found, "total_elapsed_time", lap.elapsed, 0.001);
            close(found, "total_timer_time", lap.timer, 0.001);
            same(found, "wkt_step_index", index);
            same(found, "intensity", ["warmup", "active", "cooldown"][index]);
            same(found, "lap_trigger", ["time", "time", "session_end"][index]);
        }

        let events: Vec<_> =
            list(file, "events").iter().map(|event| event["event_type"].as_str().unwrap()).collect();
        assert_eq!(events, ["start", "stop", "start", "stop_all"]);
        let whole = &file["activity"][0];
        same(whole, "timestamp", stamp(end));
        let local = (time(end).timestamp() - 631_065_600) - 5 * 3600;
        same(whole, "local_timestamp", local);
        close(whole, "total_timer_time", activity.timer, 0.001);
        same(whole, "num_sessions", 1);
        same(whole, "type", "manual");

        same(&file["workout"][0], "wkt_name", activity.title.as_str());
        same(&file["workout"][0], "num_valid_steps", 3);
        let steps = list(file, "workout_steps");
        same(&steps[0], "wkt_step_name", "Warm Up");
        close(&steps[0], "duration_time", 299.5, 0.001);
        same(&steps[0], "custom_target_cadence_low", 80);
        same(&steps[0], "custom_target_cadence_high", 95);
        close(&steps[1], "duration_distance", 1609.34, 0.01);
        same(&steps[1], "custom_target_power_low", 1200);
        same(&steps[2], "target_power_zone", 1);
        assert_eq!(file["others"], serde_json::json!({}));
    }
}

#[test]
fn the_messages_follow_each_other_as_in_a_watchs_file() {
    let files = judged("order", &[item(samples::strength())]);
    let order: Vec<u64> = list(&files[0], "order").iter().map(|number| number.as_u64().unwrap()).collect();
    let beginning = [0, 49, 21, 23, 3, 12, 7, 8, 9, 26, 20, 21];
    assert_eq!(order[..beginning.len()], beginning, "{order:?}");
    assert_eq!(order[order.len() - 6..], [19, 225, 264, 21, 18, 34], "{order:?}");
}

#[test]
fn sets_of_strength() {
    let activity = samples::strength();
    let files = judged("strength", &[item(activity.clone())]);
    let sets = list(&files[0], "sets");
    assert_eq!(sets.len(), 5);
    for (index, (found, set)) in sets.iter().zip(&activity.sets).enumerate() {
        same(found, "message_index", index);
        same(found, "start_time", set.start.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        close(found, "duration", set.duration, 0.001);
        close(found, "repetitions", set.repetitions.map(f64::from), 1.0);
        close(found, "weight", set.weight, 1.0 / 16.0);
    }
    same(&sets[0], "set_type", "active");
    same(&sets[0], "weight_display_unit", "pound");
    same(&sets[0], "category", "curl");
    same(&sets[0], "category_subtype", 17);
    same(&sets[1], "set_type", "rest");
    same(&sets[3], "weight_display_unit", "kilogram");
    same(&sets[3], "category", "unknown");
    let titles = list(&files[0], "exercise_titles");
    let names: Vec<_> = titles.iter().map(|title| title["wkt_step_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Hammer Curl", "Dragon Flag", "Human Flag"]);
    let unknown: Vec<_> = sets[2..].iter().map(|set| set["category_subtype"].as_u64().unwrap()).collect();
    assert_eq!(unknown, [0, 1, 0]);
}

#[test]
fn stacked_classes_joined_on_the_real_clock() {
    let first = class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 240);
    let second = samples::later(class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 180), 254.0);
    let joined = baton_core::join::join(vec![first, second]).unwrap();
    let files = judged("joined", &[item(joined.clone())]);
    check_records(&files[0], &joined);
    let session = &files[0]["sessions"][0];
    close(session, "total_elapsed_time", 434.0, 0.001);
    close(session, "total_timer_time", joined.timer, 0.001);
    assert!(joined.timer < 421.0, "the gap between the classes is a pause");
    let events: Vec<_> = list(&files[0], "events")
        .iter()
        .map(|event| (event["event_type"].as_str().unwrap(), event["timestamp"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(events.first().unwrap(), &("start", stamp(0.0)));
    assert!(events.iter().any(|(kind, at)| *kind == "start" && *at == stamp(254.0)), "{events:?}");
    assert_eq!(events.last().unwrap(), &("stop_all", stamp(434.0)));
    assert_eq!(list(&files[0], "laps").len(), joined.laps.len().max(1));
}

#[test]
fn more_sets_of_fields_than_local_message_types() {
    // Seventeen different ones take turns, and there are sixteen types.
    let mut activity = class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 200);
    for (index, record) in activity.records.iter_mut().enumerate() {
        let bits = index % 17;
        record.power = record.power.filter(|_| bits & 1 == 0);
        record.speed = record.speed.filter(|_| bits & 2 == 0);
        record.distance = record.distance.filter(|_| bits & 4 == 0);
        record.temperature = record.temperature.filter(|_| bits & 8 == 0);
        record.resistance = record.resistance.filter(|_| bits & 16 == 0);
    }
    let files = judged("field_sets", &[item(activity.clone())]);
    check_records(&files[0], &activity);
}

#[test]
fn body_and_blood_pressure() {
    let files =
        judged("measurements", &[Item::Body(samples::body()), Item::BloodPressure(samples::pressure())]);
    same(&files[0]["file_id"][0], "type", "weight");
    let weight = &files[0]["weight_scale"][0];
    same(weight, "timestamp", stamp(0.0));
    close(weight, "weight", 40.05, 0.01);
    close(weight, "percent_fat", 21.37, 0.01);
    close(weight, "percent_hydration", 54.2, 0.01);
    close(weight, "bone_mass", 2.91, 0.01);
    close(weight, "muscle_mass", 31.55, 0.01);
    close(weight, "bmi", 22.4, 0.1);
    close(weight, "basal_met", 1512.25, 0.25);
    close(weight, "visceral_fat_rating", 7.0, 1.0);
    close(weight, "metabolic_age", 33.0, 1.0);
    close(weight, "physique_rating", None, 1.0);
    close(weight, "active_met", None, 1.0);
    same(&files[1]["file_id"][0], "type", "blood_pressure");
    let pressure = &files[1]["blood_pressure"][0];
    same(pressure, "systolic_pressure", 121);
    same(pressure, "diastolic_pressure", 79);
    same(pressure, "heart_rate", 58);
}
