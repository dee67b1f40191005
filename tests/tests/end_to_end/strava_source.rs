//! Strava as a source, by the real program: what arrives elsewhere is compared with what was recorded; a history that takes
//! days is read piece by piece; and nothing is read that no route asks for.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use baton_core::{Activity, EventKind, Format, Item};
use baton_tests::garmin::{self, GarminSimulator};
use baton_tests::program::{Computer, stderr, stdout, well};
use baton_tests::server::{Times, issued_secrets};
use baton_tests::strava::generate::{self, STOP, Sort};
use baton_tests::strava::{self, Fault, StravaSimulator};
use baton_tests::web_fault::WebFault;

use crate::secrets::everything;
use crate::strava::{CLIENT, SECRET, strava};
use crate::world::{EMAIL, GARMIN_PASSWORD, outcomes};

const DAY: i64 = 86_400;
const QUARTER: i64 = 900;
/// How long each activity lasts, seconds.
const LENGTH: i64 = 600;

/// One person with accounts at Strava and Garmin Connect and a folder, and a computer that runs `baton`.
struct Athlete {
    strava: StravaSimulator,
    id: u64,
    garmin: GarminSimulator,
    computer: Computer,
    now: i64,
}

impl Athlete {
    /// Signed in at Strava, with a folder, and without a route.
    fn connected() -> Athlete {
        let athlete = Athlete::new();
        let allow = |page: &str| athlete.strava.allow(page, athlete.id).unwrap();
        athlete.computer.connect_by_pasting("strava", CLIENT, SECRET, allow);
        athlete
    }

    /// With a folder alone.
    fn new() -> Athlete {
        let (strava, id) = strava();
        let garmin = GarminSimulator::start().unwrap();
        garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD));
        let computer = Computer::new(&[strava.endpoints_toml(), garmin.endpoints_toml()]);
        let now = chrono::Utc::now().timestamp();
        let athlete = Athlete { strava, id, garmin, computer, now };
        std::fs::create_dir(athlete.folder()).unwrap();
        well(&athlete.computer.answer(["connect", "folder"], &[athlete.folder().to_str().unwrap()]));
        athlete
    }

    fn connect_garmin(&self) {
        let mut command = self.computer.command(["connect", "garmin", "--method", "password"]);
        command.env("GARMIN_USERNAME", EMAIL).env("GARMIN_PASSWORD", GARMIN_PASSWORD);
        well(&command.output().unwrap());
    }

    fn folder(&self) -> PathBuf {
        self.computer.path().join("training")
    }

    fn route(&self, from: &str, to: &str) {
        self.computer.run_well(["routes", "add", from, to, "--kinds", "activity", "--since", "all"]);
    }

    /// So many activities, one a day until yesterday.
    fn trains(&self, count: usize) -> Vec<strava::Activity> {
        let history = generate::history(1, count, self.now - DAY, LENGTH);
        for activity in &history {
            self.strava.add_activity(self.id, activity.clone()).unwrap();
        }
        history
    }

    /// What lies in the folder, oldest first.
    fn kept(&self) -> Vec<Activity> {
        let mut kept: Vec<Activity> = files(&self.folder()).iter().map(|bytes| decoded(bytes)).collect();
        kept.sort_by_key(|activity| activity.start);
        kept
    }

    /// How many files rest in the archive: Strava's answers, and what was made of them.
    fn archived(&self) -> usize {
        files(&self.computer.home().join("archive")).len()
    }

    /// How often each activity was asked for, and how often its streams.
    fn assert_each_was_read_once(&self) {
        for id in self.strava.activities().iter().map(|activity| activity.id) {
            for part in ["", "/streams"] {
                let path = format!("/api/v3/activities/{id}{part}");
                let asked = self.strava.requests().iter().filter(|it| it.path == path).count();
                let typed_in = self.strava.activities().iter().any(|it| it.id == id && it.manual);
                assert_eq!(asked, usize::from(part.is_empty() || !typed_in), "{path}");
            }
        }
    }

    fn assert_polite(&self) {
        assert_eq!(self.strava.violations(), Vec::<String>::new());
        assert_eq!(self.garmin.violations(), Vec::<String>::new());
    }
}

/// All files below a folder, without hidden ones.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
        if path.is_dir() {
            found.extend(files(&path));
        } else if !is_hidden {
            found.push(std::fs::read(&path).unwrap());
        }
    }
    found
}

