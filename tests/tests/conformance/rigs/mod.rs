//! The vendors that the suite runs against: one line each in [`all`].

mod intervals;
mod polar;
mod runalyze;
mod strava;

use async_trait::async_trait;
use baton_core::{Activity, Format, Item, Kind, Next, Prompt, Reply, Secret, Service, SignedIn};
use baton_fit::EncodeOptions;
use baton_tests::garmin::sample::{SampleActivity, fit_file};
use baton_tests::garmin::{self, GarminSimulator, MfaMethod};
use baton_tests::peloton::{self, PelotonSimulator, generate};
use baton_tests::server::Times;
use baton_tests::trainerroad::{NewMember, TrainerRoadSimulator};
use baton_tests::web_fault::WebFault;
use baton_tests::withings::generate::Verdict;
use baton_tests::withings::{self, NewApplication, NewPerson, WithingsSimulator};
use chrono::{DateTime, TimeDelta, Utc};

use crate::rig::{Fault, Rig};

/// Every service, by the function that starts its simulator.
pub fn all() -> Vec<fn() -> Box<dyn Rig>> {
    vec![
        || Box::new(Peloton::start()),
        || Box::new(Withings::start()),
        || Box::new(Garmin::start()),
        || Box::new(TrainerRoad::start()),
        || Box::new(intervals::Intervals::start()),
        || Box::new(runalyze::Runalyze::start()),
        || Box::new(polar::Polar::start()),
        || Box::new(polar::Polar::with_history()),
        || Box::new(strava::Strava::start()),
        || Box::new(Folder::start()),
    ]
}

const EMAIL: &str = "rider@example.com";
const PASSWORD: &str = "correct horse";

/// Signs in with a password, and with the code where one is asked for.
async fn password_sign_in(service: &dyn Service, code: impl Fn() -> Option<String>) -> SignedIn {
    let mut flow = service.sign_in("password", None).unwrap();
    let mut reply = None;
    loop {
        match flow.next(reply.take()).await.unwrap() {
            Next::Ask(Prompt::Password { .. }) => {
                reply = Some(Reply::Password { username: EMAIL.into(), password: Secret::new(PASSWORD) });
            }
            Next::Ask(Prompt::Code { .. }) => {
                reply = Some(Reply::Code(Secret::new(code().expect("a code was sent"))));
            }
            Next::Ask(other) => panic!("not asked for: {other:?}"),
            Next::Done(signed_in) => return signed_in,
        }
    }
}

struct Peloton {
    simulator: PelotonSimulator,
    expected: Vec<String>,
}

impl Peloton {
    fn start() -> Peloton {
        let simulator = PelotonSimulator::start().unwrap();
        simulator.add_user(peloton::NewUser::new(EMAIL, PASSWORD));
        // More than a page, so that paging is part of every listing.
        let history = generate::history(7, 130, Utc::now().timestamp() - 3600);
        simulator.add_all(&history);
        let expected = history.iter().map(|workout| workout.id().to_owned()).collect();
        Peloton { simulator, expected }
    }
}

#[async_trait]
impl Rig for Peloton {
    fn name(&self) -> &'static str {
        "Peloton"
    }

    fn id(&self) -> &'static str {
        "peloton"
    }

    fn endpoints(&self) -> String {
        self.simulator.endpoints_toml()
    }

    async fn sign_in(&self) -> SignedIn {
        password_sign_in(&*self.service(), || None).await
    }

    fn fail(&self, fault: Fault, _: Kind) -> bool {
        let once = |fault| self.simulator.fault("api", fault, Times::Next(1));
        match fault {
            Fault::ExpiredAccess => self.simulator.expire_access_tokens(),
            Fault::RevokedRefresh => self.simulator.revoke_refresh_tokens(),
            Fault::RateLimited(seconds) => {
                once(peloton::Fault::RateLimited { retry_after_seconds: Some(seconds), as_date: false });
            }
            // A reading request is tried twice before it counts as failed.
            Fault::Outage => {
                self.simulator.fault("api", peloton::Fault::Outage { status: 503 }, Times::Next(2));
            }
            Fault::Html => once(peloton::Fault::Html),
            Fault::CutAfterDelivery | Fault::AcceptedThenFailed => return false,
        }
        true
    }

    fn refreshes(&self) -> usize {
        self.simulator.refreshes()
    }

    fn violations(&self) -> Vec<String> {
        self.simulator.violations()
    }

    fn expected_keys(&self) -> Vec<String> {
        self.expected.clone()
    }

    fn created(&self) -> usize {
        0
    }
}

