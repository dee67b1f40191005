//! One person with a Peloton and a Garmin account, both simulated, and a computer that runs `baton`.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use baton_tests::garmin::{self, GarminSimulator, MfaMethod, UploadOutcome};
use baton_tests::peloton::generate::{self, Workout};
use baton_tests::peloton::{self, PelotonSimulator};
use baton_tests::program::{Computer, well};
use serde_json::Value;

pub const EMAIL: &str = "rider@example.com";
pub const PELOTON_PASSWORD: &str = "correct horse 4711";
pub const GARMIN_PASSWORD: &str = "battery staple 0815";

/// A simulated Peloton with a member who has `workouts` workouts of every sort, and those workouts.
pub fn peloton(seed: u64, workouts: usize) -> (PelotonSimulator, Vec<Workout>) {
    let peloton = PelotonSimulator::start().unwrap();
    peloton.add_user(peloton::NewUser::new(EMAIL, PELOTON_PASSWORD));
    let history = generate::history(seed, workouts, chrono::Utc::now().timestamp() - 3600);
    peloton.add_all(&history);
    (peloton, history)
}

/// When those of the workouts that are sent began, in that order.
pub fn starts(history: &[Workout]) -> Vec<i64> {
    let sent = history.iter().filter(|workout| workout.truth.skip.is_none());
    let mut starts: Vec<i64> = sent.map(|workout| workout.truth.start).collect();
    starts.sort_unstable();
    starts
}

/// Signs that member in.
pub fn connect_peloton(computer: &Computer) -> String {
    let mut command = computer.command(["connect", "peloton", "--method", "password"]);
    command.env("PELOTON_USERNAME", EMAIL).env("PELOTON_PASSWORD", PELOTON_PASSWORD);
    well(&command.output().unwrap())
}

pub struct World {
    pub peloton: PelotonSimulator,
    pub garmin: GarminSimulator,
    pub computer: Computer,
    pub history: Vec<Workout>,
}

impl World {
    /// Both simulators with a member who has `workouts` workouts of every sort; nothing is connected yet.
    pub fn new(workouts: usize) -> World {
        let (peloton, history) = peloton(1, workouts);
        let garmin = GarminSimulator::start().unwrap();
        garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD).with_mfa(MfaMethod::Email));
        let computer = Computer::new(&[peloton.endpoints_toml(), garmin.endpoints_toml()]);
        World { peloton, garmin, computer, history }
    }

    /// The same, signed in at both, with a route for everything.
    pub fn connected(workouts: usize) -> World {
        let world = World::new(workouts);
        world.connect_peloton();
        world.connect_garmin();
        world.computer.run_well(["routes", "add", "peloton", "garmin", "--since", "all"]);
        world
    }

    pub fn connect_peloton(&self) -> String {
        connect_peloton(&self.computer)
    }

    /// Signs in with the one-time code, which is typed once Garmin has sent it.
    pub fn connect_garmin(&self) -> String {
        let mut command = self.computer.command(["connect", "garmin", "--method", "password"]);
        command.env("GARMIN_USERNAME", EMAIL).env("GARMIN_PASSWORD", GARMIN_PASSWORD).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let patience = Instant::now() + Duration::from_secs(20);
        let code = loop {
            if let Some(code) = self.garmin.code(EMAIL) {
                break code;
            }
            assert!(Instant::now() < patience, "no code was sent");
            std::thread::sleep(Duration::from_millis(10));
        };
        writeln!(child.stdin.take().unwrap(), "{code}").unwrap();
        well(&child.wait_with_output().unwrap())
    }

    /// The workouts that should arrive at Garmin.
    pub fn expected(&self) -> Vec<&Workout> {
        self.history.iter().filter(|workout| workout.truth.skip.is_none()).collect()
    }

    /// Checks that each expected workout arrived once, at its true start, and that no file was offered twice.
    pub fn assert_all_arrived_once(&self) {
        let mut arrived: Vec<i64> =
            self.garmin.activities().iter().map(|activity| activity.facts.start).collect();
        let mut expected: Vec<i64> = self.expected().iter().map(|workout| workout.truth.start).collect();
        arrived.sort_unstable();
        expected.sort_unstable();
        let lost: Vec<&i64> = expected.iter().filter(|start| !arrived.contains(start)).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        assert_eq!(arrived, expected, "each once");
        let twice = |upload: &garmin::Upload| matches!(upload.outcome, UploadOutcome::Duplicate(_));
        assert_eq!(
            self.garmin.uploads_received().iter().filter(|upload| twice(upload)).count(),
            0,
            "offered twice"
        );
        self.assert_polite();
    }

    pub fn assert_polite(&self) {
        assert_eq!(self.peloton.violations(), Vec::<String>::new());
        assert_eq!(self.garmin.violations(), Vec::<String>::new());
    }
}

/// The events of a `--json` run.
pub fn events(output: &str) -> Vec<Value> {
    output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect()
}

/// What became of each step, as the events tell: `created`, `already_there`, `failed` …
pub fn outcomes(output: &str) -> Vec<String> {
    events(output)
        .iter()
        .filter(|event| event["at"] == "step_done")
        .map(|event| event["outcome"]["outcome"].as_str().unwrap_or_default().to_owned())
        .collect()
}