fn decoded(bytes: &[u8]) -> Activity {
    match baton_fit::decode(bytes, Format::Fit).unwrap().remove(0) {
        Item::Activity(activity) => *activity,
        other => panic!("{other:?}"),
    }
}

/// The numbers of a stream with its holes; nothing where there is none.
fn stream(activity: &strava::Activity, key: &str) -> Vec<Option<f64>> {
    activity.streams.get(key).into_iter().flatten().map(serde_json::Value::as_f64).collect()
}

/// The same of a file, nothing where no record has any.
fn held(activity: &Activity, of: impl Fn(&baton_core::Record) -> Option<f64>) -> Vec<Option<f64>> {
    let all: Vec<Option<f64>> = activity.records.iter().map(of).collect();
    if all.iter().all(Option::is_none) { Vec::new() } else { all }
}

#[test]
fn every_sort_arrives_once_and_as_it_was_recorded() {
    let athlete = Athlete::connected();
    athlete.connect_garmin();
    let history = athlete.trains(Sort::ALL.len());
    athlete.route("strava", "folder");
    athlete.route("strava", "garmin");
    let said = athlete.computer.run_well(["sync", "--json"]);
    for words in ["hides at what time", "estimated by Strava", "summary was carried"] {
        assert!(said.contains(words), "{words}: {said}");
    }

    let (kept, arrived) = (athlete.kept(), athlete.garmin.activities());
    assert_eq!((kept.len(), arrived.len()), (history.len(), history.len()));
    for (sort, recorded) in Sort::ALL.into_iter().zip(&history) {
        let start = recorded.told_start();
        let activity = kept.iter().find(|it| it.start.timestamp() == start).unwrap();
        let (sport, sub_sport) = sort.fit_sport();
        let facts = &arrived.iter().find(|it| it.facts.start == start).unwrap().facts;
        assert_eq!((facts.sport, facts.sub_sport), (sport.0, sub_sport.0), "{sort:?}");
        assert_eq!((facts.elapsed_seconds, facts.utc_offset_seconds), (LENGTH as f64, 7200), "{sort:?}");
        assert_eq!(facts.timer_seconds, recorded.moving_time as f64, "{sort:?}: without its pause");
        assert_eq!(facts.laps, recorded.laps.len().max(1), "{sort:?}");
        let distance = Some(recorded.distance).filter(|metres| *metres > 0.0);
        assert_eq!(facts.distance_metres, distance, "{sort:?}");
        assert_eq!(facts.calories, Some(recorded.calories as u64), "{sort:?}");

        assert_eq!(activity.records.len(), stream(recorded, "time").len(), "{sort:?}");
        let rates = held(activity, |record| record.heart_rate.map(f64::from));
        assert_eq!(rates, stream(recorded, "heartrate"), "{sort:?}: every beat and every hole");
        let cadence = held(activity, |record| record.cadence);
        assert_eq!(cadence, stream(recorded, "cadence"), "{sort:?}: of one leg, as FIT counts");
        let watts = held(activity, |record| record.power.map(f64::from));
        let measured = if sort == Sort::Estimated { Vec::new() } else { stream(recorded, "watts") };
        assert_eq!(watts, measured, "{sort:?}: no estimates");
        assert_eq!(held(activity, |record| record.temperature), stream(recorded, "temp"), "{sort:?}");
        let metres = |value: Option<f64>| value.map(|value| (value * 10.0).round());
        let distances: Vec<_> = held(activity, |record| record.distance).into_iter().map(metres).collect();
        assert_eq!(distances, stream(recorded, "distance").into_iter().map(metres).collect::<Vec<_>>());
        let places = activity.records.iter().filter(|record| record.position.is_some()).count();
        assert_eq!(places, recorded.streams.get("latlng").map_or(0, Vec::len), "{sort:?}: the track");
        if recorded.moving_time < recorded.elapsed_time {
            let at = |kind| {
                let event = activity.events.iter().skip(1).find(|event| event.kind == kind).unwrap();
                (event.time - activity.start).num_seconds()
            };
            assert_eq!(
                (at(EventKind::Stop), at(EventKind::Start)),
                (LENGTH / 2, LENGTH / 2 + STOP),
                "{sort:?}"
            );
        }
    }
    athlete.assert_each_was_read_once();

    let again = athlete.computer.run_well(["sync", "--json"]);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "skipped"), "{again}");
    assert_eq!((athlete.garmin.activities().len(), athlete.garmin.duplicates()), (history.len(), 0));
    athlete.assert_each_was_read_once();
    athlete.assert_polite();
}