struct Withings {
    simulator: WithingsSimulator,
    userid: i64,
    expected: Vec<String>,
}

impl Withings {
    const ID: &str = "0123456789abcdef";
    const SECRET: &str = "fedcba9876543210";
    const REGISTERED: &str = "http://localhost:8765/callback";

    fn start() -> Withings {
        let simulator = WithingsSimulator::start().unwrap();
        simulator.set_options(|options| {
            options.lift_limits();
            options.page_size = 50;
        });
        simulator.add_application(NewApplication::new(Self::ID, Self::SECRET, Self::REGISTERED));
        let userid = simulator.add_person(NewPerson::new("Maria", chrono_tz::Europe::Berlin));
        let plan = withings::generate::Plan::new(60, Utc::now().timestamp() - 3600).with_all();
        let history = withings::generate::history(11, &plan);
        simulator.add(userid, &history.measurements);
        let kept = history.truths().filter(|truth| truth.verdict != Verdict::Skip);
        let expected = kept.map(|truth| truth.grpids.iter().min().unwrap().to_string()).collect();
        Withings { simulator, userid, expected }
    }
}

#[async_trait]
impl Rig for Withings {
    fn name(&self) -> &'static str {
        "Withings"
    }

    fn id(&self) -> &'static str {
        "withings"
    }

    fn endpoints(&self) -> String {
        self.simulator.endpoints_toml()
    }

    async fn sign_in(&self) -> SignedIn {
        let mut flow = self.service().sign_in("window", None).unwrap();
        let mut reply = None;
        loop {
            match flow.next(reply.take()).await.unwrap() {
                Next::Ask(Prompt::AppKeys { .. }) => {
                    let client_secret = Secret::new(Self::SECRET);
                    reply = Some(Reply::AppKeys { client_id: Self::ID.into(), client_secret });
                }
                Next::Ask(Prompt::Window { url, .. }) => {
                    let redirect = self.simulator.allow(&url, self.userid).unwrap();
                    reply = Some(Reply::Redirect(Secret::new(redirect)));
                }
                Next::Ask(other) => panic!("not asked for: {other:?}"),
                Next::Done(signed_in) => return signed_in,
            }
        }
    }

    fn fail(&self, fault: Fault, _: Kind) -> bool {
        let once = |on, fault: WebFault| self.simulator.fault(on, fault, Times::Next(1));
        match fault {
            Fault::ExpiredAccess => self.simulator.expire_access_tokens(),
            Fault::RevokedRefresh => {
                self.simulator.revoke(Self::ID, self.userid);
            }
            Fault::RateLimited(seconds) => {
                let wait_seconds = i64::from(seconds);
                self.simulator.fault(
                    "api",
                    withings::Fault::TooManyRequests { wait_seconds },
                    Times::Next(1),
                );
            }
            // The same question twice within ten seconds would be refused, so it is asked once.
            Fault::Outage => once("api", WebFault::Outage { status: 503 }),
            Fault::Html => once("api", WebFault::Html),
            Fault::CutAfterDelivery | Fault::AcceptedThenFailed => return false,
        }
        true
    }

    fn refreshes(&self) -> usize {
        let requests = self.simulator.token_requests();
        requests.iter().filter(|request| request.grant_type == "refresh_token").count()
    }

    fn violations(&self) -> Vec<String> {
        self.simulator.violations()
    }

    fn expected_keys(&self) -> Vec<String> {
        self.expected.clone()
    }

    fn created(&self) -> usize {
        0
    }
}

