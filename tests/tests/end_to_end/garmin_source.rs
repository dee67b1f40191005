//! Garmin Connect as a source: what a watch recorded goes to a folder as the watch wrote it, what was typed in as its
//! summary; what another program or Baton itself brought there does not come along.

use std::path::{Path, PathBuf};

use baton_core::{Format, Item};
use baton_tests::garmin::FileFacts;
use baton_tests::garmin::sample::{SampleActivity, fit_file};
use baton_tests::program::well;

use crate::world::{EMAIL, World, outcomes};

const DAY: i64 = 86_400;

/// A ride of so many days ago, as a maker's device writes it.
fn ride(days: i64, manufacturer: u16) -> Vec<u8> {
    let start = chrono::Utc::now().timestamp() / DAY * DAY - days * DAY;
    fit_file(&SampleActivity { start, manufacturer, product: 4257, ..SampleActivity::default() })
}

const GARMIN: u16 = 1;
const ZWIFT: u16 = 260;

/// The folder, connected and with a route from Garmin.
fn route_to_folder(world: &World) -> PathBuf {
    let folder = world.computer.path().join("kept");
    std::fs::create_dir(&folder).unwrap();
    well(&world.computer.answer(["connect", "folder"], &[folder.to_str().unwrap()]));
    world.computer.run_well(["routes", "add", "garmin", "folder", "--kinds", "activity", "--since", "all"]);
    folder
}

/// The bytes of all files in a folder and below it, without hidden ones.
fn kept(folder: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
        if path.is_dir() {
            all.extend(kept(&path));
        } else if !is_hidden {
            all.push(std::fs::read(path).unwrap());
        }
    }
    all.sort();
    all
}

#[test]
fn a_recording_goes_on_as_the_device_wrote_it_once() {
    let world = World::new(0);
    world.connect_garmin();
    let folder = route_to_folder(&world);
    let mut rides: Vec<Vec<u8>> = (1..=205).map(|days| ride(days, GARMIN)).collect();
    for (number, ride) in rides.iter().enumerate() {
        world.garmin.add_recording(EMAIL, &format!("Ride {number}"), ride.clone()).unwrap();
    }
    world.computer.run_well(["sync", "--quiet"]);
    rides.sort();
    assert_eq!(kept(&folder), rides);
    let again = world.computer.run_well(["sync", "--json"]);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "skipped"), "{again}");
    let listed = world.computer.run_well(["list"]);
    assert!(listed.contains("Ride 0"), "{listed}");
    world.assert_polite();
}

#[test]
fn what_was_typed_in_arrives_as_its_summary() {
    let world = World::new(0);
    world.connect_garmin();
    let folder = route_to_folder(&world);
    let start = chrono::Utc::now().timestamp() / DAY * DAY - 2 * DAY;
    let facts = FileFacts {
        start,
        elapsed_seconds: 2400.0,
        timer_seconds: 2400.0,
        sport: 11,
        distance_metres: Some(3200.0),
        calories: Some(180),
        average_heart_rate: Some(96),
        ..FileFacts::default()
    };
    world.garmin.add_activity(EMAIL, "Walk with the dog", facts).unwrap();
    world.computer.run_well(["sync", "--quiet"]);
    let [file] = kept(&folder).try_into().unwrap();
    let items = baton_fit::decode(&file, Format::Fit).unwrap();
    let [Item::Activity(walk)] = items.as_slice() else { panic!("one walk: {items:?}") };
    assert_eq!((walk.start.timestamp(), walk.elapsed, walk.sport.name()), (start, 2400.0, Some("walking")));
    let totals = &walk.totals;
    assert_eq!(
        (totals.distance, totals.calories, totals.avg_heart_rate),
        (Some(3200.0), Some(180), Some(96))
    );
    world.assert_polite();
}

#[test]
fn what_others_brought_to_garmin_is_left_until_the_person_wants_it() {
    let world = World::connected(4);
    world.computer.run_well(["sync", "--quiet"]);
    let own = world.garmin.activities().len();
    assert!(own > 0);
    let folder = route_to_folder(&world);
    world.garmin.add_recording(EMAIL, "In another world", ride(30, ZWIFT)).unwrap();
    world.garmin.add_recording(EMAIL, "Outside", ride(31, GARMIN)).unwrap();
    world.computer.run_well(["sync", "--quiet"]);
    assert_eq!(kept(&folder), [ride(31, GARMIN)], "neither Baton's own copies nor what Zwift brought");

    world.computer.run_well(["config", "set", "routes.garmin-folder.recorded_elsewhere", "true"]);
    world.computer.run_well(["sync", "--quiet"]);
    assert_eq!(kept(&folder).len(), 2, "what Zwift brought, and still none of Baton's own copies");
    assert_eq!(world.garmin.uploads_received().len(), own, "nothing went back to Garmin");
    world.assert_polite();
}
