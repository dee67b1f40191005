//! Any JSON of the right shape, with nulls, missing, further and wrong fields, converts or fails with a clear error.

use baton_core::clean::{Preferences, clean};
use baton_core::{Activity, Item};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::activity;
use crate::peloton::wire::Payload;

/// A workout with everything in it, to be damaged.
fn whole() -> Value {
    let seconds: Vec<u32> = (1..=90).collect();
    let values: Vec<f64> = (0..90).map(|second| 100.0 + f64::from(second)).collect();
    let points: Vec<Value> = (1..=90)
        .map(|second| json!({"seconds_offset_from_start": second, "latitude": 50.0, "longitude": 8.0, "accuracy": null}))
        .collect();
    let metric = |slug: &str, unit: &str| json!({"slug": slug, "display_unit": unit, "values": values});
    json!({
        "workout": {
            "id": "0123456789abcdef0123456789abcdef", "status": "COMPLETE", "created_at": 1_700_000_000,
            "start_time": 1_700_000_060, "end_time": 1_700_000_150, "device_time_created_at": 1_699_982_000,
            "timezone": "Etc/GMT+5", "fitness_discipline": "strength", "is_outdoor": false, "title": null,
            "total_work": 12_000.5, "ftp_info": {"ftp": 200, "ftp_source": "ftp_manual_source"},
            "ride": {"id": "ab", "title": "5 min Everything", "duration": 90, "pedaling_start_offset": 60,
                     "instructor": {"name": "Ann Example"}},
            "movement_tracker_data": {"completed_movements_summary_data": {"repetition_summary_data": [
                {"movement_id": "x", "movement_name": "Bicep Curl", "tracking_type": "rep_counting", "completed_reps": 9,
                 "offset": 10, "length": 30, "total_volume": 180,
                 "weight": [{"weight_data": {"weight_value": 10, "weight_unit": "lb"}}]},
                {"movement_id": "y", "movement_name": "Plank", "is_hold": true, "offset": 60, "length": 20}]}},
        },
        "performance_graph": {
            "duration": 90, "seconds_since_pedaling_start": seconds,
            "segment_list": [{"name": "Warm Up", "start_time_offset": 0, "length": 30, "metrics_type": "floor"},
                             {"name": "Work", "start_time_offset": 30, "length": 60, "metrics_type": "floor"}],
            "summaries": [{"slug": "distance", "display_unit": "mi", "value": 0.5},
                          {"slug": "calories", "display_unit": "kcal", "value": 12},
                          {"slug": "elevation", "display_unit": "ft", "value": 30}],
            "metrics": [metric("output", "watts"), metric("heart_rate", "bpm"), metric("cadence", "rpm"),
                        {"slug": "pace", "display_unit": "min/mi", "values": values,
                         "alternatives": [metric("speed", "mph")]},
                        metric("altitude", "ft"), metric("incline", "%"), metric("resistance", "%")],
            "location_data": [{"is_gap": false, "coordinates": points}],
            "target_performance_metrics": {"target_graph_metrics": [
                {"type": "cadence", "graph_data": {"upper": values, "lower": values}}]},
            "target_metrics_performance_data": {"target_metrics": [
                {"offsets": {"start": 60, "end": 100}, "metrics": [{"name": "speed", "upper": 6, "lower": 5}]},
                {"offsets": {"start": 101, "end": 150}, "metrics": [{"name": "incline", "upper": 2, "lower": 1}]}]},
        },
        "user": {"id": "u", "weight": 150, "height": 70, "birthday": 520_000_000, "default_max_heart_rate": 186},
        "ride_details": {"segments": {"segment_list": [{"metrics_type": "floor", "subsegments_v2": [
            {"offset": 0, "length": 30, "movements": [{"id": "z", "name": "Row", "is_rest": false}]}]}]}},
    })
}

/// What may stand in the place of a value.
fn odd() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        2 => Just(None),
        2 => Just(Some(Value::Null)),
        1 => any::<bool>().prop_map(|value| Some(json!(value))),
        2 => any::<f64>().prop_map(|value| Some(json!(value))),
        2 => any::<i64>().prop_map(|value| Some(json!(value))),
        1 => (-5_i32..200).prop_map(|value| Some(json!(value.to_string()))),
        1 => ".{0,12}".prop_map(|value| Some(json!(value))),
        1 => Just(Some(json!([]))),
        1 => Just(Some(json!([[1], null, {"a": 1}, "x", -1, 1e300]))),
        1 => Just(Some(json!({"a": {"b": []}}))),
    ]
}

/// Replaces or removes one value somewhere below, the path chosen by `choices`.
fn damage(value: &mut Value, choices: &[prop::sample::Index], odd: Option<Value>) {
    let Some((choice, deeper)) = choices.split_first() else {
        *value = odd.unwrap_or(Value::Null);
        return;
    };
    match value {
        Value::Object(object) if !object.is_empty() => {
            let Some(key) = object.keys().nth(choice.index(object.len())).cloned() else { return };
            let leaf = object[&key].as_object().is_none_or(serde_json::Map::is_empty)
                && object[&key].as_array().is_none_or(Vec::is_empty);
            match odd {
                None if deeper.is_empty() || leaf => {
                    object.remove(&key);
                }
                odd => damage(&mut object[&key], if leaf { &[] } else { deeper }, odd),
            }
        }
        Value::Array(list) if !list.is_empty() => {
            let place = choice.index(list.len());
            damage(&mut list[place], deeper, odd);
        }
        _ => *value = odd.unwrap_or(Value::Null),
    }
}

fn check(activity: &Activity) -> Result<(), TestCaseError> {
    prop_assert!(activity.elapsed.is_finite() && activity.elapsed >= 0.0);
    let (item, _) = clean(Item::Activity(Box::new(activity.clone())), &Preferences::default());
    let Item::Activity(cleaned) = item else { return Err(TestCaseError::fail("an activity stays one")) };
    prop_assert!(!cleaned.laps.is_empty());
    prop_assert!(cleaned.records.is_sorted_by(|a, b| a.time < b.time));
    prop_assert_eq!(cleaned.laps.first().map(|lap| lap.start), Some(cleaned.start));
    prop_assert_eq!(cleaned.laps.last().map(baton_core::Lap::end), Some(cleaned.end()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_answers_convert_or_say_why(
        wounds in prop::collection::vec((prop::collection::vec(any::<prop::sample::Index>(), 1..7), odd()), 1..12)
    ) {
        let mut document = whole();
        for (path, odd) in wounds {
            damage(&mut document, &path, odd);
        }
        let bytes = document.to_string();
        // A damaged document is still an object at its top or is nobody's.
        if let Ok(payload) = serde_json::from_str::<Payload>(&bytes) {
            match activity(&payload) {
                Ok(activity) => check(&activity)?,
                Err(error) => prop_assert!(!error.message.is_empty()),
            }
        } else {
            prop_assert!(!document.is_object());
        }
    }
}

#[test]
fn the_undamaged_one_converts_whole() {
    let payload: Payload = serde_json::from_value(whole()).unwrap();
    let activity = activity(&payload).unwrap();
    assert_eq!((activity.start.timestamp(), activity.elapsed), (1_700_000_060, 90.0));
    assert_eq!(activity.utc_offset, Some(-18_000));
    assert_eq!(activity.records.len(), 90);
    assert!(activity.has_track());
    assert_eq!((activity.segment_laps.len(), activity.target_laps.len()), (2, 2));
    assert_eq!(activity.sets.len(), 3);
    assert_eq!(activity.sets[0].implements, Some(2));
    assert_eq!(activity.instructor.as_deref(), Some("Ann Example"));
}
