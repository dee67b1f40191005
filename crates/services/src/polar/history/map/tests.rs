//! Sessions and what becomes of them, in tables.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn told() -> Value {
    json!({
        "identifier": {"id": "5501"}, "startTime": "2024-06-10T10:40:02", "stopTime": "2024-06-10T10:41:03",
        "timezoneOffsetMinutes": 180, "durationMillis": 60_500, "distanceMeters": 160.5, "calories": 12, "hrAvg": 129,
        "hrMax": 147, "sport": {"id": "27"}, "note": "Windy", "product": {"modelName": "Polar Vantage V2"},
        "exercises": [{
            "startTime": "2024-06-10T10:40:02", "durationMillis": 60_500, "sport": {"id": "27"},
            "samples": {"samples": [
                {"type": "SAMPLE_TYPE_HEART_RATE", "intervalMillis": 1000, "values": [120, "NaN", null, 123]},
                {"type": "SPEED", "intervalMillis": 1000, "values": [36.0, 18.0]},
                {"type": "TEMPERATURE", "intervalMillis": 2000, "values": [11, 12]},
                {"type": "LEFT_CRANK_CURRENT_POWER", "intervalMillis": 1000, "values": [90, 91]},
            ]},
            "routes": {"route": {"startTime": "2024-06-10T10:40:03", "wayPoints": [
                {"latitude": 60.1, "longitude": 24.9, "altitude": 14.5, "elapsedMillis": 0},
                {"latitude": 160.1, "longitude": 24.9, "elapsedMillis": 1000},
                {"latitude": 60.2, "longitude": 24.8, "elapsedMillis": 2000},
            ]}},
            "laps": {"laps": [{"durationMillis": 20_000}, {"durationMillis": 30_000}], "autoLaps": [{"durationMillis": 1}]},
        }],
    })
}

fn with(changes: &Value) -> Session {
    let mut told = told();
    for (name, value) in changes.as_object().unwrap() {
        told[name] = value.clone();
    }
    serde_json::from_value(told).unwrap()
}

fn start() -> Time {
    "2024-06-10T07:40:02Z".parse().unwrap()
}

#[test]
fn an_entry_is_known_by_its_start_as_that_of_the_other_interface_is() {
    let entry = entry(&with(&json!({})), Some("TRAIL_RUNNING")).unwrap();
    let same = crate::polar::wire::exercise(json!({
        "id": "2AC312F", "start_time": "2024-06-10T10:40:02", "start_time_utc_offset": 180, "duration": "PT1M0.5S",
        "upload_time": "2024-06-10T08:00:00Z",
    }));
    let same = crate::polar::map::entry(&same.unwrap());
    assert_eq!((&entry.key, &entry.revision, entry.span), (&same.key, &same.revision, same.span));
    assert_eq!((entry.title.as_str(), entry.utc_offset), ("Trail running", Some(10_800)));
    assert_eq!((entry.sport, entry.sub_sport), (Some(Sport::RUNNING), Some(SubSport::TRAIL)));
    assert_eq!(entry.arrived, None);
}

#[rstest]
#[case::with_a_zone(json!({"startTime": "2024-06-10T07:40:02Z"}), Some(10_800))]
#[case::with_its_own(json!({"startTime": "2024-06-10T11:40:02+04:00", "timezoneOffsetMinutes": null}), Some(14_400))]
#[case::without_any(json!({"timezoneOffsetMinutes": null}), None)]
#[case::beyond_the_earth(json!({"timezoneOffsetMinutes": 99_999}), None)]
#[case::no_time(json!({"startTime": "soon"}), None)]
#[case::nothing(json!({"startTime": null}), None)]
fn times_in_many_forms(#[case] changes: Value, #[case] offset: Option<i32>) {
    let session = with(&changes);
    let entry = entry(&session, None);
    assert_eq!(entry.as_ref().map(|entry| entry.utc_offset), offset.map(Some));
    assert!(entry.is_none_or(|entry| entry.span.start == start()));
    assert_eq!(activity(&session, None).is_ok(), offset.is_some());
}

#[test]
fn samples_route_and_laps_become_records_and_laps() {
    let activity = activity(&with(&json!({})), Some("TRAIL_RUNNING")).unwrap();
    let rates: Vec<Option<u8>> = activity.records.iter().map(|record| record.heart_rate).collect();
    assert_eq!(rates, [Some(120), None, None, Some(123)]);
    assert_eq!(activity.records[0].speed, Some(10.0));
    assert_eq!(activity.records[2].temperature, Some(12.0));
    let place = activity.records[1].position.unwrap();
    assert_eq!((place.latitude, activity.records[1].altitude), (60.1, Some(14.5)));
    assert_eq!(activity.records[2].position, None, "no such latitude");
    assert_eq!(activity.records[3].position.unwrap().latitude, 60.2);
    assert!(activity.records.iter().all(|record| record.power.is_none()));
    assert!(activity.remarks.iter().any(|remark| remark.contains("pedals")));
    let lengths: Vec<f64> = activity.laps.iter().map(|lap| lap.elapsed).collect();
    assert_eq!(lengths, [20.0, 30.0, 10.5]);
    assert_eq!(activity.laps[1].start, start() + chrono::TimeDelta::seconds(20));
    assert_eq!(
        (activity.elapsed, activity.totals.calories, activity.notes.as_str()),
        (60.5, Some(12), "Windy")
    );
    assert_eq!((activity.sport, activity.sub_sport), (Sport::RUNNING, SubSport::TRAIL));
    assert_eq!(activity.device.unwrap().product_name, "Polar Vantage V2");
}

#[test]
fn several_sports_follow_each_other() {
    let part = |begin: &str, rate: u8| {
        json!({"startTime": begin, "durationMillis": 20_000, "samples": {"samples":
            [{"type": "HEART_RATE", "intervalMillis": 1000, "values": [rate]}]}})
    };
    let mut third = part("", 103);
    third["startTime"] = Value::Null;
    let exercises = json!([part("2024-06-10T10:40:02", 101), part("2024-06-10T10:40:25", 102), third]);
    let activity = activity(&with(&json!({"exercises": exercises, "sport": null})), None).unwrap();
    let beats: Vec<(i64, Option<u8>)> = activity
        .records
        .iter()
        .map(|record| ((record.time - start()).num_seconds(), record.heart_rate))
        .collect();
    assert_eq!(beats, [(0, Some(101)), (23, Some(102)), (43, Some(103))]);
    assert_eq!(activity.sport, Sport::MULTISPORT);
}

#[rstest]
#[case::only_totals(json!({"exercises": []}))]
#[case::other_forms(json!({"exercises": [{"samples": [], "routes": 7, "laps": "x"}, null, 3]}))]
#[case::absurd(json!({"exercises": [{"samples": {"samples": [{"type": "HEART_RATE", "intervalMillis": 0.001, "values": [1]},
    {"type": "HEART_RATE", "intervalMillis": 1e300, "values": [1, 2]}, {"type": 5}]},
    "laps": {"laps": [{"durationMillis": 1e9}]},
    "routes": {"route": {"wayPoints": [{"latitude": 1, "longitude": 1, "elapsedMillis": -5}]}}}]}))]
fn what_is_of_another_form_costs_that_alone(#[case] changes: Value) {
    let activity = activity(&with(&changes), None).unwrap();
    assert!(activity.records.is_empty() && activity.laps.is_empty(), "{activity:?}");
    assert_eq!((activity.elapsed, activity.totals.distance), (60.5, Some(160.5)));
    assert!(activity.remarks[0].contains("totals"));
}
