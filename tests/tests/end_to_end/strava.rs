//! Workouts from Peloton and the weight from Withings to Strava by the real program: each once, put right, killed on the
//! way, left alone where it is there, and stopped where Strava counts.

use baton_tests::peloton::PelotonSimulator;
use baton_tests::peloton::generate::Workout;
use baton_tests::program::{Computer, stderr, stdout};
use baton_tests::server::{Times, issued_secrets};
use baton_tests::strava::{
    Activity, DuplicateForm, Fault, NewApplication, NewAthlete, Options, StravaSimulator, UploadOutcome,
};
use baton_tests::web_fault::WebFault;

use crate::scale::Scale;
use crate::secrets::everything;
use crate::world::{connect_peloton, events, outcomes, peloton};

pub const CLIENT: &str = "4711";
pub const SECRET: &str = "0123456789abcdef0123456789abcdef01234567";

/// Strava, with an application and an athlete.
pub fn strava() -> (StravaSimulator, u64) {
    let strava = StravaSimulator::start().unwrap();
    strava.set_options(Options::lift_limits);
    strava.add_application(NewApplication::new(CLIENT, SECRET));
    let athlete = strava.add_athlete(NewAthlete::new("Sam", "Rider", 99.0));
    (strava, athlete)
}

/// One person with a Peloton and a Strava account, both simulated, and a computer that runs `baton`.
struct World {
    peloton: PelotonSimulator,
    strava: StravaSimulator,
    athlete: u64,
    computer: Computer,
    history: Vec<Workout>,
}

impl World {
    /// Signed in at both, without a route.
    fn connected(workouts: usize) -> World {
        let (peloton, history) = peloton(1, workouts);
        let (strava, athlete) = strava();
        let computer = Computer::new(&[peloton.endpoints_toml(), strava.endpoints_toml()]);
        connect_peloton(&computer);
        let allow = |page: &str| strava.allow(page, athlete).unwrap();
        computer.connect_by_pasting("strava", CLIENT, SECRET, allow);
        World { peloton, strava, athlete, computer, history }
    }

    /// The same, with a route for everything.
    fn routed(workouts: usize) -> World {
        let world = World::connected(workouts);
        world.computer.run_well(["routes", "add", "peloton", "strava", "--since", "all"]);
        world
    }

    fn expected(&self) -> Vec<&Workout> {
        self.history.iter().filter(|workout| workout.truth.skip.is_none()).collect()
    }

    /// Each expected workout is there once, at its true start and with its title, and no file was offered twice.
    fn assert_all_arrived_once(&self) {
        let mut arrived: Vec<(i64, String)> =
            self.strava.activities().into_iter().map(|it| (it.start, it.name)).collect();
        let truths = self.expected().into_iter().map(|it| (it.truth.start, it.truth.title.trim().to_owned()));
        let mut expected: Vec<(i64, String)> = truths.collect();
        arrived.sort_unstable();
        expected.sort_unstable();
        assert_eq!(arrived, expected);
        let uploads = self.strava.uploads();
        assert!(uploads.iter().all(|it| matches!(it.outcome, UploadOutcome::Created(_))), "offered twice");
        assert_eq!(self.strava.violations(), Vec::<String>::new());
        assert_eq!(self.peloton.violations(), Vec::<String>::new());
    }
}

#[test]
fn workouts_arrive_once_with_sport_title_and_gear() {
    let world = World::connected(14);
    let bike = world.strava.add_gear(world.athlete, true, "The bike").unwrap();
    world.computer.run_well(["routes", "add", "peloton", "strava", "--since", "all", "--gear", &bike]);
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
    for activity in world.strava.activities() {
        assert_eq!(activity.gear_id, Some(bike.clone()));
    }
    let sports: Vec<String> = world.strava.activities().into_iter().map(|it| it.sport_type).collect();
    assert!(sports.iter().any(|it| it == "Ride") && sports.iter().any(|it| it != "Ride"), "{sports:?}");
    let again = world.computer.run_well(["sync", "--json"]);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "skipped"), "{again}");
    world.assert_all_arrived_once();
}