#[test]
fn nothing_is_read_where_no_route_asks_for_it() {
    let athlete = Athlete::connected();
    athlete.connect_garmin();
    athlete.trains(4);
    let out = athlete.computer.path().join("out");
    let to_folder = ["sync", "--no-upload", "--out", out.to_str().unwrap()];
    // Without any route: nothing is taken from where terms are set to what is read.
    well(&athlete.computer.run(to_folder));
    athlete.route("garmin", "folder");
    athlete.computer.run_well(["sync"]);
    well(&athlete.computer.run(to_folder));
    for arguments in [["accounts"], ["list"], ["doctor"]] {
        athlete.computer.run(arguments);
    }
    assert!(
        athlete.strava.requests().iter().all(|it| it.path.starts_with("/oauth/")),
        "{:?}",
        athlete.strava.requests()
    );
    assert!(athlete.kept().is_empty());
}

#[test]
fn what_baton_brought_there_does_not_come_back() {
    let athlete = Athlete::connected();
    athlete.connect_garmin();
    let start = athlete.now - 2 * DAY;
    let ride = garmin::sample::SampleActivity { start, ..garmin::sample::SampleActivity::default() };
    athlete.garmin.add_recording(EMAIL, "Ride", garmin::sample::fit_file(&ride)).unwrap();
    athlete.strava.set_options(|options| options.rounds_before_done = 0);
    athlete.route("garmin", "strava");
    athlete.computer.run_well(["sync"]);
    assert_eq!(athlete.strava.uploads().len(), 1);
    athlete.route("strava", "folder");
    athlete.computer.run_well(["sync"]);
    assert!(athlete.kept().is_empty());

    // On another computer, which remembers nothing, its identifier tells.
    let second = Computer::new(&[athlete.strava.endpoints_toml()]);
    let allow = |page: &str| athlete.strava.allow(page, athlete.id).unwrap();
    second.connect_by_pasting("strava", CLIENT, SECRET, allow);
    let folder = second.path().join("kept");
    std::fs::create_dir(&folder).unwrap();
    well(&second.answer(["connect", "folder"], &[folder.to_str().unwrap()]));
    second.run_well(["routes", "add", "strava", "folder", "--since", "all"]);
    let told = second.run_well(["sync", "--json"]);
    assert!(told.contains("recorded_elsewhere") && told.contains("Baton"), "{told}");
    assert!(files(&folder).is_empty());
    athlete.assert_polite();
}