struct Garmin {
    simulator: GarminSimulator,
    expected: Vec<String>,
}

impl Garmin {
    const RECORDINGS: usize = 4;

    fn start() -> Garmin {
        let simulator = GarminSimulator::start().unwrap();
        simulator.add_user(garmin::NewUser::new(EMAIL, PASSWORD).with_mfa(MfaMethod::Email));
        // Over more than a year, so that it takes several questions.
        let begin = Utc::now().timestamp() - 500 * 86_400;
        let mut expected: Vec<String> = (0..60)
            .map(|number| {
                let time = begin + number * 8 * 86_400;
                let weight = 70.0 + number as f64 / 100.0;
                let weigh_in = garmin::WeighIn { time, weight, ..garmin::WeighIn::default() };
                simulator.add_weigh_in(EMAIL, weigh_in).unwrap().to_string()
            })
            .collect();
        expected.extend((0..Self::RECORDINGS).map(|number| {
            let start = begin + (number as i64 * 100 + 50) * 86_400;
            let file = fit_file(&SampleActivity { start, ..SampleActivity::default() });
            simulator.add_recording(EMAIL, "Ride", file).unwrap().to_string()
        }));
        Garmin { simulator, expected }
    }
}

#[async_trait]
impl Rig for Garmin {
    fn name(&self) -> &'static str {
        "Garmin Connect"
    }

    fn id(&self) -> &'static str {
        "garmin"
    }

    fn endpoints(&self) -> String {
        self.simulator.endpoints_toml()
    }

    async fn sign_in(&self) -> SignedIn {
        password_sign_in(&*self.service(), || self.simulator.code(EMAIL)).await
    }

    fn fail(&self, fault: Fault, kind: Kind) -> bool {
        let delivery = match kind {
            Kind::Activity | Kind::Body => "upload",
            Kind::BloodPressure => "blood_pressure_write",
        };
        let once = |on, fault| self.simulator.fault(on, fault, Times::Next(1));
        match fault {
            Fault::ExpiredAccess => self.simulator.expire_access_tokens(),
            Fault::RevokedRefresh => self.simulator.revoke_refresh_tokens(),
            Fault::RateLimited(seconds) => {
                once(
                    "connectapi",
                    garmin::Fault::RateLimited { retry_after_seconds: Some(seconds), as_date: true },
                );
            }
            Fault::Outage => {
                self.simulator.fault("connectapi", garmin::Fault::Outage { status: 503 }, Times::Next(2));
            }
            Fault::Html => once("connectapi", garmin::Fault::Html),
            Fault::CutAfterDelivery => once(delivery, garmin::Fault::CutAfter),
            Fault::AcceptedThenFailed => once(delivery, garmin::Fault::AcceptedThen500),
        }
        true
    }

    fn refreshes(&self) -> usize {
        self.simulator.refreshes()
    }

    fn violations(&self) -> Vec<String> {
        self.simulator.violations()
    }

    fn expected_keys(&self) -> Vec<String> {
        self.expected.clone()
    }

    fn created(&self) -> usize {
        let there = self.simulator.weigh_ins(EMAIL).len() + self.simulator.activities().len();
        there - self.expected.len() + self.simulator.blood_pressures(EMAIL).len()
    }
}

struct TrainerRoad {
    simulator: TrainerRoadSimulator,
}

impl TrainerRoad {
    fn start() -> TrainerRoad {
        let simulator = TrainerRoadSimulator::start().unwrap();
        simulator.add_member(NewMember::new(EMAIL, PASSWORD, 99.0));
        TrainerRoad { simulator }
    }
}

