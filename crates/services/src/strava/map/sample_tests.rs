//! Recorded answers of the real service, where a developer has some.

use std::path::{Path, PathBuf};

use baton_core::{Sport, SubSport};
use serde_json::Value;

use super::*;

fn sample(name: &str) -> Option<Value> {
    let given = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let bytes = std::fs::read(given.unwrap_or(beside).join("strava").join(name)).ok();
    if bytes.is_none() {
        println!("skipped: no sample {name}");
    }
    bytes.map(|bytes| serde_json::from_slice(&bytes).unwrap())
}

fn recording(activity: &Value, streams: Option<&Value>) -> Recording {
    let streams = streams.map(|streams| serde_json::from_value(streams.clone()).unwrap());
    Recording { activity: serde_json::from_value(activity.clone()).unwrap(), streams, laps: None }
}

#[test]
fn a_recorded_list_is_read_line_by_line() {
    let Some(exchanges) = sample("http/client_athlete_activities.json") else { return };
    let lines = exchanges[0]["response"]["body"].as_array().unwrap();
    let entries: Vec<Entry> =
        lines.iter().filter_map(|line| entry(&serde_json::from_value(line.clone()).unwrap())).collect();
    assert_eq!(entries.len(), lines.len());
    assert_eq!((entries[0].key.as_str(), entries[0].utc_offset), ("16181809559", Some(-14_400)));
    assert_eq!((entries[0].sport, entries[0].span.seconds()), (Some(Sport::RUNNING), 7792.0));
}

#[test]
fn a_recorded_ride_on_a_trainer_is_indoors() {
    let Some(exchanges) = sample("http/client_activity_ride.json") else { return };
    let ride = activity(&recording(&exchanges[0]["response"]["body"], None)).unwrap();
    assert_eq!((ride.sport, ride.sub_sport), (Sport::CYCLING, SubSport::INDOOR_CYCLING));
    assert_eq!((ride.elapsed, ride.timer, ride.laps.len()), (2432.0, 2432.0, 1));
    assert_eq!((ride.totals.avg_heart_rate, ride.totals.calories), (Some(121), Some(377)));
    assert_eq!(ride.device.unwrap().product_name, "Garmin Forerunner 945");
}

#[test]
fn what_was_typed_in_is_its_summary() {
    let Some(manual) = sample("activity-manual.3.json") else { return };
    let hike = activity(&recording(&manual, None)).unwrap();
    assert_eq!((hike.sport, hike.elapsed, hike.utc_offset), (Sport::HIKING, 38_700.0, Some(-28_800)));
    assert_eq!((hike.totals.distance, hike.totals.calories), (Some(22_530.8), Some(2084)));
}

#[test]
fn several_streams_are_one_recording() {
    let (Some(run), Some(streams)) =
        (sample("model/detailed_activities_run.json"), sample("http/synthetic_streams_multi_key.json"))
    else {
        return;
    };
    let mut short = run.clone();
    (short["elapsed_time"], short["moving_time"]) = (64.into(), 4.into());
    let run = activity(&recording(&short, Some(&streams))).unwrap();
    assert_eq!((run.records.len(), run.elapsed, run.timer), (6, 64.0, 4.0));
    assert_eq!((run.records[2].cadence, run.records[2].power), (None, Some(215)));
    assert!(run.records.iter().all(|record| record.position.is_some() && record.temperature.is_none()));
}

#[test]
fn a_recorded_stream_of_distances_alone_tells_no_times() {
    let Some(exchanges) = sample("http/client_activity_streams.json") else { return };
    let streams: wire::Streams = serde_json::from_value(exchanges[0]["response"]["body"].clone()).unwrap();
    assert_eq!(streams.distance.0.0.len(), 13_129);
    assert!(Samples::of(&streams).is_none());
}
