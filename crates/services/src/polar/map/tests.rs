//! Polar's answers and what becomes of them, in tables.

use baton_core::{Position, Record};
use baton_fit::EncodeOptions;
use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::polar::wire;

fn told() -> Value {
    json!({
        "id": "2AC312F", "upload_time": "2026-10-13T11:40:02.000Z", "polar_user": "https://x/v3/users/1",
        "device": "Polar Vantage V3", "start_time": "2026-10-13T10:40:02", "start_time_utc_offset": 180,
        "duration": "PT1M0.5S", "calories": 530, "distance": 160.5, "heart_rate": {"average": 129, "maximum": 147},
        "sport": "OTHER", "detailed_sport_info": "TRAIL_RUNNING", "has_route": true,
    })
}

fn with(changes: &Value) -> Exercise {
    let mut told = told();
    for (name, value) in changes.as_object().unwrap() {
        told[name] = value.clone();
    }
    wire::exercise(told).unwrap()
}

fn row(kind: &str, rate: &Value, data: &str) -> Value {
    json!({"sample-type": kind, "recording-rate": rate, "data": data})
}

fn at(second: i64) -> Time {
    "2026-10-13T07:40:02Z".parse::<Time>().unwrap() + TimeDelta::seconds(second)
}

#[test]
fn an_entry_tells_when_in_utc_and_what() {
    let entry = entry(&with(&json!({})));
    assert_eq!((entry.key.as_str(), entry.title.as_str()), ("exercise-1791877202", "Trail running"));
    assert_eq!((entry.span.start, entry.utc_offset), (at(0), Some(10_800)));
    assert_eq!(entry.span.seconds(), 60.5);
    assert_eq!((entry.sport, entry.sub_sport), (Some(Sport::RUNNING), Some(SubSport::TRAIL)));
    assert_eq!(entry.revision, "60.500");
    assert_eq!(entry.arrived, Some("2026-10-13T11:40:02Z".parse().unwrap()));
}

#[rstest]
#[case(json!({"start_time_utc_offset": null}), "2026-10-13T10:40:02Z", None, "time zone")]
#[case(json!({"start_time_utc_offset": 99_999}), "2026-10-13T10:40:02Z", None, "time zone")]
#[case(json!({"start_time": "soon"}), "1970-01-01T00:00:00Z", None, "when this was done")]
#[case(json!({"start_time": null}), "1970-01-01T00:00:00Z", None, "when this was done")]
fn what_has_no_time_is_shown_and_refused(
    #[case] changes: Value,
    #[case] start: &str,
    #[case] offset: Option<i32>,
    #[case] words: &str,
) {
    let exercise = with(&changes);
    let entry = entry(&exercise);
    assert_eq!((entry.span.start, entry.utc_offset), (start.parse().unwrap(), offset));
    let error = activity(&exercise, None).unwrap_err();
    assert!(error.kind.name() == "rejected" && error.message.contains(words), "{error}");
}

#[test]
fn samples_become_records_and_holes_stay_holes() {
    let exercise = with(&json!({
        "samples": [
            row("0", &json!(1), "0,100,null,102, 103"), row("1", &json!(1), "0,9.0,18,null,36.0"),
            row("8", &json!(1), "160,161,162,163,164"), row("9", &json!(2), "-3.5,12,13"),
            row("10", &json!(1), "0,2.5,7.5,12.5,22.5"), row("3", &json!(1), "101.5,-2"),
            row("11", &Value::Null, "612,null,640"), row("5", &json!(1), "1,1,1,1,1"),
            row("7", &json!(1), "1013,1013,1013,1013,1013,1013,1013,1013"),
        ],
        "route": [
            {"latitude": 60.5, "longitude": 25.25, "time": "PT0.026S"},
            {"latitude": 60.6, "longitude": 25.35, "time": "PT3.9S"},
            {"latitude": 91, "longitude": 25, "time": "PT1S"},
            {"latitude": 60, "longitude": 25, "time": "later"},
        ],
    }));
    let activity = activity(&exercise, None).unwrap();
    let place = |latitude, longitude| Some(Position { latitude, longitude });
    let expected = [
        Record {
            time: at(0),
            position: place(60.5, 25.25),
            altitude: Some(101.5),
            distance: Some(0.0),
            speed: Some(0.0),
            heart_rate: None,
            cadence: Some(80.0),
            temperature: Some(-3.5),
            ..Record::default()
        },
        Record {
            time: at(1),
            altitude: Some(-2.0),
            distance: Some(2.5),
            speed: Some(2.5),
            heart_rate: Some(100),
            cadence: Some(80.5),
            ..Record::default()
        },
        Record {
            time: at(2),
            distance: Some(7.5),
            speed: Some(5.0),
            cadence: Some(81.0),
            temperature: Some(12.0),
            ..Record::default()
        },
        Record {
            time: at(3),
            distance: Some(12.5),
            heart_rate: Some(102),
            cadence: Some(81.5),
            ..Record::default()
        },
        Record {
            time: at(4),
            position: place(60.6, 25.35),
            distance: Some(22.5),
            speed: Some(10.0),
            heart_rate: Some(103),
            cadence: Some(82.0),
            temperature: Some(13.0),
            ..Record::default()
        },
    ];
    assert_eq!(activity.records, expected);
    assert_eq!((activity.elapsed, activity.timer, activity.utc_offset), (60.5, 60.5, Some(10_800)));
    assert_eq!((activity.totals.distance, activity.totals.calories), (Some(160.5), Some(530)));
    assert_eq!((activity.totals.avg_heart_rate, activity.totals.max_heart_rate), (Some(129), Some(147)));
    assert_eq!(activity.device.unwrap().product_name, "Polar Vantage V3");
    assert!(activity.remarks[0].contains("made from its samples"));
}

