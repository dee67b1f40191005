//! The list, its parts and its files; and whether generated sessions agree with their files.

use baton_core::{Format, Item};
use baton_tests::polar::generate::{self, Sort};
use baton_tests::polar::{Exercise, sample_types};
use serde_json::{Value, json};

use crate::support::*;

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_reached_flow_in_thirty_days_and_since_the_registration_is_given() {
    let stage = stage();
    stage.sim.register(CLIENT_ID, stage.person, NOW - 10 * DAY);
    let session = |number: u64, days: i64| generate::exercise(number, Sort::Run, NOW - days * DAY, 60, 12);
    let (before, after, late) =
        (session(1, 11), session(2, 9), Exercise { uploaded: NOW - DAY, ..session(3, 40) });
    let to_come = Exercise { uploaded: NOW + 1, ..session(4, 1) };
    stage.sim.add(stage.person, [&before, &after, &late, &to_come]);
    let token = stage.token();
    let (_, list) = stage.json(&token, "/v3/exercises").await;
    assert_eq!(ids(&list), [after.id.as_str(), &late.id], "by when Flow got it, not by when it was done");
    for (exercise, status) in [(&before, 404), (&after, 200), (&to_come, 404)] {
        assert_eq!(stage.json(&token, &format!("/v3/exercises/{}", exercise.id)).await.0, status);
        let file = stage.get(&token, &format!("/v3/exercises/{}/fit", exercise.id), "*/*").await;
        assert_eq!(file.status(), status);
    }
    stage.sim.clock().advance(DAY);
    assert_eq!(ids(&stage.json(&token, "/v3/exercises").await.1).len(), 3);
    stage.sim.clock().advance(29 * DAY);
    assert_eq!(ids(&stage.json(&token, "/v3/exercises").await.1), [to_come.id.as_str()]);
    assert!(stage.sim.remove(stage.person, &to_come.id) && !stage.sim.remove(stage.person, &to_come.id));
    assert_eq!(stage.json(&token, "/v3/exercises").await.1, json!([]));
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn samples_zones_and_route_come_where_they_are_asked_for() {
    let stage = registered();
    let exercise = generate::exercise(7, Sort::SamplesAlone, NOW - DAY, -210, 12);
    stage.sim.add(stage.person, [&exercise]);
    let token = stage.token();
    let path = format!("/v3/exercises/{}", exercise.id);
    let (_, bare) = stage.json(&token, &path).await;
    for part in ["samples", "heart_rate_zones", "route"] {
        assert!(bare.get(part).is_none(), "{part}");
    }
    assert_eq!((&bare["start_time_utc_offset"], &bare["duration"]), (&json!(-210), &json!("PT12M0.5S")));
    assert_eq!(bare["start_time"], "2026-06-09T03:10:00", "local, without a zone");
    assert_eq!(bare["upload_time"], "2026-06-09T07:02:00.000Z");
    let (_, whole) = stage.json(&token, &format!("{path}?samples=true&zones=true&route=true")).await;
    assert_eq!(
        (whole["heart_rate_zones"].as_array().unwrap().len(), whole["route"].as_array().unwrap().len()),
        (5, 721)
    );
    let row = |kind: u8| {
        let (rows, kind) = (whole["samples"].as_array().unwrap(), kind.to_string());
        rows.iter().find(|row| row["sample-type"] == kind).unwrap()
    };
    let rates: Vec<&str> = row(sample_types::HEART_RATE)["data"].as_str().unwrap().split(',').collect();
    assert_eq!((rates.len(), rates[40]), (721, "null"), "the sensor was offline");
    assert!(row(sample_types::RR_INTERVAL)["recording-rate"].is_null());
    assert_eq!(row(sample_types::TEMPERATURE)["recording-rate"], 5);
    assert_eq!(stage.sim.violations(), [""; 0]);
    stage.json(&token, &format!("{path}?samples=1")).await;
    stage.json(&token, "/v3/exercises?from=2026-01-01").await;
    stage.get(&token, "/v3/exercises", "*/*").await;
    assert_eq!(stage.sim.violations().len(), 3);
}

#[tokio::test]
async fn each_sort_has_its_files_and_no_others() {
    let stage = registered();
    let token = stage.token();
    let expected = [
        (Sort::Run, [200, 200, 200]),
        (Sort::Strength, [200, 200, 404]),
        (Sort::WithoutFit, [404, 200, 200]),
        (Sort::GpxAlone, [404, 404, 200]),
        (Sort::SamplesAlone, [404; 3]),
        (Sort::TypedIn, [404; 3]),
    ];
    let kinds = [("fit", "*/*"), ("tcx", "application/vnd.garmin.tcx+xml"), ("gpx", "application/gpx+xml")];
    for (sort, statuses) in expected {
        let exercise = generate::exercise(3, sort, NOW - DAY, 60, 12);
        stage.sim.add(stage.person, [&exercise]);
        for ((format, accept), status) in kinds.into_iter().zip(statuses) {
            let answer = stage.get(&token, &format!("/v3/exercises/{}/{format}", exercise.id), accept).await;
            assert_eq!(answer.status(), status, "{sort:?}: {format}");
            if status == 200 && format == "tcx" {
                assert!(answer.headers().get("content-encoding").is_none(), "nobody says that it is packed");
                assert_eq!(answer.headers()["content-type"], accept);
                assert_eq!(answer.bytes().await.unwrap()[..2], [0x1f, 0x8b]);
            }
        }
        stage.sim.remove(stage.person, &exercise.id);
    }
    assert_eq!(stage.sim.violations(), [""; 0]);
    let exercise = generate::exercise(3, Sort::Run, NOW - DAY, 60, 12);
    stage.sim.add(stage.person, [&exercise]);
    let refused = stage.get(&token, &format!("/v3/exercises/{}/fit", exercise.id), "application/json").await;
    assert_eq!((refused.status().as_u16(), stage.sim.violations().len()), (406, 1));
}

/// The activity in a file.
fn activity(bytes: &[u8], format: Format) -> baton_core::Activity {
    match baton_fit::decode(bytes, format).unwrap().remove(0) {
        Item::Activity(activity) => *activity,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_and_samples_tell_the_same() {
    for sort in [Sort::Run, Sort::Ride, Sort::Strength, Sort::WithoutFit] {
        let exercise = generate::exercise(11, sort, NOW, 60, 12);
        let (bytes, format) = match &exercise.fit {
            Some(fit) => (fit, Format::Fit),
            None => (exercise.tcx.as_ref().unwrap(), Format::Tcx),
        };
        let activity = activity(bytes, format);
        assert_eq!((activity.start.timestamp(), activity.records.len()), (NOW, 721), "{sort:?}");
        if format == Format::Fit {
            assert_eq!((activity.sport, activity.sub_sport), sort.fit_sport());
            assert_eq!(activity.utc_offset, Some(3600));
        }
        let value = |kind: u8, index: usize| {
            let row = exercise.samples.iter().find(|row| row.kind == kind)?;
            row.data[index]
        };
        for (index, record) in activity.records.iter().enumerate() {
            let rate = value(sample_types::HEART_RATE, index);
            assert_eq!(record.heart_rate.map(f64::from), rate, "{sort:?} {index}");
            let distance = value(sample_types::DISTANCE, index);
            assert!(distance.zip(record.distance).is_none_or(|(told, held)| (told - held).abs() < 0.06));
            let power = value(sample_types::POWER, index);
            assert!(power.is_none() || power == record.power.map(f64::from));
            assert_eq!(record.position.is_some(), sort != Sort::Strength);
        }
        assert_eq!(generate::exercise(11, sort, NOW, 60, 12), exercise, "the same seed, the same session");
    }
}

#[test]
fn a_history_has_every_sort_and_no_id_twice() {
    let history = generate::history(1, 21, NOW);
    let mut ids: Vec<&str> = history.iter().map(|it| it.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 21);
    assert!(history.windows(2).all(|pair| pair[0].start + pair[0].duration as i64 <= pair[1].start));
    assert!(history.iter().all(|it| it.uploaded <= NOW && it.uploaded > NOW - 30 * DAY));
    assert_eq!(history.iter().filter(|it| it.fit.is_some()).count(), 9);
}
