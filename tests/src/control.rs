//! What every simulator's own door (`/_sim/…`) understands alike: faults to queue, options to change, and the list of
//! what clients did against a protocol.

use std::sync::Mutex;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::server::{FaultQueue, Times, lock};

/// How many violations are kept; a client that breaks a rule does so at each request.
const VIOLATIONS_KEPT: usize = 1000;

/// What clients did against a protocol, in order.
#[derive(Debug, Default)]
pub struct Violations(Mutex<Vec<String>>);

impl Violations {
    /// Notes one.
    pub fn note(&self, what: impl Into<String>) {
        let mut all = lock(&self.0);
        if all.len() < VIOLATIONS_KEPT {
            all.push(what.into());
        }
    }

    /// All of them (the first 1,000).
    pub fn all(&self) -> Vec<String> {
        lock(&self.0).clone()
    }
}

/// `{"on":"measure","kind":"rate_limited","times":1}`, or `"sticky":true` for as long as it is not cleared.
#[derive(Debug, Deserialize)]
pub struct FaultRequest<F> {
    on: String,
    #[serde(default)]
    times: Option<u32>,
    #[serde(default)]
    sticky: bool,
    #[serde(flatten)]
    fault: F,
}

impl<F: Clone> FaultRequest<F> {
    /// Puts the fault into the queue.
    pub fn queue(self, faults: &FaultQueue<F>) {
        let times = if self.sticky { Times::Always } else { Times::Next(self.times.unwrap_or(1)) };
        faults.push(self.on, self.fault, times);
    }
}

/// Changes the named options and leaves the others. The error names what was wrong.
pub fn change_options<T: Serialize + DeserializeOwned>(
    options: &Mutex<T>,
    changes: Map<String, Value>,
) -> Result<(), String> {
    let mut options = lock(options);
    let Ok(Value::Object(mut all)) = serde_json::to_value(&*options) else {
        return Err("the options are not an object".into());
    };
    for (name, value) in changes {
        if !all.contains_key(&name) {
            return Err(format!("no option is called {name}"));
        }
        all.insert(name, value);
    }
    *options = serde_json::from_value(Value::Object(all)).map_err(|error| error.to_string())?;
    Ok(())
}
