//! Files of real devices and apps, where they are at hand: `BATON_SAMPLE_DATA`, or `../shared/data` beside the
//! repository. None of them is part of the project.

use std::path::{Path, PathBuf};

use baton_core::{Activity, EventKind, Format, Item, Sport, SubSport};
use baton_fit::{decode, encode, sniff};

use crate::fields;
use crate::samples::options;

pub fn folder() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("BATON_SAMPLE_DATA") {
        return Some(PathBuf::from(folder).join("files"));
    }
    let parents = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    parents.map(|parent| parent.join("../shared/data/files")).find(|folder| folder.is_dir())
}

/// The bytes of a sample; `None`, and a line that says so, where there is none.
fn sample(name: &str) -> Option<Vec<u8>> {
    let bytes = folder().and_then(|folder| std::fs::read(folder.join(name)).ok());
    if bytes.is_none() {
        println!("skipped: no sample data ({name})");
    }
    bytes
}

fn activity(name: &str) -> Option<Activity> {
    let bytes = sample(name)?;
    let mut items = decode(&bytes, sniff(&bytes).unwrap()).unwrap();
    assert_eq!(items.len(), 1, "{name}");
    match items.remove(0) {
        Item::Activity(activity) => Some(*activity),
        other => panic!("{name}: {other:?}"),
    }
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
}

#[test]
fn a_run_of_the_sdk() {
    let Some(run) = activity("fit/Activity.fit") else { return };
    assert_eq!(run.start.to_rfc3339(), "2012-04-09T21:22:26+00:00");
    assert_eq!((run.sport, run.sub_sport), (Sport::RUNNING, SubSport::GENERIC));
    assert_eq!((run.records.len(), run.laps.len()), (14, 1));
    close(run.elapsed, 13.749);
    close(run.totals.distance.unwrap(), 5.73);
    close(run.records[0].altitude.unwrap(), 278.2);
    let kinds: Vec<_> = run.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Start, EventKind::StopAll]);
    assert!(run.remarks.is_empty() && run.original.is_some());
}

#[test]
fn the_same_run_cut_off() {
    let Some(run) = activity("fit/activity-unexpected-eof.fit") else { return };
    assert_eq!((run.records.len(), run.laps.len()), (14, 1));
    close(run.elapsed, 13.749);
    assert_eq!(run.remarks, ["The file ends too early; what it holds up to there was kept"]);
    assert!(run.original.is_none());
}

#[test]
fn developer_fields_are_passed_over_and_a_summary_is_made() {
    let Some(bytes) = sample("fit/DeveloperData.fit") else { return };
    // Its records have no time, so there is nothing to carry.
    assert_eq!(
        decode(&bytes, Format::Fit).unwrap_err().message,
        "This FIT file holds an activity without records, and no activity, weight or blood pressure"
    );
}

#[test]
fn an_old_watch_with_compressed_timestamps_and_distances() {
    let Some(run) = activity("fit/compressed-speed-distance.fit") else { return };
    assert_eq!(run.sport, Sport::RUNNING);
    assert_eq!(run.laps.len(), 11);
    assert_eq!(run.records.len(), 755);
    close(run.totals.distance.unwrap(), 10_248.67);
    assert!(run.records.windows(2).all(|pair| pair[0].time < pair[1].time));
    let last = run.records.last().unwrap();
    assert!((last.distance.unwrap() - 10_248.67).abs() < 60.0, "{:?}", last.distance);
    assert!((last.time - run.end()).num_seconds().abs() < 60, "{} {}", last.time, run.end());
}

#[test]
fn fields_of_a_size_that_is_no_multiple_of_their_type() {
    let Some(ride) = activity("fit/coros-pace-2-cycling-misaligned-fields.fit") else { return };
    assert_eq!(ride.sport, Sport::CYCLING);
    assert_eq!((ride.records.len() > 11_000, ride.laps.len()), (true, 4));
    close(ride.elapsed, 12_719.0);
    close(ride.timer, 11_287.0);
    close(ride.totals.distance.unwrap(), 32_145.76);
    assert_eq!(ride.totals.max_heart_rate, Some(168));
    assert_eq!(ride.utc_offset, Some(0));
}

#[test]
fn a_ride_outside() {
    let Some(ride) = activity("fit/garmin-fenix-5-bike.fit") else { return };
    assert_eq!((ride.sport, ride.records.len()), (Sport::CYCLING, 19));
    close(ride.elapsed, 60.363);
    close(ride.totals.max_speed.unwrap(), 8.65);
    assert!(ride.has_track());
    let device = ride.device.unwrap();
    assert_eq!((device.manufacturer, device.product, device.serial_number), (1, 2697, 3_945_849_289));
}