#[test]
fn killed_between_upload_and_answer_each_is_there_once() {
    let world = World::routed(8);
    // The next run begins sooner than a person's would: Strava is done by then.
    world.strava.set_options(|options| options.rounds_before_done = 0);
    for stage in ["deliver:1", "record:1", "check:2", "deliver:2", "record:2"] {
        let mut sync = world.computer.command(["sync", "--quiet"]);
        let output = sync.env("BATON_TEST_ABORT_AT", stage).output().unwrap();
        assert!(output.status.code().is_none(), "{stage}: it should have been killed: {output:?}");
    }
    for milliseconds in [60, 110, 170, 240] {
        let mut child = world.computer.command(["sync", "--quiet"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        let _ = child.kill();
        let _ = child.wait();
    }
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
}

#[test]
fn lost_answers_are_settled_and_nothing_is_sent_twice() {
    let world = World::routed(14);
    for fault in [WebFault::DoneThen500, WebFault::CutAfter, WebFault::CutBefore, WebFault::HalfAnAnswer] {
        world.strava.fault("upload", fault, Times::Next(1));
    }
    world.strava.fault("upload", Fault::PollNeverEnds, Times::Next(1));
    world.strava.fault("poll", WebFault::Outage { status: 503 }, Times::Next(2));
    let _ = world.computer.run(["sync", "--quiet"]);
    world.strava.clear_faults();
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
}

#[test]
fn what_a_watch_recorded_is_left_or_known_as_a_duplicate() {
    let world = World::routed(6);
    for workout in world.expected() {
        let truth = &workout.truth;
        let recorded = Activity {
            name: "On my wrist".into(),
            ..Activity::new("Ride", truth.start, i64::from(truth.elapsed))
        };
        world.strava.add_activity(world.athlete, recorded).unwrap();
    }
    let said = world.computer.run_well(["sync"]);
    assert!(said.contains("Garmin Forerunner 265"), "{said}");
    assert!(world.strava.uploads().is_empty());

    // Sent all the same, it is Strava that says so.
    for (number, form) in
        [DuplicateForm::Plain, DuplicateForm::Html, DuplicateForm::AtOnce, DuplicateForm::Conflict]
            .into_iter()
            .enumerate()
    {
        world.strava.set_options(|options| options.duplicates = form);
        let entry = format!("peloton/{}", world.expected()[number].id());
        let sent = world.computer.run_well(["send", &entry, "--to", "strava", "--even-if-similar", "--json"]);
        assert_eq!(outcomes(&sent), ["already_there"], "{form:?}: {sent}");
    }
    assert_eq!(world.strava.uploads().len(), 4);
    assert!(world.strava.activities().iter().all(|it| it.name == "On my wrist"));
    assert_eq!(world.strava.violations(), Vec::<String>::new());
}

#[test]
fn a_limit_ends_the_run_and_a_paused_application_names_the_settings() {
    let world = World::routed(6);
    world.strava.fault("upload", Fault::LimitUsedUp { whole_day: false }, Times::Next(1));
    let limited = world.computer.run(["sync", "--json"]);
    let told = events(&stdout(&limited)).into_iter().any(|event| event.to_string().contains("rate_limited"));
    assert!(told, "{}", stdout(&limited));
    assert!(world.strava.uploads().is_empty());

    let world = World::routed(6);
    world.strava.set_active(CLIENT, false);
    let refused = world.computer.run(["sync"]);
    assert_eq!(refused.status.code(), Some(3), "{}", stdout(&refused));
    assert!(stderr(&refused).contains("https://www.strava.com/settings/api"), "{}", stderr(&refused));
    world.strava.set_active(CLIENT, true);
}

#[test]
fn without_the_permission_to_upload_no_account_is_made() {
    let (strava, athlete) = strava();
    let computer = Computer::new(&[strava.endpoints_toml()]);
    let untick = |page: &str| strava.allow_without(page, athlete, &["activity:write"]).unwrap();
    let output = computer.try_to_connect_by_pasting("strava", CLIENT, SECRET, untick);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("upload activities"), "{}", stderr(&output));
    assert!(strava.token_requests().is_empty(), "the code is not spent");
    assert!(!computer.run_well(["accounts"]).contains("Sam Rider"));
}

#[test]
fn no_secret_is_written_or_said() {
    let world = World::routed(6);
    let mut said = Vec::new();
    let mut listen = |output: &std::process::Output| {
        said.push(("what was said".to_owned(), (stdout(output) + &stderr(output)).into_bytes()));
    };
    world.strava.fault("upload", WebFault::Html, Times::Next(1));
    world.strava.expire_access_tokens();
    for arguments in [["sync", "-vv"], ["accounts", "--json"], ["doctor", "-vv"], ["history", "--json"]] {
        listen(&world.computer.run(arguments));
    }
    world.strava.revoke(CLIENT, world.athlete);
    listen(&world.computer.run(["sync", "-vv", "--since", "all"]));
    let pasted = |_: &str| "http://localhost/callback?state=other&code=plantedcode4711".to_owned();
    listen(&world.computer.try_to_connect_by_pasting("strava", CLIENT, SECRET, pasted));
    everything(&world.computer.home(), &mut said);
    let mut secrets = issued_secrets();
    assert!(secrets.len() > 3, "the simulators gave out codes and tokens");
    secrets.extend([SECRET, "plantedcode4711"].map(str::to_owned));
    for secret in secrets {
        for (place, bytes) in &said {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{}… is in {place}", secret.get(..8).unwrap_or_default());
        }
    }
}

#[test]
fn the_newest_weight_becomes_the_athletes() {
    let scale = Scale::new();
    let (strava, athlete) = strava();
    let computer = Computer::new(&[scale.withings.endpoints_toml(), strava.endpoints_toml()]);
    let allow = |page: &str| scale.withings.allow(page, scale.userid).unwrap();
    computer.connect_by_pasting("withings", crate::scale::CLIENT, crate::scale::CLIENT_SECRET, allow);
    computer.connect_by_pasting("strava", CLIENT, SECRET, |page| strava.allow(page, athlete).unwrap());
    computer.run_well(["routes", "add", "withings", "strava", "--kinds", "body", "--since", "all"]);
    // The answer to the first writing is lost.
    strava.fault("athlete_write", WebFault::CutAfter, Times::Next(1));
    computer.run_well(["sync", "--quiet"]);
    computer.run_well(["sync", "--quiet"]);
    let newest = scale.newest_weight();
    assert!((strava.weight(athlete).unwrap() - newest).abs() < 0.005, "{newest}");
    assert!(strava.weights_written().iter().all(|it| (it - newest).abs() < 0.005));
    assert_eq!(strava.violations(), Vec::<String>::new());
}
