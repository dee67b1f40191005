//! Intervals.icu, simulated: a personal key, uploads of activities, their list, and wellness by the day, with a memory and
//! with faults on demand.

mod site;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use serde_json::{Map, Value};

use crate::control::Violations;
use crate::garmin::FileFacts;
use crate::server::{FaultQueue, RunningServer, Times, issued, lock, random_text};
use crate::web_fault::WebFault;

/// An uploaded activity.
#[derive(Debug, Clone)]
pub struct Activity {
    /// `i11`
    pub id: String,
    pub external_id: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub facts: FileFacts,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    key: String,
    activities: Vec<Activity>,
    /// The wellness of each local day, with the fields that were set.
    wellness: BTreeMap<NaiveDate, Map<String, Value>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    faults: FaultQueue<WebFault>,
    violations: Violations,
}

/// A running simulated Intervals.icu with one athlete; it stops when dropped.
#[derive(Debug)]
pub struct IntervalsSimulator {
    shared: Arc<Shared>,
    server: RunningServer,
}

impl IntervalsSimulator {
    /// The athlete's number and name.
    pub const ATHLETE: (&str, &str) = ("i4711", "Sam Rider");

    /// Starts on a free port of 127.0.0.1 with a new key.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let for_routes = Arc::clone(&shared);
        let server = RunningServer::start(move |_| site::routes(for_routes))?;
        let simulator = Self { shared, server };
        simulator.new_key();
        Ok(simulator)
    }

    /// The `[intervals]` table of an endpoints file.
    pub fn endpoints_toml(&self) -> String {
        format!("[intervals]\nweb = \"{}\"\n", self.server.base())
    }

    /// The athlete's key.
    pub fn key(&self) -> String {
        lock(&self.shared.state).key.clone()
    }

    /// Makes a new key, which ends the old one.
    pub fn new_key(&self) -> String {
        let key = issued(random_text(24).to_lowercase());
        lock(&self.shared.state).key.clone_from(&key);
        key
    }

    /// What was uploaded, in that order.
    pub fn activities(&self) -> Vec<Activity> {
        lock(&self.shared.state).activities.clone()
    }

    /// The wellness of all days that have any.
    pub fn wellness(&self) -> BTreeMap<NaiveDate, Map<String, Value>> {
        lock(&self.shared.state).wellness.clone()
    }

    /// Queues a fault for an endpoint group: `athlete`, `list`, `upload`, `wellness_read`, `wellness_write` or `any`.
    pub fn fault(&self, on: &str, fault: WebFault, times: Times) {
        self.shared.faults.push(on, fault, times);
    }

    /// What clients did against the protocol, in order. Tests assert that this is empty.
    pub fn violations(&self) -> Vec<String> {
        self.shared.violations.all()
    }
}