#[test]
fn without_the_permission_to_read_it_still_writes_and_says_what_is_missing() {
    let athlete = Athlete::new();
    athlete.connect_garmin();
    let untick = |page: &str| athlete.strava.allow_without(page, athlete.id, &["activity:read_all"]).unwrap();
    athlete.computer.connect_by_pasting("strava", CLIENT, SECRET, untick);
    athlete.trains(2);
    let ride = garmin::sample::SampleActivity {
        start: athlete.now - 30 * DAY,
        ..garmin::sample::SampleActivity::default()
    };
    athlete.garmin.add_recording(EMAIL, "Ride", garmin::sample::fit_file(&ride)).unwrap();
    athlete.route("garmin", "strava");
    athlete.computer.run_well(["sync"]);
    assert_eq!(athlete.strava.uploads().len(), 1);

    athlete.route("strava", "folder");
    let output = athlete.computer.run(["sync"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("leave the boxes ticked"), "{}", stderr(&output));
    let allow = |page: &str| athlete.strava.allow(page, athlete.id).unwrap();
    athlete.computer.connect_by_pasting("strava", CLIENT, SECRET, allow);
    athlete.computer.run_well(["sync"]);
    assert_eq!(athlete.kept().len(), 2);
    athlete.assert_polite();
}

#[test]
fn what_goes_wrong_on_the_way_is_read_the_next_time() {
    let athlete = Athlete::connected();
    let history = athlete.trains(8);
    athlete.route("strava", "folder");
    let faults: [(&str, strava::Fault, u32); 5] = [
        ("list", WebFault::Html.into(), 1),
        ("detail", WebFault::Outage { status: 503 }.into(), 2),
        ("streams", WebFault::CutBefore.into(), 2),
        // Not twice: the account rests at once, and whether another request is on its way then is chance.
        ("streams", WebFault::HalfAnAnswer.into(), 1),
        ("detail", Fault::LimitUsedUp { whole_day: false }, 1),
    ];
    let later = Later::new(&athlete);
    for (part, fault, times) in faults {
        athlete.strava.fault(part, fault.clone(), Times::Next(times));
        let output = later.run(["sync"]);
        assert!(!stderr(&output).contains("panicked"), "{fault:?}: {}", stderr(&output));
        assert_eq!(athlete.strava.faults_waiting(), 0, "{fault:?}");
        // Rests are waited out: of a day where an answer was in an unknown form.
        later.pass(DAY + 60);
    }
    athlete.strava.set_active(CLIENT, false);
    let unpaid = later.run(["sync"]);
    assert_eq!(unpaid.status.code(), Some(3), "{}", stdout(&unpaid));
    assert!(stderr(&unpaid).contains("https://www.strava.com/settings/api"), "{}", stderr(&unpaid));
    athlete.strava.set_active(CLIENT, true);
    well(&later.run(["sync"]));
    assert_eq!(athlete.kept().len(), history.len());
    athlete.assert_polite();
}

#[test]
fn no_secret_is_written_or_said() {
    let athlete = Athlete::connected();
    athlete.trains(3);
    athlete.route("strava", "folder");
    let mut said = Vec::new();
    athlete.strava.fault("streams", WebFault::Html, Times::Next(1));
    athlete.strava.expire_access_tokens();
    for arguments in [["sync", "-vv"], ["sync", "-vv"], ["list", "--json"], ["history", "--json"]] {
        let output = athlete.computer.run(arguments);
        said.push(("what was said".to_owned(), (stdout(&output) + &stderr(&output)).into_bytes()));
    }
    assert_eq!(athlete.kept().len(), 3);
    everything(&athlete.computer.home(), &mut said);
    let mut secrets = issued_secrets();
    assert!(secrets.len() > 3, "the simulator gave out a code and tokens");
    secrets.push(SECRET.to_owned());
    for secret in secrets {
        for (place, bytes) in &said {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{}… is in {place}", secret.get(..8).unwrap_or_default());
        }
    }
}

/// The computer of an athlete whose clock runs ahead, with Strava's.
struct Later<'a> {
    athlete: &'a Athlete,
    file: PathBuf,
    ahead: std::cell::Cell<i64>,
}

impl<'a> Later<'a> {
    /// A minute after the next midnight (UTC) but for so much that is not worth waiting for: all windows of requests are
    /// fresh, and none ends soon.
    fn new(athlete: &'a Athlete) -> Later<'a> {
        let file = athlete.computer.path().join("ahead");
        let later = Later { athlete, file, ahead: std::cell::Cell::new(0) };
        let now = chrono::Utc::now().timestamp();
        later.pass(DAY - now.rem_euclid(DAY) + 60);
        later
    }

    /// Lets time pass at Strava and here.
    fn pass(&self, seconds: i64) {
        self.ahead.set(self.ahead.get() + seconds);
        self.athlete.strava.clock().advance(seconds);
        // Put in place at once: the program may be reading it.
        let new = self.file.with_extension("new");
        std::fs::write(&new, self.ahead.get().to_string()).unwrap();
        std::fs::rename(&new, &self.file).unwrap();
    }

    fn command<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.athlete.computer.command(arguments);
        command.env("BATON_TEST_CLOCK", &self.file);
        command
    }