#[rstest]
#[case(json!(5), "90,91", vec![(0, 90), (5, 91)])]
#[case(json!("1"), "90,91", vec![(0, 90), (1, 91)])]
#[case(json!(0), "90,91", vec![])]
#[case(json!(-1), "90,91", vec![])]
#[case(json!(null), "90,91", vec![])]
#[case(json!(3600), "90,NaN,inf,1e3,-4,x,,91", vec![(0, 90), (25_200, 91)])]
fn rates_and_odd_values(#[case] rate: Value, #[case] data: &str, #[case] expected: Vec<(i64, u8)>) {
    let exercise = with(&json!({"samples": [row("0", &rate, data)]}));
    let activity = activity(&exercise, None).unwrap();
    let rates: Vec<(i64, u8)> =
        activity.records.iter().map(|it| ((it.time - at(0)).num_seconds(), it.heart_rate.unwrap())).collect();
    assert_eq!(rates, expected);
    assert!(activity.records.iter().all(|record| record.time <= activity.end()));
}

#[test]
fn power_and_cadence_of_a_ride() {
    let exercise =
        with(&json!({"samples": [row("2", &json!(1), "88,-1"), row("4", &json!(1), "250.4,70000")]}));
    let activity = activity(&exercise, None).unwrap();
    let expected = Record { time: at(0), cadence: Some(88.0), power: Some(250), ..Record::default() };
    assert_eq!(activity.records, [expected]);
}

#[test]
fn zones_are_told_whole_or_not_at_all() {
    let zone = |index: u32, upper: Value, time: &str| json!({"index": index, "lower-limit": 1, "upper-limit": upper, "in-zone": time});
    let both = with(&json!({"heart_rate_zones": [zone(2, json!(152), "PT1M"), zone(1, json!(130), "PT4S")]}));
    let told = activity(&both, None).unwrap();
    assert_eq!(told.zones.unwrap().heart_rate, [130, 152]);
    assert_eq!(told.totals.time_in_heart_rate_zone, [4.0, 60.0]);
    let broken =
        with(&json!({"heart_rate_zones": [zone(1, json!(130), "PT4S"), zone(2, json!(null), "PT4S")]}));
    let told = activity(&broken, None).unwrap();
    assert!(told.zones.is_none() && told.totals.time_in_heart_rate_zone.is_empty());
}

#[test]
fn without_samples_the_totals_remain() {
    let told = activity(&with(&json!({"device": null})), None).unwrap();
    assert!(told.records.is_empty() && told.device.is_none());
    assert_eq!((told.elapsed, told.totals.distance), (60.5, Some(160.5)));
    assert!(told.remarks[0].contains("only its totals"));
}

#[test]
fn a_track_tells_where_and_the_samples_the_rest() {
    let point = |second: i64, latitude: f64| Record {
        time: at(second),
        position: Some(Position { latitude, longitude: 25.0 }),
        altitude: Some(90.0),
        heart_rate: Some(1),
        ..Record::default()
    };
    let track = Activity {
        start: at(1),
        records: vec![point(1, 60.1), point(2, 60.2), point(-9, 1.0)],
        ..Activity::default()
    };
    let exercise = with(&json!({"samples": [row("0", &json!(1), "99,100,101"), row("3", &json!(1), "7,8")]}));
    let records = activity(&exercise, Some(&track)).unwrap().records;
    let told: Vec<_> =
        records.iter().map(|it| (it.heart_rate, it.position.map(|at| at.latitude), it.altitude)).collect();
    let expected = [
        (Some(99), None, Some(7.0)),
        (Some(100), Some(60.1), Some(8.0)),
        (Some(101), Some(60.2), Some(90.0)),
    ];
    assert_eq!(told, expected);
}

fn file(format: Format, sport: Sport, sub_sport: SubSport) -> Vec<u8> {
    let record = |second| Record {
        time: at(second),
        heart_rate: Some(120),
        position: Some(Position { latitude: 60.0 + second as f64 / 1e4, longitude: 25.0 }),
        ..Record::default()
    };
    let ride = Activity {
        start: at(0),
        elapsed: 60.0,
        timer: 60.0,
        sport,
        sub_sport,
        records: (0..=60).map(record).collect(),
        ..Activity::default()
    };
    let item = Item::Activity(Box::new(ride));
    let (item, _) = baton_core::clean::clean(item, &baton_core::clean::Preferences::default());
    baton_fit::encode(&item, format, &EncodeOptions::default()).unwrap().bytes.to_vec()
}