#[async_trait]
impl Rig for TrainerRoad {
    fn name(&self) -> &'static str {
        "TrainerRoad"
    }

    fn id(&self) -> &'static str {
        "trainerroad"
    }

    fn endpoints(&self) -> String {
        self.simulator.endpoints_toml()
    }

    async fn sign_in(&self) -> SignedIn {
        password_sign_in(&*self.service(), || None).await
    }

    fn fail(&self, fault: Fault, _: Kind) -> bool {
        let next = |on, fault: WebFault, times| self.simulator.fault(on, fault, Times::Next(times));
        match fault {
            // There is a cookie and nothing to renew it by.
            Fault::ExpiredAccess => return false,
            Fault::RevokedRefresh => self.simulator.sign_everybody_out(),
            Fault::RateLimited(seconds) => {
                let limited = WebFault::RateLimited { retry_after_seconds: Some(seconds), as_date: false };
                next("rider_read", limited, 1);
            }
            Fault::Outage => next("rider_read", WebFault::Outage { status: 503 }, 2),
            Fault::Html => next("rider_read", WebFault::Html, 1),
            Fault::CutAfterDelivery => next("rider_write", WebFault::CutAfter, 1),
            Fault::AcceptedThenFailed => next("rider_write", WebFault::DoneThen500, 1),
        }
        true
    }

    fn refreshes(&self) -> usize {
        0
    }

    fn violations(&self) -> Vec<String> {
        self.simulator.violations()
    }

    fn expected_keys(&self) -> Vec<String> {
        Vec::new()
    }

    fn created(&self) -> usize {
        let writes = self.simulator.writes();
        assert!(writes.iter().all(|it| it.lost.is_empty() && it.changed.is_empty()), "{writes:?}");
        writes.iter().filter(|it| it.before_kg != Some(it.weight_kg)).count()
    }
}

/// A folder: what is delivered lies in `kept`, what is read lies in `dropped`, so that counts stay apart.
struct Folder {
    folder: tempfile::TempDir,
    expected: Vec<String>,
}

impl Folder {
    const RECORDINGS: i64 = 5;

    fn start() -> Folder {
        let folder = tempfile::tempdir().unwrap();
        let mut expected = Vec::new();
        for day in 0..Self::RECORDINGS {
            let start = DateTime::from_timestamp(1_735_718_400, 0).unwrap() + TimeDelta::days(day);
            let activity =
                Activity { start, elapsed: 1800.0, title: format!("Old ride {day}"), ..Activity::default() };
            let options = EncodeOptions::default();
            let file = baton_fit::encode(&Item::Activity(Box::new(activity)), Format::Fit, &options).unwrap();
            let path = folder.path().join(format!("recording {day}.fit"));
            std::fs::write(&path, &file.bytes).unwrap();
            // Files that are still being written are left alone, so these are a minute old.
            let old = std::time::SystemTime::now() - std::time::Duration::from_mins(1);
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
            expected.push(sha256(&file.bytes));
        }
        Folder { folder, expected }
    }
}

#[async_trait]
impl Rig for Folder {
    fn name(&self) -> &'static str {
        "Folder"
    }

    fn id(&self) -> &'static str {
        "folder"
    }

    fn endpoints(&self) -> String {
        String::new()
    }

    async fn sign_in(&self) -> SignedIn {
        let mut flow = self.service().sign_in("folder", None).unwrap();
        let Next::Ask(Prompt::Folder { .. }) = flow.next(None).await.unwrap() else {
            panic!("a folder asks for one")
        };
        match flow.next(Some(Reply::Folder(self.folder.path().to_owned()))).await.unwrap() {
            Next::Done(signed_in) => signed_in,
            Next::Ask(prompt) => panic!("nothing more to ask: {prompt:?}"),
        }
    }

    fn fail(&self, _: Fault, _: Kind) -> bool {
        false
    }

    fn refreshes(&self) -> usize {
        0
    }

    fn violations(&self) -> Vec<String> {
        Vec::new()
    }

    fn expected_keys(&self) -> Vec<String> {
        self.expected.clone()
    }

    fn created(&self) -> usize {
        let items = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            let is_hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if is_hidden || path.is_dir() => 0,
                // A table has a line for each, below its head.
                Some("csv") => std::fs::read_to_string(&path).unwrap().lines().count() - 1,
                _ => 1,
            }
        });
        items.sum::<usize>() - Self::RECORDINGS as usize
    }
}

/// A folder's entries are known by their content, so that renaming a file changes nothing.
fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
