//! TrainerRoad, simulated: the sign-in and the rider information, with a memory and with faults on demand.
//!
//! What a client does against what is publicly known of the real site is noted in
//! [`TrainerRoadSimulator::violations`]; whether it gave back every field of the rider information that it read is told
//! by [`TrainerRoadSimulator::writes`].

mod control;
mod faults;
mod state;
mod web;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use faults::Fault;
pub use state::{Login, NewMember, RiderWrite};

use crate::clock::Clock;
use crate::control::Violations;
use crate::server::{FaultQueue, LoggedRequest, RunningServer, Times, lock};
use state::State;

/// The cookie of a session.
pub const COOKIE: &str = "SharedTrainerRoadAuth";

/// What those who are not signed in are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignedOut {
    /// 401.
    Unauthorized,
    /// 302 to the sign-in page, which is HTML under status 200.
    LoginPage,
}

/// What a test may choose about the simulated service, besides faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    pub signed_out: SignedOut,
    /// A writing is answered 200 with the object instead of 204.
    pub write_answers_body: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { signed_out: SignedOut::Unauthorized, write_answers_body: false }
    }
}

/// What all routes share.
#[derive(Debug)]
struct Shared {
    clock: Clock,
    options: Mutex<Options>,
    state: Mutex<State>,
    faults: FaultQueue<Fault>,
    violations: Violations,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn options(&self) -> Options {
        lock(&self.options).clone()
    }
}

/// A running simulated TrainerRoad; it stops when dropped.
#[derive(Debug)]
pub struct TrainerRoadSimulator {
    shared: Arc<Shared>,
    server: RunningServer,
}

impl TrainerRoadSimulator {
    /// Starts on a free port of 127.0.0.1, without members, at the computer's own time.
    pub fn start() -> io::Result<Self> {
        Self::start_at(Clock::real())
    }

    /// Starts at the time of `clock`.
    pub fn start_at(clock: Clock) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            clock,
            options: Mutex::default(),
            state: Mutex::default(),
            faults: FaultQueue::default(),
            violations: Violations::default(),
        });
        let for_routes = Arc::clone(&shared);
        let server = RunningServer::start(move |_| web::routes(for_routes))?;
        Ok(Self { shared, server })
    }

    /// The site (`www.trainerroad.com`), without a trailing slash.
    pub fn web(&self) -> &str {
        self.server.base()
    }

    /// The `[trainerroad]` table of an endpoints file.
    pub fn endpoints_toml(&self) -> String {
        format!("[trainerroad]\nweb = \"{}\"\n", self.web())
    }

    /// The simulator's time, to be moved by tests.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Adds a member, or replaces the one with the same name.
    pub fn add_member(&self, member: NewMember) {
        self.shared.state().add_member(member);
    }

    /// A member's weight now, kilograms; `None` if there is no such member.
    pub fn weight_kg(&self, username: &str) -> Option<f64> {
        self.rider(username)?["weightKg"].as_f64()
    }

    /// A member's rider information in camel case; `None` if there is no such member.
    pub fn rider(&self, username: &str) -> Option<Value> {
        self.shared.state().member_mut(username).map(|it| it.rider.clone())
    }

    /// Sets a field of the rider information, known or not.
    pub fn set_rider_field(&self, username: &str, name: &str, value: Value) {
        if let Some(member) = self.shared.state().member_mut(username) {
            member.rider[name] = value;
        }
    }

    /// Every accepted writing, in order. `lost` and `changed` are empty where the client gave everything back.
    pub fn writes(&self) -> Vec<RiderWrite> {
        self.shared.state().writes.clone()
    }

    /// Every attempt to sign in, in order.
    pub fn logins(&self) -> Vec<Login> {
        self.shared.state().logins.clone()
    }

    /// Ends all sessions; only signing in again helps.
    pub fn sign_everybody_out(&self) {
        self.shared.state().sessions.clear();
    }

    /// Changes options.
    pub fn set_options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut lock(&self.shared.options));
    }

    /// Queues a fault for an endpoint group: `login`, `rider_read`, `rider_write`, `rider`, `member` or `any`.
    pub fn fault(&self, on: &str, fault: impl Into<Fault>, times: Times) {
        self.shared.faults.push(on, fault.into(), times);
    }

    /// Drops all waiting faults.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// How many faults still wait.
    pub fn faults_waiting(&self) -> usize {
        self.shared.faults.waiting()
    }

    /// The newest requests, oldest first, without the simulator's own `/_sim/`.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        let mut requests = self.server.log().requests();
        requests.retain(|it| !it.path.starts_with("/_sim/"));
        requests
    }

    /// What clients did against the protocol, in order. Tests assert that this is empty.
    pub fn violations(&self) -> Vec<String> {
        self.shared.violations.all()
    }
}
