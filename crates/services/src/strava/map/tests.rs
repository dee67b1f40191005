//! Lines and recordings of every sort as entries and activities.

use baton_core::clean::{Preferences, clean};
use baton_core::{Item, Sport, SubSport};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn with(mut told: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().into_iter().flatten() {
        told[name] = value.clone();
    }
    told
}

fn line(more: &Value) -> wire::Activity {
    let told = json!({
        "id": 18_260_018_524_u64, "name": "Evening run", "sport_type": "Run", "start_date": "2026-11-20T17:00:00Z",
        "start_date_local": "2026-11-20T18:00:00Z", "utc_offset": 3600.0, "elapsed_time": 64, "moving_time": 4,
        "distance": 12.1, "external_id": "garmin_ping_492266071674", "device_name": "Garmin Forerunner 265",
    });
    serde_json::from_value(with(told, more)).unwrap()
}

/// Four seconds of running with a minute's rest before the last.
fn recording(more: &Value, streams: &Value) -> Recording {
    let told = json!({
        "time": {"data": [0, 1, 2, 3, 63, 64]}, "distance": {"data": [0.0, 3.1, 6.2, 9.0, 9.0, 12.1]},
        "heartrate": {"data": [98, 101, 104, 106, 99, 102]}, "cadence": {"data": [0, 82, null, 83, 0, 81]},
        "watts": {"data": [0, 210, 215, null, 0, 205]}, "moving": {"data": [true, true, true, true, false, true]},
    });
    let streams = with(told, streams);
    Recording { activity: line(more), streams: Some(serde_json::from_value(streams).unwrap()), laps: None }
}

fn summary(more: &Value) -> Recording {
    Recording { activity: line(more), streams: None, laps: None }
}

