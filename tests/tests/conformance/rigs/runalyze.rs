//! Runalyze: a token that is good until there is a new one, and nothing to look at.

use async_trait::async_trait;
use baton_core::{Kind, Next, Prompt, Reply, Secret, SignedIn};
use baton_tests::runalyze::RunalyzeSimulator;
use baton_tests::server::Times;
use baton_tests::web_fault::WebFault;

use crate::rig::{Fault, Rig};

pub struct Runalyze {
    simulator: RunalyzeSimulator,
}

impl Runalyze {
    pub fn start() -> Runalyze {
        Runalyze { simulator: RunalyzeSimulator::start().unwrap() }
    }
}

#[async_trait]
impl Rig for Runalyze {
    fn name(&self) -> &'static str {
        "Runalyze"
    }

    fn id(&self) -> &'static str {
        "runalyze"
    }

    fn endpoints(&self) -> String {
        self.simulator.endpoints_toml()
    }

    async fn sign_in(&self) -> SignedIn {
        let mut flow = self.service().sign_in("key", None).unwrap();
        let mut reply = None;
        for answer in [self.simulator.token(), "Sam".to_owned()] {
            let Next::Ask(Prompt::Paste { .. }) = flow.next(reply).await.unwrap() else {
                panic!("a text is asked for")
            };
            reply = Some(Reply::Text(Secret::new(answer)));
        }
        match flow.next(reply).await.unwrap() {
            Next::Done(signed_in) => signed_in,
            Next::Ask(prompt) => panic!("nothing more to ask: {prompt:?}"),
        }
    }

    fn fail(&self, fault: Fault, _: Kind) -> bool {
        let next = |fault, times| self.simulator.fault("upload", fault, Times::Next(times));
        match fault {
            // A token is good until there is a new one.
            Fault::ExpiredAccess => return false,
            Fault::RevokedRefresh => drop(self.simulator.new_token()),
            Fault::RateLimited(seconds) => {
                next(WebFault::RateLimited { retry_after_seconds: Some(seconds), as_date: false }, 1);
            }
            Fault::Outage => next(WebFault::Outage { status: 503 }, 1),
            Fault::Html => next(WebFault::Html, 1),
            Fault::CutAfterDelivery => next(WebFault::CutAfter, 1),
            Fault::AcceptedThenFailed => next(WebFault::DoneThen500, 1),
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
        self.simulator.uploads().len()
    }
}
