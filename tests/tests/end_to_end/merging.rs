//! A watch and a bike recorded the same workouts: one file holds both, in a folder and at Strava, killed in between and
//! started again.

use std::path::{Path, PathBuf};

use baton_core::{Activity, Device, Format, Item, Position, Record, Sport, SubSport, Time};
use baton_fit::EncodeOptions;
use baton_tests::garmin::{self, GarminSimulator, MfaMethod};
use baton_tests::peloton::generate::{self, Truth};
use baton_tests::peloton::{self, PelotonSimulator};
use baton_tests::program::{Computer, well};
use baton_tests::strava::{NewApplication, NewAthlete, StravaSimulator, UploadOutcome};
use chrono::{DateTime, TimeDelta};

use crate::world::{EMAIL, GARMIN_PASSWORD, PELOTON_PASSWORD, World, outcomes};

const CLIENT: &str = "4711";
const SECRET: &str = "0123456789abcdef0123456789abcdef01234567";
const ON_THE_WRIST: &str = "On my wrist";
/// What the watch says all the time.
const PULSE: u8 = 151;
const ALTITUDE: f64 = 512.0;

/// One person with accounts at all three, signed in, and a computer that runs `baton`.
struct Everything {
    world: World,
    strava: StravaSimulator,
}

fn connected() -> Everything {
    let peloton = PelotonSimulator::start().unwrap();
    peloton.add_user(peloton::NewUser::new(EMAIL, PELOTON_PASSWORD));
    let history = generate::history(1, 8, chrono::Utc::now().timestamp() - 7200);
    peloton.add_all(&history);
    let garmin = GarminSimulator::start().unwrap();
    garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD).with_mfa(MfaMethod::Email));
    let strava = StravaSimulator::start().unwrap();
    strava.set_options(|options| {
        options.lift_limits();
        options.rounds_before_done = 0;
    });
    strava.add_application(NewApplication::new(CLIENT, SECRET));
    let athlete = strava.add_athlete(NewAthlete::new("Sam", "Rider", 99.0));
    let endpoints = [peloton.endpoints_toml(), garmin.endpoints_toml(), strava.endpoints_toml()];
    let world = World { peloton, garmin, computer: Computer::new(&endpoints), history };
    world.connect_peloton();
    world.connect_garmin();
    world.computer.connect_by_pasting("strava", CLIENT, SECRET, |page| strava.allow(page, athlete).unwrap());
    for workout in world.expected() {
        world.garmin.add_recording(EMAIL, ON_THE_WRIST, on_the_wrist(&workout.truth)).unwrap();
    }
    Everything { world, strava }
}

fn at(unix: i64) -> Time {
    DateTime::from_timestamp(unix, 0).unwrap()
}

/// What a watch wrote of a workout: begun twenty seconds before it and stopped ten after, with pulse, place and altitude.
fn on_the_wrist(truth: &Truth) -> Vec<u8> {
    let (start, elapsed) = (truth.start - 20, i64::from(truth.elapsed) + 30);
    let record = |second: i64| Record {
        time: at(start) + TimeDelta::seconds(second),
        heart_rate: Some(PULSE),
        altitude: Some(ALTITUDE),
        position: Some(Position { latitude: 48.0 + second as f64 * 1e-5, longitude: 11.0 }),
        distance: Some(second as f64),
        ..Record::default()
    };
    let activity = Activity {
        start: at(start),
        sport: Sport::from_name(truth.sport).unwrap(),
        sub_sport: SubSport::GENERIC,
        elapsed: elapsed as f64,
        timer: elapsed as f64,
        records: (0..=elapsed).map(record).collect(),
        ..Activity::default()
    };
    let device = Device { manufacturer: 1, product: 4257, ..Device::default() };
    let options = EncodeOptions { device, zone_times: false };
    let item = Item::Activity(Box::new(activity));
    baton_fit::encode(&item, Format::Fit, &options).unwrap().bytes.to_vec()
}

