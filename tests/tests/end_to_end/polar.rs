//! Training and weight from Polar to Garmin Connect and into a folder, by the real program: what arrives is compared with
//! what was recorded. And what goes wrong on the way: one sentence each that says what to do, and nothing lost.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use baton_core::{Format, Item};
use baton_tests::clock::Clock;
use baton_tests::garmin::{self, GarminSimulator};
use baton_tests::polar::generate::{self, Sort};
use baton_tests::polar::{Exercise, NewClient, NewPerson, PhysicalInfo, PolarSimulator, sample_types};
use baton_tests::program::{Computer, stderr, stdout, well};

use crate::world::{EMAIL, GARMIN_PASSWORD, outcomes};

pub const CLIENT: &str = "5f0c1d2e-made-up";
const CLIENT_SECRET: &str = "0a9b8c7d6e5f4a3b2c1d";
const REDIRECT: &str = "http://localhost:8765/callback";
pub const DAY: i64 = 86_400;

/// One person with a watch, an account at Garmin Connect and a folder, and a computer that runs `baton`.
pub struct Watch {
    pub polar: PolarSimulator,
    pub garmin: GarminSimulator,
    pub computer: Computer,
    pub user_id: i64,
    pub now: i64,
}

impl Watch {
    /// Nothing is connected yet, and it is four weeks ago at Polar: only what comes to Flow after the sign-in is given.
    fn new() -> Watch {
        let now = chrono::Utc::now().timestamp();
        let polar = PolarSimulator::start_at(Clock::at(now - 28 * DAY)).unwrap();
        polar.add_client(NewClient::new(CLIENT, CLIENT_SECRET, REDIRECT));
        let user_id = polar.add_person(NewPerson::new("Eka", "Toka"));
        let garmin = GarminSimulator::start().unwrap();
        garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD));
        let computer = Computer::new(&[polar.endpoints_toml(), garmin.endpoints_toml()]);
        Watch { polar, garmin, computer, user_id, now }
    }

    /// The same, signed in everywhere, with routes for everything; then it is today.
    pub fn connected() -> Watch {
        let watch = Watch::new();
        watch.connect();
        watch.polar.clock().set(watch.now);
        let mut command = watch.computer.command(["connect", "garmin", "--method", "password"]);
        command.env("GARMIN_USERNAME", EMAIL).env("GARMIN_PASSWORD", GARMIN_PASSWORD);
        well(&command.output().unwrap());
        std::fs::create_dir(watch.folder()).unwrap();
        well(&watch.computer.answer(["connect", "folder"], &[watch.folder().to_str().unwrap()]));
        for (to, kinds) in [("garmin", "activity,body"), ("folder", "activity")] {
            watch.computer.run_well(["routes", "add", "polar", to, "--kinds", kinds, "--since", "all"]);
        }
        watch
    }

    fn connect(&self) {
        let allow = |page: &str| self.polar.allow(page, self.user_id).unwrap();
        self.computer.connect_by_pasting("polar", CLIENT, CLIENT_SECRET, allow);
    }

    /// Signs in again, with the permission for older training.
    fn connect_with_history(&self) {
        let mut command = self.computer.command(["connect", "polar", "--method", "history-paste"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut typed = child.stdin.take().unwrap();
        let mut talk = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut page = |typed: &mut std::process::ChildStdin| {
            let line = talk.find(|line| line.contains("state=")).expect("an address to open");
            let page = line.split_whitespace().find(|word| word.contains("state=")).unwrap().to_owned();
            writeln!(typed, "{}", self.polar.allow(&page, self.user_id).unwrap()).unwrap();
        };
        writeln!(typed, "{CLIENT}\n{CLIENT_SECRET}").unwrap();
        page(&mut typed);
        writeln!(typed, "{CLIENT} {CLIENT_SECRET}").unwrap();
        page(&mut typed);
        let said: Vec<String> = talk.collect();
        assert!(child.wait().unwrap().success(), "{said:?}");
    }

    fn folder(&self) -> PathBuf {
        self.computer.path().join("training")
    }

    /// A session of the person's that reached Flow.
    pub fn trains(&self, seed: u64, sort: Sort, days_ago: i64) -> Exercise {
        let exercise = generate::exercise(seed, sort, self.now - days_ago * DAY, 120, 12);
        self.polar.add(self.user_id, [&exercise]);
        exercise
    }

    pub fn assert_polite(&self) {
        assert_eq!(self.polar.violations(), Vec::<String>::new());
        assert_eq!(self.garmin.violations(), Vec::<String>::new());
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(std::fs::read(&path).unwrap());
        }
    }
    found
}