    fn run<const N: usize>(&self, arguments: [&str; N]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

#[test]
fn a_history_that_takes_days_is_read_once_piece_by_piece() {
    let athlete = Athlete::connected();
    // Each costs two requests, as does each listing.
    let history: Vec<strava::Activity> = (1..=12)
        .map(|day| generate::activity(day, Sort::Trainer, athlete.now - day as i64 * DAY, LENGTH))
        .collect();
    for activity in &history {
        athlete.strava.add_activity(athlete.id, activity.clone()).unwrap();
    }
    athlete.route("strava", "folder");
    let later = Later::new(&athlete);
    // A listing and four activities in a quarter of an hour, with one request to spare that none is begun with; a day holds
    // two such quarters and half of a third.
    athlete.strava.set_options(|options| options.read_limit = [11, 25]);
    let asked = || athlete.strava.requests().iter().filter(|it| it.path.starts_with("/api/")).count();
    let sync = || {
        let before = asked();
        let output = later.run(["sync", "--json"]);
        (athlete.kept().len(), asked() - before, stdout(&output))
    };

    let (kept, asked, said) = sync();
    assert_eq!((kept, asked), (4, 10), "{said}");
    assert!(said.contains("rate_limited"), "{said}");
    assert_eq!(sync().1, 0, "a rest is never shortened");
    later.pass(QUARTER);
    let (kept, asked, said) = sync();
    assert_eq!((kept, asked), (8, 10), "{said}");
    later.pass(QUARTER);
    let (kept, asked, said) = sync();
    assert_eq!((kept, asked), (9, 4), "one more fits into this day: {said}");
    later.pass(QUARTER);
    assert_eq!(sync().1, 0, "nor that of a day");
    later.pass(DAY - 3 * QUARTER);
    let (kept, _, said) = sync();
    assert_eq!(kept, history.len(), "{said}");
    assert!(athlete.strava.requests().iter().all(|it| it.status == 200), "no request was one too many");
    athlete.assert_each_was_read_once();
    let starts: Vec<i64> = athlete.kept().iter().map(|it| it.start.timestamp()).collect();
    let expected: Vec<i64> = history.iter().rev().map(|it| it.start).collect();
    assert_eq!(starts, expected);
    athlete.assert_polite();
}

#[test]
fn what_was_read_rests_here_for_a_week_and_goes_with_the_sign_in() {
    let athlete = Athlete::connected();
    athlete.trains(3);
    athlete.route("strava", "folder");
    let later = Later::new(&athlete);
    well(&later.run(["sync"]));
    assert_eq!(athlete.archived(), 2 * 3);
    later.pass(6 * DAY);
    well(&later.run(["sync"]));
    assert_eq!(athlete.archived(), 2 * 3, "the week is not over");
    later.pass(2 * DAY);
    well(&later.run(["sync"]));
    assert_eq!((athlete.archived(), athlete.kept().len()), (0, 3), "what went elsewhere stays there");

    let last = generate::activity(9, Sort::Run, athlete.now, LENGTH);
    athlete.strava.add_activity(athlete.id, last.clone()).unwrap();
    well(&later.run(["sync"]));
    assert_eq!((athlete.archived(), athlete.kept().len()), (2, 4));
    assert!(stdout(&later.run(["list", "--json"])).contains(&last.name));
    well(&later.run(["disconnect", "strava", "--yes"]));
    assert!(!athlete.strava.is_allowed(CLIENT, athlete.id), "Strava was told");
    assert_eq!((athlete.archived(), athlete.kept().len()), (0, 4));
    assert!(!stdout(&later.run(["list", "--json"])).contains(&last.name));
    athlete.assert_polite();
}

#[test]
fn who_watches_goes_on_when_the_rest_is_over() {
    let athlete = Athlete::connected();
    let history = athlete.trains(8);
    athlete.route("strava", "folder");
    // Nothing but the end of the rest is a reason to look again.
    athlete.computer.run_well(["config", "set", "schedule.interval_minutes", "1440"]);
    athlete.computer.run_well(["config", "set", "schedule.after_waking", "false"]);
    let later = Later::new(&athlete);
    athlete.strava.set_options(|options| options.read_limit = [10, 100]);
    let mut watch = later.command(["watch"]).spawn().unwrap();
    let wait = |what: &str, is_so: &dyn Fn() -> bool| {
        let until = Instant::now() + Duration::from_mins(1);
        while !is_so() {
            assert!(Instant::now() < until, "{what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let finished = |count: usize| {
        let runs = athlete.computer.run_well(["history", "--json"]);
        runs.lines().filter(|run| !run.contains("\"finished\":null")).count() == count
    };
    wait("the first run", &|| finished(1));
    let first = athlete.kept().len();
    assert!((3..history.len()).contains(&first), "{first}");
    // The polite hour between two listings is longer than the rest.
    later.pass(3600 + 60);
    wait("the second run", &|| finished(2));
    let _ = watch.kill();
    let _ = watch.wait();
    assert_eq!(athlete.kept().len(), history.len());
    athlete.assert_each_was_read_once();
    athlete.assert_polite();
}
