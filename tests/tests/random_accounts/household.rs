//! One household: persons who share a scale, each with accounts of their own at Withings, Garmin Connect and TrainerRoad,
//! all simulated, and one computer that carries everybody's measurements.

use std::sync::Arc;

use baton_core::{Prompt, Reply, Secret, Time};
use baton_engine::{Account, Engine, EntryId, OpenOptions, Route, RunSummary, Scope, SignInStep, VaultKind};
use baton_services::{Endpoints, World};
use baton_tests::clock::Clock;
use baton_tests::garmin::{self, GarminSimulator};
use baton_tests::trainerroad::{NewMember, TrainerRoadSimulator};
use baton_tests::withings::generate::{self, Change, History, Sort, Truth, Verdict};
use baton_tests::withings::{NewApplication, WithingsSimulator};
use chrono::DateTime;
use serde_json::json;

use crate::Seen;
use crate::expected::{Expected, Pressure, WeighIn};

/// The end of the youngest histories, Unix seconds: in the past for ever, so that tokens live long.
const NOW: i64 = 1_790_000_000;
const DAY: i64 = 86_400;
const CLIENT: (&str, &str) = ("0123456789abcdef", "fedcba9876543210");
const PASSWORD: &str = "correct horse";

pub struct Household {
    seed: u64,
    withings: WithingsSimulator,
    garmin: GarminSimulator,
    trainerroad: TrainerRoadSimulator,
    clock: Clock,
    persons: Vec<Person>,
    engine: Engine,
    _home: tempfile::TempDir,
}

struct Person {
    name: String,
    userid: i64,
    /// Baton's names of their accounts.
    withings: String,
    trainerroad: String,
    history: History,
    /// What was measured, with what was changed or came late.
    truths: Vec<Truth>,
    /// The times of doubtful ones that they said are theirs.
    mine: Vec<i64>,
    expected: Expected,
}

impl Person {
    fn email(&self) -> String {
        format!("{}@example.com", self.userid)
    }
}

impl Household {
    /// Everybody is signed in everywhere, with routes for everything; nothing was measured yet.
    pub async fn new(seed: u64) -> Household {
        let generated = generate::account(seed, NOW);
        let (zone, middle) = (generated.persons[0].1.plan.time_zone, middle(&generated));
        let clock = Clock::at(middle);
        let withings = WithingsSimulator::start_at(clock.clone()).unwrap();
        withings.set_options(|options| {
            options.lift_limits();
            options.page_size = 30;
        });
        withings.add_application(NewApplication::new(CLIENT.0, CLIENT.1, "http://localhost:8765/callback"));
        let garmin = GarminSimulator::start().unwrap();
        let trainerroad = TrainerRoadSimulator::start_at(clock.clone()).unwrap();
        garmin.set_options(|options| {
            options.keep_files = false;
            options.poll_milliseconds = 0;
            options.time_zone = zone.name().into();
        });
        let home = tempfile::tempdir().unwrap();
        let tables = [withings.endpoints_toml(), garmin.endpoints_toml(), trainerroad.endpoints_toml()];
        let engine = open(&home, &tables.concat(), clock.clone()).await;
        let mut household = Household {
            seed,
            withings,
            garmin,
            trainerroad,
            clock,
            persons: Vec::new(),
            engine,
            _home: home,
        };
        for (person, history) in generated.persons {
            let name = person.name.clone();
            let userid = household.withings.add_person(person);
            household.withings.add_groups(userid, history.goals.iter().cloned());
            let current_weight = history.plan.weight / 10;
            let person = Person {
                name,
                userid,
                withings: String::new(),
                trainerroad: String::new(),
                truths: history.truths().cloned().collect(),
                history,
                mine: Vec::new(),
                expected: Expected::new(current_weight),
            };
            household.join(person).await;
        }
        household
    }

    /// Signs a person in everywhere.
    async fn join(&mut self, mut person: Person) {
        let email = person.email();
        self.garmin.add_user(garmin::NewUser::new(&email, PASSWORD));
        let kilograms = person.expected.current_weight as f64 / 100.0;
        self.trainerroad.add_member(NewMember::new(&email, PASSWORD, kilograms));
        let withings = self.sign_in("withings", "window", &person).await;
        let garmin = self.sign_in("garmin", "password", &person).await;
        let trainerroad = self.sign_in("trainerroad", "password", &person).await;
        for (to, kinds) in [(&garmin, &["body", "blood_pressure"][..]), (&trainerroad, &["body"])] {
            let route = json!({"from": withings.id, "to": to.id, "kinds": kinds, "since": "1970-01-01"});
            let route: Route = serde_json::from_value(route).unwrap();
            self.engine.save_route(route).await.unwrap();
        }
        (person.withings, person.trainerroad) = (withings.id, trainerroad.id);
        self.persons.push(person);
    }