fn decoded(bytes: &[u8]) -> baton_core::Activity {
    match baton_fit::decode(bytes, Format::Fit).unwrap().remove(0) {
        Item::Activity(activity) => *activity,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_sort_arrives_once_and_as_it_was_recorded() {
    let watch = Watch::connected();
    let sessions: Vec<(Sort, Exercise)> = Sort::ALL
        .into_iter()
        .zip(1..)
        .map(|(sort, day)| (sort, watch.trains(day as u64, sort, day)))
        .collect();
    watch.polar.set_physical_info(watch.user_id, PhysicalInfo::measured(71.35, watch.now - 3 * DAY));
    watch.computer.run_well(["sync"]);

    let arrived = watch.garmin.activities();
    let kept = files(&watch.folder());
    assert_eq!((arrived.len(), kept.len()), (Sort::ALL.len(), Sort::ALL.len()));
    for (sort, exercise) in &sessions {
        let (sport, sub_sport) = sort.fit_sport();
        let there = arrived.iter().find(|it| it.facts.start == exercise.start).unwrap();
        assert_eq!((there.facts.sport, there.facts.sub_sport), (sport.0, sub_sport.0), "{sort:?}");
        assert!(
            (there.facts.elapsed_seconds - exercise.duration).abs() < 0.01,
            "{sort:?}: {:?}",
            there.facts
        );
        assert_eq!(there.facts.utc_offset_seconds, 7200, "{sort:?}");
        assert_eq!(there.facts.format, "fit");
        let bytes = kept.iter().find(|bytes| decoded(bytes).start.timestamp() == exercise.start).unwrap();
        if let Some(fit) = &exercise.fit {
            assert_eq!(bytes, fit, "{sort:?}: Polar's own file is passed on untouched");
        }
        let activity = decoded(bytes);
        let rates = exercise.samples.iter().find(|row| row.kind == sample_types::HEART_RATE);
        let expected: Vec<Option<f64>> = rates.map(|row| row.data.clone()).unwrap_or_default();
        let held: Vec<Option<f64>> =
            activity.records.iter().map(|record| record.heart_rate.map(f64::from)).collect();
        assert_eq!(held, expected, "{sort:?}: every second of heart rate, and every hole");
        let places = activity.records.iter().filter(|record| record.position.is_some()).count();
        assert_eq!(places, if exercise.has_route { 721 } else { 0 }, "{sort:?}: the route");
        let watts = exercise.samples.iter().find(|row| row.kind == sample_types::POWER);
        let power = activity.records.iter().map(|record| record.power.map(f64::from));
        assert!(watts.is_none_or(|row| power.eq(row.data.iter().copied())), "{sort:?}: power");
    }
    let weighed: Vec<(i64, f64)> =
        watch.garmin.weigh_ins(EMAIL).iter().map(|it| (it.time, (it.weight * 100.0).round())).collect();
    assert_eq!(weighed, [(watch.now - 3 * DAY, 7135.0)]);

    let again = watch.computer.run_well(["sync", "--json"]);
    let sent = outcomes(&again).into_iter().filter(|outcome| outcome != "skipped").count();
    assert_eq!(sent, 0, "{again}");
    assert_eq!((watch.garmin.activities().len(), watch.garmin.duplicates()), (Sort::ALL.len(), 0));
    assert_eq!((files(&watch.folder()).len(), watch.garmin.weigh_ins(EMAIL).len()), (Sort::ALL.len(), 1));
    watch.assert_polite();
}

#[test]
fn a_watch_synced_late_and_a_new_weight_follow_and_nothing_old_is_taken_away() {
    let watch = Watch::connected();
    let first = watch.trains(1, Sort::Run, 5);
    watch.polar.set_physical_info(watch.user_id, PhysicalInfo::measured(71.3, watch.now - 9 * DAY));
    watch.computer.run_well(["sync"]);
    // Done three weeks ago, and Flow has it only now.
    let late =
        Exercise { uploaded: watch.now, ..generate::exercise(2, Sort::Ride, watch.now - 21 * DAY, 120, 12) };
    watch.polar.add(watch.user_id, [&late]);
    watch.polar.remove(watch.user_id, &first.id);
    watch.polar.set_physical_info(watch.user_id, PhysicalInfo::measured(70.9, watch.now - DAY));
    watch.computer.run_well(["sync"]);
    let starts: Vec<i64> = watch.garmin.activities().iter().map(|it| it.facts.start).collect();
    assert_eq!(starts, [late.start, first.start]);
    let weighed: Vec<f64> =
        watch.garmin.weigh_ins(EMAIL).iter().map(|it| (it.weight * 10.0).round()).collect();
    assert_eq!(weighed, [713.0, 709.0], "both stay");
    watch.assert_polite();
}

#[test]
fn older_training_comes_with_a_second_permission_and_nothing_goes_twice() {
    let watch = Watch::connected();
    let recent = watch.trains(1, Sort::Run, 3);
    let old = watch.trains(2, Sort::Ride, 400);
    watch.computer.run_well(["sync"]);
    assert_eq!(watch.garmin.activities().len(), 1, "the old one is behind the other permission");

    watch.connect_with_history();
    assert_eq!(watch.computer.run_well(["accounts", "--json"]).lines().count(), 3, "the same account again");
    watch.computer.run_well(["sync", "--since", "all"]);
    let starts = || -> Vec<i64> {
        let mut starts: Vec<i64> = watch.garmin.activities().iter().map(|it| it.facts.start).collect();
        starts.sort_unstable();
        starts
    };
    assert_eq!(starts(), [old.start, recent.start]);
    let kept = files(&watch.folder());
    let made = kept.iter().map(|bytes| decoded(bytes)).find(|it| it.start.timestamp() == old.start).unwrap();
    let power = made.records.iter().map(|record| record.power.map(f64::from));
    let watts = old.samples.iter().find(|row| row.kind == sample_types::POWER).unwrap();
    assert!(power.eq(watts.data.iter().copied()), "every second of power");
    assert_eq!(made.laps.len(), 2);

    // The recent one is over thirty days old now: v3 has it no more, and it stays the entry that was sent.
    watch.polar.clock().advance(40 * DAY);
    let again = watch.computer.run_well(["sync", "--since", "all", "--json"]);
    assert_eq!(outcomes(&again).into_iter().filter(|outcome| outcome != "skipped").count(), 0, "{again}");
    assert_eq!((starts().len(), watch.garmin.duplicates()), (2, 0));
    watch.assert_polite();
}

#[test]
fn a_weight_that_was_replaced_before_it_was_sent_goes_as_well() {
    let watch = Watch::connected();
    watch.polar.set_physical_info(watch.user_id, PhysicalInfo::measured(71.3, watch.now - 9 * DAY));
    watch.computer.run_well(["sync", "--dry-run"]);
    watch.polar.set_physical_info(watch.user_id, PhysicalInfo::measured(70.9, watch.now - DAY));
    watch.computer.run_well(["sync"]);
    let weighed: Vec<f64> =
        watch.garmin.weigh_ins(EMAIL).iter().map(|it| (it.weight * 10.0).round()).collect();
    assert_eq!(weighed, [713.0, 709.0]);
    let shown = watch.computer.run_well(["show", &format!("polar/weight-{}", watch.now - 9 * DAY)]);
    assert!(shown.contains("71.3") && !shown.contains("deleted"), "{shown}");
    watch.assert_polite();
}

#[test]
fn the_browser_comes_back_by_itself() {
    let watch = Watch::new();
    let mut command = watch.computer.command(["connect", "polar", "--method", "browser"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{CLIENT}\n{CLIENT_SECRET}").unwrap();
    let mut talk = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let page = talk.find(|line| line.contains("state=")).expect("an address to open");
    let back = watch.polar.allow(page.trim(), watch.user_id).unwrap();
    let asked = back.strip_prefix("http://localhost:8765").expect("the registered address");
    let mut browser = TcpStream::connect(("127.0.0.1", 8765)).unwrap();
    write!(browser, "GET {asked} HTTP/1.1\r\nHost: localhost:8765\r\n\r\n").unwrap();
    let mut shown = String::new();
    browser.read_to_string(&mut shown).unwrap();
    assert!(shown.starts_with("HTTP/1.1 200") && shown.contains("Signed in"), "{shown}");
    // What is left is read, or the program could not say it.
    let said: Vec<String> = talk.collect();
    assert!(child.wait().unwrap().success(), "{said:?}");
    assert!(watch.computer.run_well(["accounts", "--json"]).contains("Eka Toka"));
    assert_eq!(watch.polar.violations(), Vec::<String>::new());
}

/// (exit code, the error's one line).
fn told(output: &Output) -> (Option<i32>, String) {
    let text = stderr(output);
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "one sentence: {text}");
    assert!(!text.contains("panicked") && !text.contains(CLIENT_SECRET), "{text}");
    (output.status.code(), errors[0].to_owned())
}

#[test]
fn a_sign_in_that_fails_says_why_and_the_next_one_works() {
    let watch = Watch::new();
    let connect = |client: &str, secret: &str, browse: &dyn Fn(&str) -> String| {
        watch.computer.try_to_connect_by_pasting("polar", client, secret, browse)
    };
    let allow = |page: &str| watch.polar.allow(page, watch.user_id).unwrap();
    let other = ("another-client", "another-secret-4711");
    watch.polar.add_client(NewClient::new(other.0, other.1, "http://localhost:9999/elsewhere"));
    let late = |page: &str| {
        let address = allow(page);
        watch.polar.clock().advance(601);
        address
    };
    let without_consent = |page: &str| {
        watch.polar.set_consents(watch.user_id, false);
        allow(page)
    };
    let failing = [
        (connect(CLIENT, "0000000000000000", &allow), 3, "client ID"),
        // Polar's page says what is wrong and sends nobody back: what the browser shows holds no code.
        (connect("unknown", CLIENT_SECRET, &|page| page.to_owned()), 2, "no code"),
        (connect(other.0, other.1, &allow), 3, REDIRECT),
        (connect(CLIENT, CLIENT_SECRET, &|page| watch.polar.refuse(page).unwrap()), 3, "not given"),
        (connect(CLIENT, CLIENT_SECRET, &late), 3, "ten minutes"),
        (connect(CLIENT, CLIENT_SECRET, &without_consent), 3, "account.polar.com"),
    ];
    for (output, code, word) in &failing {
        let (found, error) = told(output);
        assert!(error.contains(word), "{error}");
        assert_eq!(found, Some(*code), "{error}");
        assert_eq!(stdout(&watch.computer.run(["accounts", "--json"])), "", "no account was made");
    }
    watch.polar.set_consents(watch.user_id, true);
    watch.connect();
    let accounts = watch.computer.run_well(["accounts", "--json"]);
    assert!(accounts.lines().count() == 1 && accounts.contains("Eka Toka"), "{accounts}");
    assert_eq!(watch.polar.violations(), Vec::<String>::new());
}

#[test]
fn a_permission_that_was_taken_back_is_asked_for_again_and_nothing_is_lost() {
    let watch = Watch::connected();
    watch.trains(1, Sort::Run, 2);
    watch.computer.run_well(["sync"]);
    assert!(watch.polar.revoke(CLIENT, watch.user_id));
    watch.trains(2, Sort::Strength, 1);
    for _ in 0..2 {
        let output = watch.computer.run(["sync"]);
        let (code, error) = told(&output);
        assert_eq!(code, Some(3), "{error}");
        assert!(stderr(&output).contains("baton connect polar"), "{}", stderr(&output));
    }
    watch.connect();
    assert_eq!(watch.computer.run_well(["accounts", "--json"]).lines().count(), 3, "the same account again");
    watch.computer.run_well(["sync"]);
    assert_eq!((watch.garmin.activities().len(), watch.garmin.duplicates()), (2, 0));
    watch.assert_polite();
}