/// What is sent: the activity as it leaves cleaning.
fn cleaned(recording: &Recording) -> Activity {
    let item = Item::Activity(Box::new(activity(recording).unwrap()));
    match clean(item, &Preferences::default()).0 {
        Item::Activity(activity) => *activity,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_is_an_entry() {
    let entry = entry(&line(&json!({}))).unwrap();
    assert_eq!((entry.key.as_str(), entry.title.as_str()), ("18260018524", "Evening run"));
    assert_eq!(entry.span.start, "2026-11-20T17:00:00Z".parse::<Time>().unwrap());
    assert_eq!((entry.span.seconds(), entry.utc_offset), (64.0, Some(3600)));
    assert_eq!((entry.sport, entry.sub_sport), (Some(Sport::RUNNING), Some(SubSport::GENERIC)));
    assert_eq!(entry.recorded_by, RecordedBy::Source);
}

#[rstest]
#[case::number(json!({"id": u64::MAX}), "18446744073709551615")]
#[case::text(json!({"id": "9007199254740993"}), "9007199254740993")]
fn a_number_beyond_what_floats_hold_stays_exact(#[case] more: Value, #[case] key: &str) {
    assert_eq!(entry(&line(&more)).unwrap().key, key);
}

#[rstest]
#[case(json!({"id": null}))]
#[case(json!({"id": -4}))]
#[case(json!({"start_date": null}))]
#[case(json!({"start_date": "yesterday"}))]
#[case(json!({"start_date": "+262142-01-01T00:00:00Z"}))]
fn what_cannot_be_found_again_is_no_entry(#[case] more: Value) {
    assert!(entry(&line(&more)).is_none());
}

#[test]
fn a_new_name_is_no_new_recording_and_own_copies_are_known() {
    let of = |more: Value| entry(&line(&more)).unwrap();
    assert_eq!(of(json!({})).revision, of(json!({"name": "Hills"})).revision);
    assert_ne!(of(json!({})).revision, of(json!({"distance": 13.0})).revision);
    assert_ne!(of(json!({})).revision, of(json!({"sport_type": "TrailRun"})).revision);
    let ours = of(json!({"external_id": "baton-0123.fit.gz"}));
    assert_eq!(ours.recorded_by, RecordedBy::Elsewhere("Baton".into()));
}

#[test]
fn streams_become_the_activity_with_its_pause() {
    let told = json!({"description": " Windy ", "calories": 7.6, "average_heartrate": 101.6, "max_heartrate": 106.0,
        "total_elevation_gain": 3.5, "elev_high": 48.2, "average_cadence": 78.7, "max_speed": 3.4});
    let activity = activity(&recording(&told, &json!({}))).unwrap();
    assert_eq!((activity.elapsed, activity.timer, activity.records.len()), (64.0, 4.0, 6));
    assert_eq!((activity.notes.as_str(), activity.utc_offset), ("Windy", Some(3600)));
    assert_eq!(activity.device.as_ref().unwrap().product_name, "Garmin Forerunner 265");
    let totals = &activity.totals;
    assert_eq!(
        (totals.avg_heart_rate, totals.max_heart_rate, totals.calories),
        (Some(102), Some(106), Some(8))
    );
    assert_eq!((totals.distance, totals.ascent, totals.avg_cadence), (Some(12.1), Some(3.5), Some(78.7)));
    // Steps of one leg are what records count, as FIT does: nothing is doubled.
    assert_eq!(activity.records[1].cadence, Some(82.0));
    let cleaned = cleaned(&recording(&told, &json!({})));
    assert_eq!((cleaned.elapsed, cleaned.timer), (64.0, 4.0));
    assert_eq!(activity.remarks.len(), 1, "{:?}", activity.remarks);
}

#[rstest]
#[case::as_told(json!({}), 4.0)]
#[case::nobody_stood(json!({"moving_time": 64}), 64.0)]
#[case::a_little_off(json!({"moving_time": 12}), 4.0)]
#[case::not_said(json!({"moving_time": null}), 4.0)]
#[case::longer_than_it_was(json!({"moving_time": 640}), 64.0)]
fn a_pause_is_believed_as_far_as_the_totals_leave_room(#[case] more: Value, #[case] timer: f64) {
    assert_eq!(activity(&recording(&more, &json!({}))).unwrap().timer, timer);
}

#[test]
fn who_lifts_weights_does_not_pause() {
    let more = json!({"sport_type": "WeightTraining", "moving_time": 64});
    let still = json!({"moving": {"data": [false, false, false, false, false, false]}});
    assert_eq!(cleaned(&recording(&more, &still)).timer, 64.0);
}

#[test]
fn pauses_at_both_ends_have_an_inside() {
    let still = json!({"time": {"data": [0, 10, 20, 30, 60, 64]},
        "moving": {"data": [true, false, true, true, true, false]}});
    let cleaned = cleaned(&recording(&json!({"moving_time": 50}), &still));
    // A second is lost at each end.
    assert_eq!((cleaned.elapsed, cleaned.timer), (64.0, 64.0 - 9.0 - 3.0));
}

#[rstest]
#[case::typed_in(json!({"manual": true, "moving_time": 34, "calories": 300.2}))]
#[case::without_streams(json!({"moving_time": 34, "calories": 300.2}))]
fn without_streams_it_is_the_summary(#[case] more: Value) {
    let activity = cleaned(&summary(&more));
    assert_eq!((activity.records.len(), activity.elapsed, activity.timer), (0, 64.0, 34.0));
    assert_eq!((activity.totals.distance, activity.totals.calories), (Some(12.1), Some(300)));
    assert!(activity.remarks[0].contains("summary"), "{:?}", activity.remarks);
}

#[test]
fn estimated_power_is_no_measurement() {
    let told = json!({"sport_type": "Ride", "average_watts": 190.4, "max_watts": 401, "device_watts": false,
        "laps": [{"start_index": 0, "elapsed_time": 64, "average_watts": 190.0}]});
    let estimated = activity(&recording(&told, &json!({}))).unwrap();
    assert!(estimated.records.iter().all(|record| record.power.is_none()));
    let laps = &estimated.laps[0].statistics;
    assert_eq!((estimated.totals.avg_power, estimated.totals.max_power, laps.avg_power), (None, None, None));
    assert!(estimated.remarks[1].contains("estimated"), "{:?}", estimated.remarks);
    let measured = with(told, &json!({"device_watts": true}));
    let measured = activity(&recording(&measured, &json!({}))).unwrap();
    assert_eq!((measured.totals.avg_power, measured.totals.max_power), (Some(190), Some(401)));
    assert_eq!((measured.records[1].power, measured.remarks.len()), (Some(210), 1));
}

#[test]
fn a_hidden_start_and_an_unknown_sport_are_remarked() {
    let told = json!({"start_date": "2026-11-19T23:00:01Z", "start_date_local": "2026-11-20T00:00:01Z",
        "sport_type": "Quidditch\n"});
    let activity = activity(&recording(&told, &json!({}))).unwrap();
    assert_eq!((activity.sport, activity.sub_sport), (Sport::GENERIC, SubSport::GENERIC));
    assert!(activity.remarks[1].contains("hides"), "{:?}", activity.remarks);
    assert!(activity.remarks[2].contains("“Quidditch”"), "{:?}", activity.remarks);
}

#[rstest]
#[case::told(json!({}), Some(3600))]
#[case::by_the_starts(json!({"utc_offset": null}), Some(3600))]
#[case::unknown(json!({"utc_offset": null, "start_date_local": "?"}), None)]
#[case::not_of_this_earth(json!({"utc_offset": 1e9}), None)]
fn the_offset_to_utc(#[case] more: Value, #[case] expected: Option<i32>) {
    assert_eq!(activity(&summary(&more)).unwrap().utc_offset, expected);
}

#[test]
fn laps_begin_where_the_streams_say() {
    let laps = json!({"laps": [
        {"start_index": 0, "end_index": 2, "elapsed_time": 2, "distance": 6.2, "average_heartrate": 101.0},
        {"start_index": 3, "end_index": 5, "elapsed_time": 61, "distance": 5.9, "average_cadence": 81.0},
    ]});
    let activity = cleaned(&recording(&laps, &json!({})));
    let told: Vec<(i64, f64, f64)> = activity
        .laps
        .iter()
        .map(|lap| ((lap.start - activity.start).num_seconds(), lap.elapsed, lap.timer))
        .collect();
    assert_eq!(told, [(0, 3.0, 3.0), (3, 61.0, 1.0)]);
    assert_eq!(activity.laps[0].statistics.avg_heart_rate, Some(101));
    assert_eq!(activity.laps[1].statistics.distance, Some(5.9));
    // Without streams they follow each other; indexes beyond the streams too.
    let starts = |activity: &Activity| -> Vec<i64> {
        activity.laps.iter().map(|lap| (lap.start - activity.start).num_seconds()).collect()
    };
    assert_eq!(starts(&cleaned(&summary(&laps))), [0, 2]);
    let beyond =
        json!({"laps": [{"start_index": 0, "elapsed_time": 40}, {"start_index": 99, "elapsed_time": 24}]});
    assert_eq!(starts(&cleaned(&recording(&beyond, &json!({})))), [0, 40]);
    // Those of the other answer go before those inside.
    let own = serde_json::from_value(json!([{"start_index": 1}])).unwrap();
    let own = Recording { laps: Some(own), ..recording(&laps, &json!({})) };
    assert_eq!(super::activity(&own).unwrap().laps.len(), 1);
}

#[test]
fn without_a_start_there_is_no_activity() {
    assert!(activity(&summary(&json!({"start_date": null}))).unwrap_err().message.contains("when"));
}

proptest! {
    #[test]
    fn any_numbers_become_an_activity_that_can_be_cleaned(
        elapsed in any::<f64>(), moving in any::<f64>(), offset in any::<f64>(),
        time in proptest::collection::vec(any::<f64>(), 0..6), small in proptest::collection::vec(0..100_000_i64, 0..6),
        place in any::<f64>(), flags in proptest::collection::vec(any::<bool>(), 0..8),
    ) {
        let laps = json!([{"start_index": place, "elapsed_time": elapsed}, {"elapsed_time": moving}]);
        let told = json!({"elapsed_time": elapsed, "moving_time": moving, "utc_offset": offset, "laps": laps});
        for time in [json!(time), json!(small)] {
            let streams = json!({"time": {"data": time}, "moving": {"data": flags}, "latlng": {"data": [[place, elapsed]]}});
            let activity = cleaned(&recording(&told, &streams));
            prop_assert!(activity.timer >= 0.0 && activity.timer <= activity.elapsed);
            prop_assert!(activity.records.is_sorted_by(|a, b| a.time < b.time));
        }
    }
}