    async fn sign_in(&self, service: &str, method: &str, person: &Person) -> Account {
        let mut flow = self.engine.begin_sign_in(service, Some(method), None).await.unwrap();
        let mut reply = None;
        loop {
            let prompt = match flow.next(reply).await.unwrap() {
                SignInStep::Done(account) => return account,
                SignInStep::Ask(prompt) => prompt,
            };
            reply = Some(match prompt {
                Prompt::AppKeys { .. } => {
                    Reply::AppKeys { client_id: CLIENT.0.into(), client_secret: Secret::new(CLIENT.1) }
                }
                Prompt::Window { url, .. } => {
                    Reply::Redirect(Secret::new(self.withings.allow(&url, person.userid).unwrap()))
                }
                Prompt::Password { .. } => {
                    Reply::Password { username: person.email(), password: Secret::new(PASSWORD) }
                }
                other => panic!("not asked for: {other:?}"),
            });
        }
    }

    /// The first part of everybody's history happens. What is to come late or to be edited is not yet.
    pub fn until_the_middle(&mut self) {
        self.happen(self.clock.now());
    }

    /// The rest of it happens.
    pub fn until_the_end(&mut self) {
        self.happen(self.persons[0].history.plan.until);
    }

    /// Whole measurements arrive at Withings, and changes of what is there.
    fn happen(&mut self, now: i64) {
        self.clock.set(now);
        for person in &self.persons {
            for measurement in &person.history.measurements {
                let mut groups = measurement.groups.clone();
                if groups.iter().any(|it| it.created > now) {
                    continue;
                }
                for group in groups.iter_mut().filter(|it| it.modified > now) {
                    group.modified = group.created;
                }
                for grpid in &measurement.truth.grpids {
                    self.withings.remove_group(person.userid, *grpid);
                }
                self.withings.add_groups(person.userid, groups);
            }
        }
    }

    /// Nobody measures anything for longer than a sync looks back. TrainerRoad's cookies have ended by then.
    pub async fn weeks_later(&mut self) {
        self.clock.advance(30 * DAY);
        for person in &self.persons {
            let again = self.sign_in("trainerroad", "password", person).await;
            assert_eq!(again.id, person.trainerroad, "the same account again");
        }
    }

    fn changes(&self, person: &Person) -> Vec<Change> {
        generate::changes(self.seed, &person.history, 2)
    }

    /// Old weigh-ins come at last, old ones are deleted, and of the doubtful ones the first two of each sort are said to be
    /// the person's own and somebody else's.
    pub async fn late_arrivals_deletions_and_answers(&mut self) {
        self.clock.advance(DAY);
        for index in 0..self.persons.len() {
            let person = &self.persons[index];
            let newest = person.history.to_send(Sort::Body).next_back().map(|it| it.time);
            let mut late = Vec::new();
            for change in self.changes(person) {
                match &change {
                    Change::Arrived(measurement) => late.push(measurement.truth.clone()),
                    // The newest one stays: TrainerRoad's weight is nobody's to guess then.
                    Change::Removed(truth) if Some(truth.time) != newest => {}
                    Change::Removed(_) | Change::Edited(_) => continue,
                }
                self.withings.change(person.userid, &change);
            }
            let mut mine = Vec::new();
            for sort in [Sort::Body, Sort::BloodPressure] {
                let doubtful = |it: &&Truth| it.verdict == Verdict::Hold && it.sort == sort;
                let held: Vec<&Truth> = person.history.truths().filter(doubtful).take(2).collect();
                for (truth, is_mine) in held.into_iter().zip([true, false]) {
                    self.engine.answer_owner(&[person.entry(truth)], is_mine).await.unwrap();
                    mine.extend(is_mine.then_some(truth.time));
                }
            }
            let person = &mut self.persons[index];
            person.truths.extend(late);
            person.mine.extend(mine);
        }
    }

    /// The two newest weights are put right.
    pub fn edits(&mut self) {
        self.clock.advance(DAY);
        for index in 0..self.persons.len() {
            let person = &self.persons[index];
            let there = self.withings.groups(person.userid);
            let is_there = |truth: &Truth| there.iter().any(|it| truth.grpids.contains(&it.grpid));
            let mut edited = Vec::new();
            for change in self.changes(person) {
                let Change::Edited(measurement) = &change else { continue };
                if is_there(&measurement.truth) {
                    self.withings.change(person.userid, &change);
                    edited.push(measurement.truth.clone());
                }
            }
            for truth in edited {
                let found = self.persons[index].truths.iter_mut().find(|it| it.time == truth.time);
                *found.unwrap() = truth;
            }
        }
    }