#[test]
fn strength_on_a_watch() {
    let Some(core) = activity("fit/core_from_watch.fit") else { return };
    assert_eq!((core.sport, core.sub_sport), (Sport::TRAINING, SubSport::STRENGTH_TRAINING));
    assert_eq!((core.sets.len(), core.records.len()), (15, 152));
    assert_eq!(core.sets[0].repetitions, Some(4));
    assert_eq!(core.sets[0].category, Some(65534));
    close(core.sets[0].duration, 124.094);
    close(core.timer, 315.634);
    let zones = core.zones.unwrap();
    assert_eq!(
        (zones.threshold_power, zones.max_heart_rate, zones.threshold_heart_rate),
        (Some(200), Some(192), Some(172))
    );
}

#[test]
fn a_row_and_a_trainer() {
    if let Some(row) = activity("fit/row_from_epix.fit") {
        assert_eq!(
            (row.sport, row.sub_sport, row.records.len()),
            (Sport::ROWING, SubSport::INDOOR_ROWING, 352)
        );
        assert_eq!(row.totals.total_cycles, Some(279));
        close(row.totals.avg_cadence.unwrap(), 26.085_937_5);
        assert_eq!(row.zones.unwrap().threshold_heart_rate, Some(163));
    }
    if let Some(ride) = activity("fit/sample-activity-indoor-trainer.fit") {
        assert_eq!((ride.records.len(), ride.laps.len()), (2263, 5));
        assert_eq!(ride.totals.normalized_power, Some(228));
        close(ride.totals.training_stress_score.unwrap(), 50.8);
        close(ride.totals.intensity_factor.unwrap(), 0.914);
        assert_eq!(ride.zones.unwrap().threshold_power, Some(250));
    }
}

#[test]
fn a_strava_file() {
    let Some(run) = activity("fit/strava-android-app-201.10-b1218918.fit") else { return };
    assert_eq!(run.sport, Sport::RUNNING);
    close(run.elapsed, 3558.0);
    assert!(run.records.len() > 200, "{}", run.records.len());
    assert!(run.has_track());
    let first = run.records[0];
    assert!(first.position.is_some() && first.distance == Some(0.0), "two records of one second are one");
}

#[test]
fn a_scale() {
    let Some(bytes) = sample("fit/WeightScaleSingleUser.fit") else { return };
    let items = decode(&bytes, Format::Fit).unwrap();
    let [Item::Body(first), Item::Body(_)] = items.as_slice() else { panic!("two weigh-ins, not {items:?}") };
    assert_eq!((first.weight, first.percent_fat), (Some(75.8), Some(22.3)));
    assert_eq!(first.time.to_rfc3339(), "2009-09-09T21:38:00+00:00");
}

#[test]
fn tcx_of_watches() {
    if let Some(run) = activity("tcx/20210119_run_garmin_fenix6.tcx") {
        assert_eq!(run.sport, Sport::RUNNING);
        assert_eq!(run.start.to_rfc3339(), "2021-01-19T23:30:50+00:00");
        close(run.totals.distance.unwrap(), 5124.84);
        assert_eq!(run.laps.len(), 1);
        close(run.timer, 1230.479);
        assert_eq!(run.laps[0].statistics.avg_heart_rate, Some(157));
        close(run.laps[0].statistics.avg_cadence.unwrap(), 91.0);
        assert_eq!(run.records[2].heart_rate, Some(56));
        close(run.records[2].distance.unwrap(), 0.639_999_985_694_885_3);
        assert_eq!(run.records[0].cadence, Some(0.0));
        let device = run.device.unwrap();
        assert_eq!((device.product, device.software_version), (3290, 1310));
        assert_eq!(device.product_name, "fenix 6 Sapphire");
    }
    if let Some(yoga) = activity("tcx/20210323_yoga.tcx") {
        assert_eq!(yoga.sport, Sport::GENERIC);
        assert!(!yoga.has_track() && yoga.records.iter().any(|record| record.heart_rate.is_some()));
    }
    if let Some(ski) = activity("tcx/tcxreader_cross-country-skiing_activity_1.tcx") {
        assert_eq!(ski.sport, Sport::GENERIC);
        close(ski.laps[0].statistics.distance.unwrap(), 5000.0);
        assert!(ski.has_track());
    }
}

