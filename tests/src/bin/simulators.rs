//! Starts the simulated vendors with one account each and a generated history, writes an endpoints file once they
//! listen, and runs until its standard input closes (or until it is told to terminate).

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use baton_tests::garmin::{self, GarminSimulator};
use baton_tests::intervals::IntervalsSimulator;
use baton_tests::peloton::{self, PelotonSimulator, generate};
use baton_tests::polar::{self, NewClient, PhysicalInfo, PolarSimulator};
use baton_tests::runalyze::RunalyzeSimulator;
use baton_tests::strava::{self, StravaSimulator};
use baton_tests::trainerroad::{NewMember, TrainerRoadSimulator};
use baton_tests::withings::{self, NewApplication, NewPerson, WithingsSimulator};

const EMAIL: &str = "rider@example.com";
const PELOTON_PASSWORD: &str = "correct horse";
const GARMIN_PASSWORD: &str = "battery staple";
const TRAINERROAD_USERNAME: &str = "rider";
const TRAINERROAD_PASSWORD: &str = "staple battery";
const POLAR_CLIENT_ID: &str = "simulated-polar-client";
const POLAR_CLIENT_SECRET: &str = "simulated-polar-secret";
const WITHINGS_CLIENT_ID: &str = "simulated-client-id";
const WITHINGS_CLIENT_SECRET: &str = "simulated-client-secret";
const STRAVA_CLIENT_ID: &str = "4711";
const STRAVA_CLIENT_SECRET: &str = "simulated-client-secret";
const USAGE: &str =
    "usage: simulators --endpoints FILE [--workouts N] [--days N] [--pace X] [--redirect URL]";
/// Of the last 30 days.
const POLAR_EXERCISES: usize = 21;
/// Seeds the generated history: the same one every time.
const SEED: u64 = 1;

struct Arguments {
    endpoints: PathBuf,
    workouts: usize,
    /// Days of weigh-ins.
    days: u32,
    pace: f64,
    /// The redirect address that is registered at Withings and at Polar.
    redirect: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = parse(std::env::args().skip(1))?;
    let garmin = GarminSimulator::start()?;
    garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD).with_mfa(garmin::MfaMethod::Email));
    garmin.add_gear(EMAIL, "Training bike", "Bike");
    let peloton = PelotonSimulator::start()?;
    peloton.add_user(peloton::NewUser::new(EMAIL, PELOTON_PASSWORD));
    let now = chrono::Utc::now().timestamp();
    peloton.add_all(&generate::history(SEED, arguments.workouts, now));
    let withings = withings(&arguments, now)?;
    let trainerroad = TrainerRoadSimulator::start()?;
    trainerroad.add_member(NewMember::new(TRAINERROAD_USERNAME, TRAINERROAD_PASSWORD, 77.0));
    let polar = polar(&arguments, now)?;
    let strava = strava(&arguments)?;

    let intervals = IntervalsSimulator::start()?;
    let runalyze = RunalyzeSimulator::start()?;

    let tables = [
        peloton.endpoints_toml(),
        garmin.endpoints_toml(),
        withings.endpoints_toml(),
        trainerroad.endpoints_toml(),
        intervals.endpoints_toml(),
        runalyze.endpoints_toml(),
        polar.endpoints_toml(),
        strava.endpoints_toml(),
    ];
    write_at_once(&arguments.endpoints, &format!("pace = {}\n\n{}", arguments.pace, tables.join("\n")))?;
    println!(
        "Garmin Connect: {EMAIL} with password {GARMIN_PASSWORD:?}; its codes are at {}/_sim/code",
        garmin.base()
    );
    println!("Peloton: {EMAIL} with password {PELOTON_PASSWORD:?}, {} workouts", arguments.workouts);
    println!(
        "Withings: client id {WITHINGS_CLIENT_ID:?}, secret {WITHINGS_CLIENT_SECRET:?}, redirect address {}, {} days",
        arguments.redirect, arguments.days
    );
    println!("TrainerRoad: {TRAINERROAD_USERNAME} with password {TRAINERROAD_PASSWORD:?}");
    println!(
        "Polar: client id {POLAR_CLIENT_ID:?}, secret {POLAR_CLIENT_SECRET:?}, redirect address {}, {POLAR_EXERCISES} exercises",
        arguments.redirect
    );
    println!("Strava: client id {STRAVA_CLIENT_ID}, secret {STRAVA_CLIENT_SECRET:?}");
    println!("Intervals.icu: key {}", intervals.key());
    println!("Runalyze: token {}", runalyze.token());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// One person whose training of the last weeks can be read, because the client was known before.
fn polar(arguments: &Arguments, now: i64) -> std::io::Result<PolarSimulator> {
    let simulator = PolarSimulator::start()?;
    simulator.add_client(NewClient::new(POLAR_CLIENT_ID, POLAR_CLIENT_SECRET, &arguments.redirect));
    let person = simulator.add_person(polar::NewPerson::new("Sam", "Rider"));
    simulator.register(POLAR_CLIENT_ID, person, now - 60 * 86_400);
    simulator.add(person, &polar::generate::history(SEED, POLAR_EXERCISES, now));
    simulator.set_physical_info(person, PhysicalInfo::measured(74.6, now - 2 * 86_400));
    Ok(simulator)
}

/// One person with all oddities that accounts have.
fn withings(arguments: &Arguments, now: i64) -> std::io::Result<WithingsSimulator> {
    let simulator = WithingsSimulator::start()?;
    // Who waits less than a real client is let through.
    if arguments.pace < 1.0 {
        simulator.set_options(withings::Options::lift_limits);
    }
    simulator.add_application(NewApplication::new(
        WITHINGS_CLIENT_ID,
        WITHINGS_CLIENT_SECRET,
        &arguments.redirect,
    ));
    let plan = withings::generate::Plan::new(arguments.days, now).with_all();
    let person = simulator.add_person(NewPerson::new("Sam", plan.time_zone));
    let history = withings::generate::history(SEED, &plan);
    simulator.add(person, &history.measurements);
    simulator.add_groups(person, history.goals);
    Ok(simulator)
}

/// One athlete with a bike and shoes, and nothing recorded yet.
fn strava(arguments: &Arguments) -> std::io::Result<StravaSimulator> {
    let simulator = StravaSimulator::start()?;
    if arguments.pace < 1.0 {
        simulator.set_options(strava::Options::lift_limits);
    }
    simulator.add_application(strava::NewApplication::new(STRAVA_CLIENT_ID, STRAVA_CLIENT_SECRET));
    let athlete = simulator.add_athlete(strava::NewAthlete::new("Sam", "Rider", 77.0));
    simulator.add_gear(athlete, true, "Training bike");
    simulator.add_gear(athlete, false, "Running shoes");
    Ok(simulator)
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, Box<dyn Error>> {
    let (mut endpoints, mut workouts, mut days, mut pace) = (None, 40, 90, 0.0);
    let mut redirect = "http://localhost:8765/callback".to_owned();
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match word.as_str() {
            "--endpoints" => endpoints = Some(PathBuf::from(value)),
            "--workouts" => workouts = value.parse()?,
            "--days" => days = value.parse()?,
            "--redirect" => redirect = value,
            "--pace" => pace = value.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(Arguments { endpoints: endpoints.ok_or(USAGE)?, workouts, days, pace, redirect })
}

/// Whoever waits for the file never reads half of it.
fn write_at_once(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