    /// Syncs, and compares what every destination holds with what was measured.
    pub async fn sync(&mut self, when: &str) {
        self.run(when).await;
        for person in &mut self.persons {
            let groups = self.withings.groups(person.userid);
            person.expected.sync(&person.truths, &groups, &person.mine);
        }
        self.compare(when);
    }

    /// Syncs, and nothing must come of it.
    pub async fn sync_without_news(&self, when: &str) {
        let before = self.trainerroad.writes().len();
        let summary = self.run(when).await;
        let done = (summary.created, summary.already_there, self.trainerroad.writes().len() - before);
        assert_eq!(done, (0, 0, 0), "seed {}, {when}: nothing is new", self.seed);
        self.compare(when);
    }

    async fn run(&self, when: &str) -> RunSummary {
        let summary = self.engine.sync(Scope::default()).await.unwrap();
        let trouble = (summary.failed, &summary.blocked, &summary.error);
        assert_eq!(trouble, (0, &Vec::new(), &None), "seed {}, {when}", self.seed);
        summary
    }

    fn compare(&self, when: &str) {
        for person in &self.persons {
            let whose = format!("seed {}, {}, {when}", self.seed, person.name);
            let mut there: Vec<_> =
                self.garmin.weigh_ins(&person.email()).iter().map(WeighIn::found).collect();
            there.sort();
            same(&format!("{whose}: weigh-ins"), &there, &person.expected.weigh_ins());
            let mut there: Vec<_> =
                self.garmin.blood_pressures(&person.email()).iter().map(Pressure::found).collect();
            there.sort();
            same(&format!("{whose}: blood pressures"), &there, &person.expected.pressures());
            let writes: Vec<_> =
                self.trainerroad.writes().into_iter().filter(|it| it.username == person.email()).collect();
            assert!(
                writes.iter().all(|it| it.lost.is_empty() && it.changed.is_empty()),
                "{whose}: {writes:?}"
            );
            let weight = (self.trainerroad.weight_kg(&person.email()).unwrap() * 100.0).round() as i64;
            let expected = (person.expected.current_weight, person.expected.weights_set);
            assert_eq!((weight, writes.len()), expected, "{whose}: TrainerRoad's weight");
        }
        let violations =
            [self.withings.violations(), self.garmin.violations(), self.trainerroad.violations()].concat();
        assert_eq!(violations, Vec::<String>::new(), "seed {}, {when}", self.seed);
    }

    pub fn seen(&self) -> Seen {
        let sum = |of: fn(&Expected) -> usize| self.persons.iter().map(|it| of(&it.expected)).sum();
        Seen {
            persons: self.persons.len(),
            weigh_ins: sum(|it| it.weigh_ins().len()),
            pressures: sum(|it| it.pressures().len()),
            replaced: sum(|it| it.replaced),
            weights_set: sum(|it| it.weights_set),
        }
    }
}

impl Person {
    fn entry(&self, truth: &Truth) -> EntryId {
        let key = truth.grpids.iter().min().unwrap().to_string();
        EntryId { account: self.withings.clone(), key }
    }
}

/// A moment at which about two fifths of the longest history are still to come.
fn middle(household: &generate::Account) -> i64 {
    let plans = household.persons.iter().map(|(_, history)| &history.plan);
    plans.map(|plan| plan.until - i64::from(plan.days) * DAY * 2 / 5).min().unwrap()
}

async fn open(home: &tempfile::TempDir, tables: &str, clock: Clock) -> Engine {
    let endpoints = Endpoints::parse(&format!("pace = 0\n{tables}")).unwrap();
    let now: baton_core::Clock =
        Arc::new(move || DateTime::from_timestamp(clock.now(), 0).unwrap_or(Time::UNIX_EPOCH));
    let world = Arc::new(World::new(endpoints, now.clone()));
    let options = OpenOptions::new(home.path(), baton_services::all(&world), VaultKind::Memory);
    Engine::open(OpenOptions { clock: now, ..options }).await.unwrap()
}

/// Says what is missing and what is too much, which says more than two long lists.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, there: &[T], expected: &[T]) {
    let missing: Vec<&T> = expected.iter().filter(|it| !there.contains(it)).collect();
    let surplus: Vec<&T> = there.iter().filter(|it| !expected.contains(it)).collect();
    assert!(
        there == expected,
        "{what}: missing {missing:#?}, too much {surplus:#?} ({} of {})",
        there.len(),
        expected.len()
    );
}
