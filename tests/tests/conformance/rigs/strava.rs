//! Strava: permissions to look and to write, two windows of requests, and a history of several pages.

use async_trait::async_trait;
use baton_core::{Kind, Next, Prompt, Reply, Secret, SignedIn};
use baton_tests::server::Times;
use baton_tests::strava::{self, NewApplication, NewAthlete, Options, StravaSimulator, generate};
use baton_tests::web_fault::WebFault;
use chrono::{Timelike, Utc};

use crate::rig::{Fault, Rig};

pub struct Strava {
    simulator: StravaSimulator,
    athlete: u64,
    expected: Vec<String>,
}

impl Strava {
    /// More than a page.
    const HISTORY: usize = 203;
    /// 2025-12-01T06:00:00Z
    const UNTIL: i64 = 1_764_568_800;
    const ID: &str = "4711";
    const SECRET: &str = "0123456789abcdef0123456789abcdef01234567";
    const WEIGHT: f64 = 99.0;

    pub fn start() -> Strava {
        let simulator = StravaSimulator::start().unwrap();
        simulator.add_application(NewApplication::new(Self::ID, Self::SECRET));
        simulator.set_options(Options::lift_limits);
        let athlete = simulator.add_athlete(NewAthlete::new("Sam", "Rider", Self::WEIGHT));
        let history = generate::history(5, Self::HISTORY, Self::UNTIL, 120);
        let added = history.into_iter().map(|activity| simulator.add_activity(athlete, activity).unwrap());
        let expected = added.map(|id| id.to_string()).collect();
        Strava { simulator, athlete, expected }
    }
}

#[async_trait]
impl Rig for Strava {
    fn name(&self) -> &'static str {
        "Strava"
    }

    fn id(&self) -> &'static str {
        "strava"
    }

    fn endpoints(&self) -> String {
        self.simulator.endpoints_toml()
    }

    async fn sign_in(&self) -> SignedIn {
        let mut flow = self.service().sign_in("paste", None).unwrap();
        let mut reply = None;
        loop {
            match flow.next(reply.take()).await.unwrap() {
                Next::Ask(Prompt::AppKeys { .. }) => {
                    let client_secret = Secret::new(Self::SECRET);
                    reply = Some(Reply::AppKeys { client_id: Self::ID.into(), client_secret });
                }
                Next::Ask(Prompt::Paste { help }) => {
                    let page = help.split(' ').find(|word| word.starts_with("http")).unwrap();
                    let redirect = self.simulator.allow(page, self.athlete).unwrap();
                    reply = Some(Reply::Text(Secret::new(redirect)));
                }
                Next::Ask(other) => panic!("not asked for: {other:?}"),
                Next::Done(signed_in) => return signed_in,
            }
        }
    }

    fn fail(&self, fault: Fault, kind: Kind) -> bool {
        let delivery = if kind == Kind::Activity { "upload" } else { "athlete_write" };
        let next = |on, fault: WebFault, times| self.simulator.fault(on, fault, Times::Next(times));
        match fault {
            Fault::ExpiredAccess => self.simulator.expire_access_tokens(),
            Fault::RevokedRefresh => {
                self.simulator.revoke(Self::ID, self.athlete);
            }
            // It names no time; its day ends at midnight UTC, which may be sooner.
            Fault::RateLimited(seconds) => {
                let left = 86_400 - Utc::now().num_seconds_from_midnight();
                if left < seconds + 60 {
                    return false;
                }
                let used_up = strava::Fault::LimitUsedUp { whole_day: true };
                self.simulator.fault("api", used_up, Times::Next(1));
            }
            // A reading request is tried twice before it counts as failed.
            Fault::Outage => next("api", WebFault::Outage { status: 503 }, 2),
            Fault::Html => next("api", WebFault::Html, 1),
            Fault::CutAfterDelivery => next(delivery, WebFault::CutAfter, 1),
            Fault::AcceptedThenFailed => next(delivery, WebFault::DoneThen500, 1),
        }
        true
    }

    fn tells_waits(&self) -> bool {
        false
    }

    fn has_ended(&self) -> Option<bool> {
        Some(!self.simulator.is_allowed(Self::ID, self.athlete))
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
        let mut weights = vec![Self::WEIGHT];
        weights.extend(self.simulator.weights_written());
        let changes = weights.windows(2).filter(|pair| pair[0] != pair[1]).count();
        self.simulator.activities().len() - self.expected.len() + changes
    }
}
