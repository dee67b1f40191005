//! Polar: a token that cannot be renewed, and a list that gives everything at once. And the same with a second permission,
//! for older training, whose tokens are renewed.

use async_trait::async_trait;
use baton_core::{Kind, Next, Prompt, Reply, Secret, SignedIn};
use baton_tests::polar::{self, NewClient, NewPerson, PhysicalInfo, PolarSimulator, generate};
use baton_tests::server::Times;
use baton_tests::web_fault::WebFault;
use chrono::Utc;

use crate::rig::{Fault, Rig};

pub struct Polar {
    simulator: PolarSimulator,
    user_id: i64,
    expected: Vec<String>,
    /// Whether older training is allowed as well.
    is_twice: bool,
}

impl Polar {
    const ID: &str = "0123456789abcdef";
    const SECRET: &str = "fedcba9876543210";

    pub fn start() -> Polar {
        let simulator = PolarSimulator::start().unwrap();
        simulator.add_client(NewClient::new(Self::ID, Self::SECRET, "http://localhost:8765/callback"));
        let user_id = simulator.add_person(NewPerson::new("Eka", "Toka"));
        let now = Utc::now().timestamp();
        simulator.register(Self::ID, user_id, now - 60 * 86_400);
        let history = generate::history(3, 21, now);
        simulator.add(user_id, &history);
        let weighed = now - 10 * 86_400;
        simulator.set_physical_info(user_id, PhysicalInfo::measured(70.5, weighed));
        let mut expected: Vec<String> = history.iter().map(key).collect();
        expected.push(format!("weight-{weighed}"));
        Polar { simulator, user_id, expected, is_twice: false }
    }

    /// Years of training before that.
    pub fn with_history() -> Polar {
        let mut polar = Polar::start();
        let now = Utc::now().timestamp();
        for years in 1..4 {
            let older = generate::history(100 + years, 5, now - years as i64 * 365 * 86_400);
            polar.simulator.add(polar.user_id, &older);
            polar.expected.extend(older.iter().map(key));
        }
        polar.is_twice = true;
        polar
    }
}

fn key(exercise: &polar::Exercise) -> String {
    format!("exercise-{}", exercise.start)
}

#[async_trait]
impl Rig for Polar {
    fn name(&self) -> &'static str {
        if self.is_twice { "Polar, with older training" } else { "Polar" }
    }

    fn id(&self) -> &'static str {
        "polar"
    }

    fn endpoints(&self) -> String {
        self.simulator.endpoints_toml()
    }

    async fn sign_in(&self) -> SignedIn {
        let method = if self.is_twice { "history-paste" } else { "window" };
        let mut flow = self.service().sign_in(method, None).unwrap();
        let mut reply = None;
        loop {
            match flow.next(reply.take()).await.unwrap() {
                Next::Ask(Prompt::AppKeys { .. }) => {
                    let client_secret = Secret::new(Self::SECRET);
                    reply = Some(Reply::AppKeys { client_id: Self::ID.into(), client_secret });
                }
                Next::Ask(Prompt::Window { url, .. }) => {
                    let redirect = self.simulator.allow(&url, self.user_id).unwrap();
                    reply = Some(Reply::Redirect(Secret::new(redirect)));
                }
                Next::Ask(Prompt::Paste { help }) => {
                    let page = help.split_whitespace().find(|word| word.contains("state="));
                    let text = match page {
                        Some(page) => self.simulator.allow(page, self.user_id).unwrap(),
                        None => format!("{} {}", Self::ID, Self::SECRET),
                    };
                    reply = Some(Reply::Text(Secret::new(text)));
                }
                Next::Ask(other) => panic!("not asked for: {other:?}"),
                Next::Done(signed_in) => return signed_in,
            }
        }
    }

    fn fail(&self, fault: Fault, _: Kind) -> bool {
        let next = |fault: polar::Fault, times| self.simulator.fault("api", fault, Times::Next(times));
        match fault {
            Fault::ExpiredAccess if self.is_twice => self.simulator.expire_history(),
            // The token lives for ten years and there is nothing to renew it by.
            Fault::ExpiredAccess => return false,
            Fault::RevokedRefresh if self.is_twice => {
                self.simulator.revoke_history(Self::ID, self.user_id);
            }
            Fault::RevokedRefresh => {
                self.simulator.revoke(Self::ID, self.user_id);
            }
            Fault::RateLimited(seconds) => {
                let short_seconds = i64::from(seconds);
                next(polar::Fault::LimitReached { short_seconds, long_seconds: 80_000 }, 1);
            }
            // A reading request is tried twice before it counts as failed.
            Fault::Outage => next(WebFault::Outage { status: 503 }.into(), 2),
            Fault::Html => next(WebFault::Html.into(), 1),
            Fault::CutAfterDelivery | Fault::AcceptedThenFailed => return false,
        }
        true
    }

    fn refreshes(&self) -> usize {
        // Two codes were exchanged for the sign-in.
        let granted = self.simulator.token_requests().iter().filter(|it| it.status == 200).count();
        if self.is_twice { granted.saturating_sub(2) } else { 0 }
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