#[rstest]
#[case::fit_says_it(Format::Fit, Sport::HIKING, SubSport::GENERIC, (Sport::HIKING, SubSport::GENERIC))]
#[case::fit_says_nothing(Format::Fit, Sport::GENERIC, SubSport::GENERIC, (Sport::RUNNING, SubSport::TRAIL))]
#[case::fit_says_half(Format::Fit, Sport::GENERIC, SubSport::YOGA, (Sport::RUNNING, SubSport::YOGA))]
#[case::tcx(Format::Tcx, Sport::CYCLING, SubSport::GENERIC, (Sport::RUNNING, SubSport::TRAIL))]
#[case::gpx(Format::Gpx, Sport::GENERIC, SubSport::GENERIC, (Sport::RUNNING, SubSport::TRAIL))]
fn files_and_whose_sport_counts(
    #[case] format: Format,
    #[case] sport: Sport,
    #[case] sub_sport: SubSport,
    #[case] expected: (Sport, SubSport),
) {
    let bytes = file(format, sport, sub_sport);
    let entry = entry(&with(&json!({})));
    let activity = of_file(&bytes, format, &entry).unwrap();
    assert_eq!((activity.sport, activity.sub_sport), expected);
    assert_eq!((activity.start, activity.records.len()), (at(0), 61));
    assert_eq!((activity.title.as_str(), activity.utc_offset), ("Trail running", Some(10_800)));
    let passed_on = activity.original.map(|original| original.bytes.to_vec());
    assert_eq!(passed_on, (format == Format::Fit).then_some(bytes), "a FIT file alone is passed on");
}

#[test]
fn what_is_no_file_is_refused() {
    let entry = entry(&with(&json!({})));
    for bytes in [&b""[..], b"<html>", &[0x1f, 0x8b, 8, 0, 0]] {
        for format in [Format::Fit, Format::Tcx, Format::Gpx] {
            assert_eq!(of_file(bytes, format, &entry).unwrap_err().kind.name(), "rejected");
        }
    }
}

#[rstest]
#[case(json!({"weight": 70.300_003_05, "modified": "2026-06-10T12:00:00Z", "weight_source": "SOURCE_MEASURED"}), Some(70.3))]
#[case(json!({"weight": "70.5", "modified": "2026-06-10T12:00:00.000Z"}), Some(70.5))]
#[case(json!({"weight": 70.5, "modified": "2026-06-10T12:00:00Z", "weight-source": "SOURCE_USER"}), Some(70.5))]
#[case(json!({"weight": 70.5, "modified": "2026-06-10T12:00:00Z", "weight_source": "SOURCE_DEFAULT"}), None)]
#[case(json!({"weight": 70.5, "modified": "2026-06-10T12:00:00Z", "weight_source": "SOURCE_ESTIMATE"}), None)]
#[case(json!({"weight": 0, "modified": "2026-06-10T12:00:00Z"}), None)]
#[case(json!({"weight": 70.5}), None)]
#[case(json!({"modified": "2026-06-10T12:00:00Z"}), None)]
#[case(json!({}), None)]
fn weights(#[case] info: Value, #[case] expected: Option<f64>) {
    let entry = weight(&wire::read(info).unwrap());
    let told = entry.as_ref().and_then(|entry| entry.measured.as_ref()).and_then(Measured::weight);
    assert_eq!(told, expected);
    if let Some(entry) = entry {
        assert_eq!((entry.key.as_str(), entry.kind), ("weight-1781092800", Kind::Body));
    }
}

proptest! {
    #[test]
    fn no_answer_panics(
        start in ".{0,30}", offset in any::<f64>(), length in "P?[0-9T.HMSD]{0,12}", data in "[0-9nul,.eE+-]{0,60}",
        rate in any::<f64>(), kind in 0..14_u8, latitude in any::<f64>(), time in "PT[0-9.]{0,8}S",
    ) {
        let exercise = with(&json!({
            "start_time": start, "start_time_utc_offset": offset, "duration": length, "distance": offset,
            "samples": [row(&kind.to_string(), &json!(rate), &data)],
            "route": [{"latitude": latitude, "longitude": latitude, "time": time}],
        }));
        entry(&exercise);
        let _ = activity(&exercise, None);
        let timed = with(&json!({
            "duration": length, "samples": [row(&kind.to_string(), &json!(rate), &data)],
            "route": [{"latitude": latitude, "longitude": latitude, "time": time}],
        }));
        let made = activity(&timed, None).unwrap();
        prop_assert!(made.records.is_sorted_by(|a, b| a.time < b.time));
        prop_assert!(made.records.iter().all(|record| record.time >= made.start && record.time <= made.end()));
    }
}
