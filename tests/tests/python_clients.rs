//! Other people's clients against the simulated services: that they sign in, upload, read and renew their tokens shows
//! that the simulators behave like the services they were written for.

#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use baton_tests::garmin::sample::{SampleActivity, fit_file};
use baton_tests::garmin::{GarminSimulator, read_file};
use baton_tests::program::{Computer, well};
use baton_tests::strava::{self, NewAthlete, StravaSimulator};
use baton_tests::withings::generate::{Plan, Scale, Sort, history};
use baton_tests::withings::{NewApplication, NewPerson, WithingsSimulator};
use chrono::DateTime;
use serde_json::{Value, json};
use tempfile::TempDir;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a script of `tests/python` in the project's Python environment and gives what it printed.
///
/// # Panics
/// If the environment is missing or the script fails; what it said is in the message.
fn run(script: &str, arguments: &[&str], home: &Path) -> String {
    let python = folder().join("../.venv/bin/python");
    assert!(python.exists(), "there is no {}: run scripts/python-env.sh first", python.display());
    let output = Command::new(&python)
        .arg(folder().join("python").join(script))
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("TZ", "UTC")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("GARTH_TELEMETRY_ENABLED", "false")
        // Nothing listens there: whatever is not meant for the simulator fails instead of leaving this computer.
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("NO_PROXY", "127.0.0.1,localhost")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} failed:\n{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn sample_in(home: &TempDir) -> PathBuf {
    let path = home.path().join("ride.fit");
    std::fs::write(&path, fit_file(&SampleActivity::default())).unwrap();
    path
}

fn drive(script: &str) -> GarminSimulator {
    let simulator = GarminSimulator::start().unwrap();
    let home = tempfile::tempdir().unwrap();
    let sample = sample_in(&home);
    let tokens = home.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    run(script, &[simulator.base(), sample.to_str().unwrap(), tokens.to_str().unwrap()], home.path());
    simulator
}

#[test]
fn garth_signs_in_uploads_and_renews() {
    let simulator = drive("garth_client.py");
    assert_eq!(simulator.activities().len(), 1);
    assert_eq!(simulator.duplicates(), 1);
    assert_eq!(simulator.activities()[0].owner_email, "mail@example.org");
}

#[test]
fn garminconnect_signs_in_every_way_uploads_and_refreshes() {
    let simulator = drive("garminconnect_client.py");
    assert_eq!(simulator.uploads_received().len(), 2);
    assert_eq!(simulator.duplicates(), 1);
    assert_eq!(simulator.refreshes(), 1);
}

#[test]
fn garmins_own_decoder_finds_what_the_simulator_finds() {
    let home = tempfile::tempdir().unwrap();
    let sample = sample_in(&home);
    let found: Value =
        serde_json::from_str(&run("check_sample.py", &[sample.to_str().unwrap()], home.path())).unwrap();
    let facts = read_file("ride.fit", &std::fs::read(&sample).unwrap()).unwrap();
    let facts = serde_json::to_value(facts).unwrap();
    for (name, value) in found.as_object().unwrap() {
        let same = facts[name] == *value || facts[name].as_f64() == value.as_f64();
        assert!(same, "{name}: {} by the simulator, {value} by Garmin's decoder", facts[name]);
    }
}

#[test]
fn stravalib_signs_in_uploads_reads_and_renews() {
    const CLIENT: (&str, &str) = ("4711", "0123456789abcdef0123456789abcdef01234567");
    let simulator = StravaSimulator::start().unwrap();
    simulator.add_application(strava::NewApplication::new(CLIENT.0, CLIENT.1));
    let athlete = simulator.add_athlete(NewAthlete::new("Sam", "Rider", 77.0));
    let bike = simulator.add_gear(athlete, true, "Training bike").unwrap();
    let home = tempfile::tempdir().unwrap();
    let sample = sample_in(&home);
    let recorded = home.path().join("recorded.json");
    let year = 1_577_000_000;
    let truths: Vec<Value> = strava::generate::history(1, 31, year, 300)
        .into_iter()
        .map(|activity| {
            let id = simulator.add_activity(athlete, activity.clone()).unwrap();
            json!({"id": id, "start": activity.told_start(), "sport_type": activity.sport_type,
                "elapsed_time": activity.elapsed_time, "moving_time": activity.moving_time,
                "distance": activity.distance, "laps": activity.laps.len(), "streams": activity.streams})
        })
        .collect();
    let before = truths.len();
    std::fs::write(&recorded, Value::from(truths).to_string()).unwrap();
    let (athlete, ride) = (athlete.to_string(), sample.to_str().unwrap());
    let recorded = recorded.to_str().unwrap();
    let arguments = [simulator.web(), CLIENT.0, CLIENT.1, &athlete, &bike, ride, recorded];
    if run("stravalib_client.py", &arguments, home.path()).contains("skipped") {
        println!("skipped: this Python is older than stravalib allows");
        return;
    }
    let activities = simulator.activities();
    assert_eq!(activities.len(), before + 1);
    let activity = &activities[before];
    assert_eq!((activity.name.as_str(), activity.sport_type.as_str()), ("Climb", "GravelRide"));
    assert_eq!((activity.gear_id.as_deref(), activity.trainer), (Some(bike.as_str()), true));
    assert_eq!(activity.external_id.as_deref(), Some("ours-1.fit"));
    assert_eq!(simulator.uploads().len(), 2, "the second was a duplicate");
    assert_eq!(simulator.weights_written(), [71.25]);
    let asked: Vec<_> = simulator.token_requests().into_iter().map(|it| (it.grant_type, it.status)).collect();
    assert_eq!(asked, [("authorization_code".to_owned(), 200), ("refresh_token".to_owned(), 200)]);
    assert_eq!(simulator.violations(), Vec::<String>::new());
}

#[test]
fn withings_sync_signs_in_reads_one_page_and_is_taken_over() {
    const CLIENT: (&str, &str) = ("0123456789abcdef", "fedcba9876543210");
    const CALLBACK: &str = "https://example.org/callback";
    let simulator = WithingsSimulator::start().unwrap();
    simulator.add_application(NewApplication::new(CLIENT.0, CLIENT.1, CALLBACK));
    let person = simulator.add_person(NewPerson::new("Maria", chrono_tz::UTC));
    let plan = Plan::new(30, simulator.clock().now() - 3600).on(Scale::BodyPlus).in_zone(chrono_tz::UTC);
    let history = history(3, &plan);
    simulator.add(person, &history.measurements);
    let home = tempfile::tempdir().unwrap();
    let application =
        json!({"client_id": CLIENT.0, "consumer_secret": CLIENT.1, "callback_url": CALLBACK}).to_string();
    std::fs::write(home.path().join("withings_app.json"), application).unwrap();
    let first_day =
        DateTime::from_timestamp(plan.until - 40 * 86_400, 0).unwrap().format("%Y-%m-%d").to_string();
    let read = || -> BTreeMap<String, Value> {
        let (userid, folder) = (person.to_string(), home.path().to_str().unwrap());
        let arguments = [simulator.account(), simulator.api(), &userid, folder, &first_day];
        run("withings_sync_client.py", &arguments, home.path());
        serde_json::from_slice(&std::fs::read(home.path().join("read.json")).unwrap()).unwrap()
    };

    let all = read();
    let moment =
        |time: i64| DateTime::from_timestamp(time, 0).unwrap().format("%Y-%m-%d %H:%M:%S").to_string();
    let value = |time: i64, name: &str| all[&moment(time)][name]["Value"].as_f64().unwrap();
    let [weighed, cuffed] =
        [Sort::Body, Sort::BloodPressure].map(|it| history.to_send(it).collect::<Vec<_>>());
    assert_eq!(all.len(), weighed.len() + cuffed.len());
    for truth in weighed {
        let weight = truth.weight().unwrap().number();
        // It rounds the binary number.
        assert!((value(truth.time, "Weight") - weight).abs() <= 0.0051, "{truth:?}");
        let bmi = truth.bmi().unwrap().number();
        assert!((value(truth.time, "BMI") - bmi).abs() <= 0.1001, "{truth:?}");
    }
    for truth in cuffed {
        let systolic = truth.systolic().unwrap().number();
        assert!((value(truth.time, "Systolic_Blood_Pressure") - systolic).abs() < 0.001, "{truth:?}");
    }

    // It renews its tokens at each start, and takes the first page for everything: its known fault.
    simulator.set_options(|options| options.page_size = 20);
    simulator.clock().advance(11);
    assert_eq!(read().len(), 20);
    let asked: Vec<_> = simulator.token_requests().into_iter().map(|it| (it.grant_type, it.status)).collect();
    let code = ("authorization_code".to_owned(), 0);
    let renewal = ("refresh_token".to_owned(), 0);
    assert_eq!(asked, [code, renewal.clone(), renewal.clone()]);

    // Its own files are a sign-in for Baton.
    let computer = Computer::new(&[simulator.endpoints_toml()]);
    let folder = home.path().to_str().unwrap();
    well(&computer.answer(["connect", "withings", "--method", "import"], &[folder]));
    let account = computer.run_well(["accounts", "--json"]);
    assert!(account.contains(&person.to_string()), "{account}");
    assert_eq!(simulator.token_requests().len(), 4);
    assert_eq!(simulator.violations(), Vec::<String>::new());
}
