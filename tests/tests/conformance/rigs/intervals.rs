//! Intervals.icu: a key that is good until there is a new one.

use async_trait::async_trait;
use baton_core::{Kind, Next, Prompt, Reply, Secret, SignedIn};
use baton_tests::intervals::IntervalsSimulator;
use baton_tests::server::Times;
use baton_tests::web_fault::WebFault;

use crate::rig::{Fault, Rig};

pub struct Intervals {
    simulator: IntervalsSimulator,
}

impl Intervals {
    pub fn start() -> Intervals {
        Intervals { simulator: IntervalsSimulator::start().unwrap() }
    }
}

#[async_trait]
impl Rig for Intervals {
    fn name(&self) -> &'static str {
        "Intervals.icu"
    }

    fn id(&self) -> &'static str {
        "intervals"
    }

    fn endpoints(&self) -> String {
        self.simulator.endpoints_toml()
    }

    async fn sign_in(&self) -> SignedIn {
        let mut flow = self.service().sign_in("key", None).unwrap();
        let Next::Ask(Prompt::Paste { .. }) = flow.next(None).await.unwrap() else {
            panic!("a key is asked for")
        };
        match flow.next(Some(Reply::Text(Secret::new(self.simulator.key())))).await.unwrap() {
            Next::Done(signed_in) => signed_in,
            Next::Ask(prompt) => panic!("nothing more to ask: {prompt:?}"),
        }
    }

    fn fail(&self, fault: Fault, kind: Kind) -> bool {
        let (read, write) =
            if kind == Kind::Activity { ("list", "upload") } else { ("wellness_read", "wellness_write") };
        let next = |on, fault, times| self.simulator.fault(on, fault, Times::Next(times));
        match fault {
            // A key is good until there is a new one.
            Fault::ExpiredAccess => return false,
            Fault::RevokedRefresh => drop(self.simulator.new_key()),
            Fault::RateLimited(seconds) => {
                let limited = WebFault::RateLimited { retry_after_seconds: Some(seconds), as_date: false };
                next(read, limited, 1);
            }
            Fault::Outage => next(read, WebFault::Outage { status: 503 }, 2),
            Fault::Html => next(read, WebFault::Html, 1),
            Fault::CutAfterDelivery => next(write, WebFault::CutAfter, 1),
            Fault::AcceptedThenFailed => next(write, WebFault::DoneThen500, 1),
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
        self.simulator.activities().len() + self.simulator.wellness().len()
    }
}