#[test]
fn gpx_of_many_writers() {
    if let Some(walk) = activity("gpx/garmin-activity.gpx") {
        assert_eq!((walk.title.as_str(), walk.sport), ("casual stroll", Sport::RUNNING));
        assert!(walk.records.iter().any(|record| record.heart_rate.is_some()));
        assert_eq!(walk.start.to_rfc3339(), "2017-07-29T14:46:35+00:00");
    }
    if let Some(run) = activity("gpx/garminconnect_sample_activity.gpx") {
        assert_eq!(run.title, "Amsterdam City Center Run");
        assert!(run.records.last().unwrap().distance.unwrap() > 100.0);
    }
    if let Some(ride) = activity("gpx/gpsies_example.gpx") {
        assert_eq!((ride.title.as_str(), ride.elapsed), ("Innrunde on AllTrails", 2519.0));
    }
    for name in ["gpx/wahoo_example.gpx", "gpx/with_accuracy.gpx", "gpx/gpxpy_track-with-less-sec-time.gpx"] {
        if let Some(track) = activity(name) {
            assert!(!track.records.is_empty(), "{name}");
        }
    }
    let refusals = [
        ("gpx/strava_route_example.gpx", "This GPX file has no times, so it is a route and not an activity"),
        ("gpx/gpxpy_custom_schema_locations.gpx", "This GPX file holds no track"),
        ("gpx/gpxpy_unicode_with_bom.gpx", "This GPX file holds no track"),
        ("gpx/gpxpy_gpx_with_garmin_extension.gpx", "This GPX file holds no track"),
        ("gpx/gpxpy_gpx1.1_with_extensions.gpx", "This GPX file holds no track"),
    ];
    for (name, words) in refusals {
        if let Some(bytes) = sample(name) {
            assert_eq!(sniff(&bytes), Some(Format::Gpx), "{name}");
            assert_eq!(decode(&bytes, Format::Gpx).unwrap_err().message, words, "{name}");
        }
    }
}

/// Every sample that is present, by its format.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = folder() else {
        println!("skipped: no sample data");
        return Vec::new();
    };
    let mut all = Vec::new();
    for kind in ["fit", "tcx", "gpx"] {
        for entry in std::fs::read_dir(folder.join(kind)).into_iter().flatten().flatten() {
            let name = format!("{kind}/{}", entry.file_name().to_string_lossy());
            all.push((name, std::fs::read(entry.path()).unwrap()));
        }
    }
    all.sort();
    all
}

#[test]
fn every_sample_is_read_or_refused_with_a_sentence() {
    for (name, bytes) in all() {
        let format = sniff(&bytes).unwrap_or_else(|| panic!("{name}: not known by its bytes"));
        assert!(name.starts_with(format.extension()), "{name}: {format:?}");
        match decode(&bytes, format) {
            Ok(items) => {
                println!("{name}: {} items", items.len());
                assert!(items.iter().all(|item| item.span().start.timestamp() > 600_000_000), "{name}");
            }
            Err(error) => {
                println!("{name}: {error}");
                let file = format!("This {} file ", format.extension().to_uppercase());
                assert!(error.message.starts_with(&file) && !error.message.ends_with('.'), "{name}: {error}");
            }
        }
    }
}

#[test]
fn every_sample_that_can_be_read_can_be_written() {
    let mut count = 0;
    let all = all();
    for (name, bytes) in &all {
        for item in decode(bytes, sniff(bytes).unwrap()).unwrap_or_default() {
            let file = encode(&item, Format::Fit, &options()).unwrap();
            let again = decode(&file.bytes, Format::Fit).unwrap();
            assert_eq!(again.len(), 1, "{name}");
            // What FIT itself told is told again.
            let (Item::Activity(first), Item::Activity(again)) = (&item, &again[0]) else { continue };
            if name.starts_with("fit") {
                check_same(name, first, again);
            }
            count += 1;
        }
    }
    assert!(all.is_empty() || count > 20, "{count}");
}

/// Times in zones are written only where they are asked for; old watches count metres in sixteenths.
fn check_same(name: &str, first: &Activity, again: &Activity) {
    const LEFT_OUT: [&str; 3] = ["time_in_heart_rate_zone", "time_in_power_zone", "remarks"];
    let is_device = |path: &str| path.starts_with("device.");
    let found = fields::of(again);
    for (path, put_in) in fields::of(first) {
        if is_device(&path) || LEFT_OUT.iter().any(|end| path.ends_with(end)) {
            continue;
        }
        // A file has at least one lap, and a first start and a last stop.
        if (path.starts_with("laps") && first.laps.is_empty()) || path.starts_with("events") {
            continue;
        }
        let found = found.get(&path).unwrap_or_else(|| panic!("{name}: {path} is lost"));
        assert_eq!(found.len(), put_in.len(), "{name}: {path}");
        for pair in found.iter().zip(&put_in) {
            assert!(fields::is_near(pair, 0.005_001), "{name}: {path}: {} for {}", pair.0, pair.1);
        }
    }
}
