//! Withings: what it is, how to sign in with one's own application, and the measurements it holds.
//!
//! In the order of an account's life: [`sign_in`] by way of [`authorize`] or [`import`]; [`tokens`] (kept and renewed);
//! [`api`] (requests) with [`wire`] (answers and their envelope); [`source`] (list); [`map`] (groups as entries) with
//! [`types`] (what the numbers mean) and [`decimal`].

mod api;
mod authorize;
mod decimal;
mod import;
mod map;
mod sign_in;
mod source;
mod tokens;
mod types;
mod wire;

use std::sync::Arc;

use baton_core::{
    Connection, Destination, Error, Kind, Result, Service, ServiceInfo, SignInFlow, SignInMethod, Source,
    TokenCell,
};

use self::source::Measurements;
use crate::World;

const NAME: &str = "Withings";

static INFO: ServiceInfo = ServiceInfo {
    id: "withings",
    name: NAME,
    reads: &[Kind::Body, Kind::BloodPressure],
    writes: &[],
    newest_only: &[],
    replaces: &[],
    accepts: &[],
    sign_in: &[
        SignInMethod { id: sign_in::BROWSER, name: "In your browser", needs_window: false },
        SignInMethod { id: sign_in::WINDOW, name: "On Withings' own page, in a window", needs_window: true },
        SignInMethod { id: sign_in::PASTE, name: "Paste the address from your browser", needs_window: false },
        SignInMethod { id: sign_in::DEMO, name: "As Withings' demo person, to try it", needs_window: false },
        SignInMethod {
            id: sign_in::IMPORT,
            name: "Take over the sign-in of withings-sync",
            needs_window: false,
        },
    ],
    notice: None,
    home: "https://app.withings.com",
    min_interval_minutes: 60,
    current_only: &[],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

/// The service.
pub struct Withings {
    world: Arc<World>,
}

impl Withings {
    pub fn new(world: Arc<World>) -> Withings {
        Withings { world }
    }
}

impl Service for Withings {
    fn info(&self) -> &'static ServiceInfo {
        &INFO
    }

    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        if let Some(domain) = domain {
            return Err(Error::bad_input(format!("Withings is the same everywhere; there is no “{domain}”")));
        }
        sign_in::begin(method, &self.world)
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        Ok(Box::new(Person { measurements: Measurements::new(&self.world, tokens) }))
    }
}

/// A signed-in person.
struct Person {
    measurements: Measurements,
}

impl Connection for Person {
    fn source(&self) -> Option<&dyn Source> {
        Some(&self.measurements)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        None
    }
}

/// An answer of another form.
fn changed() -> Error {
    Error::service_changed("Withings answered in a form that Baton does not know; Baton may need an update")
}
