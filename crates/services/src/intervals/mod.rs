//! Intervals.icu: what it is, how to sign in with a personal key, and what it takes: activities and the day's weight.
//!
//! In the order of an account's life: [`sign_in`] (the key), [`api`] (requests), [`destination`].

mod api;
mod destination;
mod sign_in;

use std::sync::Arc;

use baton_core::{
    Connection, Destination, Error, Format, Kind, Result, Service, ServiceInfo, SignInFlow, SignInMethod,
    Source, TokenCell,
};

use self::destination::Deliveries;
use crate::World;

const NAME: &str = "Intervals.icu";

static INFO: ServiceInfo = ServiceInfo {
    id: "intervals",
    name: NAME,
    reads: &[],
    writes: &[Kind::Activity, Kind::Body],
    newest_only: &[],
    replaces: &[],
    accepts: &[Format::Fit, Format::Tcx, Format::Gpx],
    sign_in: &[SignInMethod { id: sign_in::KEY, name: "With your API key", needs_window: false }],
    notice: None,
    home: "https://intervals.icu",
    min_interval_minutes: 15,
    current_only: &[],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

/// The service.
pub struct Intervals {
    world: Arc<World>,
}

impl Intervals {
    pub fn new(world: Arc<World>) -> Intervals {
        Intervals { world }
    }
}

impl Service for Intervals {
    fn info(&self) -> &'static ServiceInfo {
        &INFO
    }

    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        if let Some(domain) = domain {
            return Err(Error::bad_input(format!(
                "Intervals.icu is the same everywhere; there is no “{domain}”"
            )));
        }
        sign_in::begin(method, &self.world)
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        Ok(Box::new(Athlete { deliveries: Deliveries::new(api::Api::new(&self.world, tokens)) }))
    }
}

/// A signed-in athlete.
struct Athlete {
    deliveries: Deliveries,
}

impl Connection for Athlete {
    fn source(&self) -> Option<&dyn Source> {
        None
    }

    fn destination(&self) -> Option<&dyn Destination> {
        Some(&self.deliveries)
    }
}

/// An answer of another form.
fn changed() -> Error {
    Error::service_changed(
        "Intervals.icu answered in a form that Baton does not know; Baton may need an update",
    )
}