/// Each workout is in one of these files, with the watch's pulse and place and the machine's power.
fn assert_all_merged(files: &[PathBuf], world: &World) {
    let mut left: Vec<&Truth> = world.expected().into_iter().map(|workout| &workout.truth).collect();
    for file in files {
        let items = baton_fit::decode(&std::fs::read(file).unwrap(), Format::Fit).unwrap();
        let [Item::Activity(activity)] = items.as_slice() else { panic!("{}", file.display()) };
        let start = activity.start.timestamp() + 20;
        let place = left.iter().position(|truth| truth.start == start);
        let truth = left.swap_remove(place.unwrap_or_else(|| panic!("{}: twice or unknown", file.display())));
        let powered: Vec<&Record> = activity.records.iter().filter(|record| record.power.is_some()).collect();
        assert_eq!(powered.is_empty(), truth.average_power.is_none(), "{}", truth.title);
        if let Some(average) = truth.average_power {
            let mean =
                powered.iter().filter_map(|it| it.power).map(f64::from).sum::<f64>() / powered.len() as f64;
            assert!((mean - average).abs() <= 1.0, "{}: {mean} and {average}", truth.title);
        }
        assert!(activity.records.iter().all(|record| record.heart_rate == Some(PULSE)), "{}", truth.title);
        assert!(activity.records.iter().all(|record| record.position.is_some()), "{}", truth.title);
        assert!(activity.records.iter().all(|record| record.altitude == Some(ALTITUDE)), "{}", truth.title);
        let last = activity.records.last().unwrap().distance.unwrap();
        assert_eq!(last, f64::from(truth.elapsed + 30), "the way is the watch's: {}", truth.title);
        assert_eq!(activity.sport.name(), Some(truth.sport));
    }
    assert_eq!(left.iter().map(|truth| &truth.title).collect::<Vec<_>>(), Vec::<&String>::new(), "lost");
}

/// All files in a folder and below it, without hidden ones.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if !path.file_name().unwrap().to_string_lossy().starts_with('.') {
            all.push(path);
        }
    }
    all
}

fn add_routes(computer: &Computer, to: &str) {
    let merging = ["routes", "add", "peloton", to, "--since", "all", "--if-similar", "merge"];
    computer.run_well(merging);
    computer.run_well(["routes", "add", "garmin", to, "--since", "all", "--kinds", "activity"]);
}

/// The program is killed at these stages, again and again, and then let through.
fn sync_killed(computer: &Computer) {
    for stage in ["clean:1", "deliver:1", "record:1", "check:2", "deliver:2", "record:2"] {
        let mut sync = computer.command(["sync", "--quiet"]);
        let output = sync.env("BATON_TEST_ABORT_AT", stage).output().unwrap();
        assert!(output.status.code().is_none(), "{stage}: it should have been killed: {output:?}");
    }
    computer.run_well(["sync", "--quiet"]);
}

#[test]
fn a_folder_keeps_one_file_with_both() {
    let Everything { world, .. } = connected();
    let computer = &world.computer;
    let folder = computer.path().join("kept");
    std::fs::create_dir(&folder).unwrap();
    well(&computer.answer(["connect", "folder"], &[folder.to_str().unwrap()]));
    add_routes(computer, "folder");
    assert!(computer.run_well(["routes"]).contains("merged with similar ones"));
    let planned = computer.run_well(["sync", "--dry-run"]);
    assert!(planned.contains("merged with “") && planned.contains("goes with it"), "{planned}");
    assert!(files(&folder).is_empty());
    sync_killed(computer);
    assert_all_merged(&files(&folder), &world);
    let again = computer.run_well(["sync", "--json"]);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "skipped"), "{again}");
    assert_all_merged(&files(&folder), &world);
    world.assert_polite();
}

#[test]
fn strava_gets_each_workout_once() {
    let Everything { world, strava } = connected();
    add_routes(&world.computer, "strava");
    sync_killed(&world.computer);
    let starts = || -> Vec<i64> {
        let mut starts: Vec<i64> = strava.activities().into_iter().map(|it| it.start).collect();
        starts.sort_unstable();
        starts
    };
    let mut expected: Vec<i64> = world.expected().iter().map(|it| it.truth.start - 20).collect();
    expected.sort_unstable();
    assert_eq!(starts(), expected);
    assert!(
        strava.uploads().iter().all(|it| matches!(it.outcome, UploadOutcome::Created(_))),
        "offered twice"
    );
    let listed = crate::world::events(&world.computer.run_well(["list", "--json"]));
    let sent = listed.iter().flat_map(|line| line["deliveries"].as_array().unwrap());
    let merged = sent.filter(|delivery| delivery["merged_with"].is_object());
    let archive = world.computer.home().join("archive");
    let archived: Vec<PathBuf> =
        merged.map(|delivery| archive.join(delivery["file"].as_str().unwrap())).collect();
    assert_all_merged(&archived, &world);
    let first = listed.iter().find(|line| line["deliveries"][0]["merged_with"].is_object()).unwrap();
    let name = format!("{}/{}", first["account"].as_str().unwrap(), first["entry"]["key"].as_str().unwrap());
    let shown = world.computer.run_well(["show", &name]);
    assert!(shown.contains("merged") && shown.contains("heart rate, position"), "{shown}");
    let again = world.computer.run_well(["sync", "--json"]);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "skipped"), "{again}");
    assert_eq!(starts(), expected);
    assert_eq!(strava.violations(), Vec::<String>::new());
    world.assert_polite();
}
