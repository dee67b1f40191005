//! One person with a scale, a cuff and accounts at Withings, Garmin Connect and TrainerRoad, all simulated, and a computer
//! that runs `baton`.

use baton_tests::garmin::{self, GarminSimulator};
use baton_tests::program::{Computer, well};
use baton_tests::trainerroad::{NewMember, TrainerRoadSimulator};
use baton_tests::withings::generate::{self, History, Plan, Sort, Truth, Verdict};
use baton_tests::withings::{NewApplication, NewPerson, WithingsSimulator};

use crate::world::{EMAIL, GARMIN_PASSWORD};

pub const CLIENT: &str = "0123456789abcdef";
pub const CLIENT_SECRET: &str = "fedcba9876543210";
pub const TRAINERROAD_PASSWORD: &str = "turbo trainer 99";

/// What an application must register, to the letter.
pub const REDIRECT: &str = "http://localhost:8765/callback";

pub struct Scale {
    pub withings: WithingsSimulator,
    pub garmin: GarminSimulator,
    pub trainerroad: TrainerRoadSimulator,
    pub computer: Computer,
    pub userid: i64,
    pub history: History,
}

impl Scale {
    /// All simulators with a person who has two months of every oddity there is; nothing is connected yet.
    pub fn new() -> Scale {
        let withings = WithingsSimulator::start().unwrap();
        withings.set_options(|options| {
            options.lift_limits();
            options.page_size = 40;
        });
        withings.add_application(NewApplication::new(CLIENT, CLIENT_SECRET, REDIRECT));
        let userid = withings.add_person(NewPerson::new("Maria", chrono_tz::Europe::Berlin));
        let plan = Plan::new(60, chrono::Utc::now().timestamp() - 3600).with_all();
        let history = generate::history(5, &plan);
        withings.add(userid, &history.measurements);
        let garmin = GarminSimulator::start().unwrap();
        garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD));
        let trainerroad = TrainerRoadSimulator::start().unwrap();
        trainerroad.add_member(NewMember::new("rider", TRAINERROAD_PASSWORD, 99.0));
        let tables = [withings.endpoints_toml(), garmin.endpoints_toml(), trainerroad.endpoints_toml()];
        Scale { computer: Computer::new(&tables), withings, garmin, trainerroad, userid, history }
    }

    /// The same, connected to Garmin Connect and TrainerRoad.
    pub fn connected() -> Scale {
        let scale = Scale::new();
        scale.connect_withings();
        scale.connect("garmin", EMAIL, GARMIN_PASSWORD);
        scale.connect("trainerroad", "rider", TRAINERROAD_PASSWORD);
        scale.add_routes();
        scale
    }

    /// Signs in at Withings as the person.
    pub fn connect_withings(&self) {
        let allow = |page: &str| self.withings.allow(page, self.userid).unwrap();
        self.computer.connect_by_pasting("withings", CLIENT, CLIENT_SECRET, allow);
    }

    pub fn add_routes(&self) {
        for (to, kinds) in [("garmin", "body,blood_pressure"), ("trainerroad", "body")] {
            self.computer.run_well(["routes", "add", "withings", to, "--kinds", kinds, "--since", "all"]);
        }
    }

    /// Signs in with a password that the environment holds.
    pub fn connect(&self, service: &str, username: &str, password: &str) {
        let mut command = self.computer.command(["connect", service, "--method", "password"]);
        let variable = service.to_uppercase();
        command.env(format!("{variable}_USERNAME"), username);
        command.env(format!("{variable}_PASSWORD"), password);
        well(&command.output().unwrap());
    }

    pub fn truths(&self, sort: Sort, verdict: Verdict) -> Vec<&Truth> {
        let all = self.history.truths();
        all.filter(|truth| truth.sort == sort && truth.verdict == verdict).collect()
    }

    /// kg
    pub fn newest_weight(&self) -> f64 {
        let weighed = self.truths(Sort::Body, Verdict::Send).into_iter();
        let newest = weighed.filter(|truth| truth.weight().is_some()).max_by_key(|truth| truth.time);
        newest.unwrap().weight().unwrap().scaled(2) as f64 / 100.0
    }

    pub fn assert_polite(&self) {
        assert_eq!(self.withings.violations(), Vec::<String>::new());
        assert_eq!(self.garmin.violations(), Vec::<String>::new());
        assert_eq!(self.trainerroad.violations(), Vec::<String>::new());
    }

    /// Checks that Garmin holds each sendable weight and blood pressure once, by their times.
    pub fn assert_all_arrived_once(&self) {
        let sorted = |mut times: Vec<i64>| {
            times.sort_unstable();
            times
        };
        let times = |sort: Sort| self.truths(sort, Verdict::Send).iter().map(|truth| truth.time).collect();
        let there = self.garmin.weigh_ins(EMAIL).iter().map(|it| it.time).collect();
        assert_eq!(sorted(there), sorted(times(Sort::Body)));
        let there = self.garmin.blood_pressures(EMAIL).iter().map(|it| it.time).collect();
        assert_eq!(sorted(there), sorted(times(Sort::BloodPressure)));
    }
}
