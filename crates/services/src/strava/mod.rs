//! Strava: what it is, how to sign in with one's own application, and handing activities and the weight over.
//!
//! In the order of an account's life: [`sign_in`] by way of [`authorize`]; [`tokens`] (kept and renewed); [`api`]
//! (requests) with [`limits`] (how many are welcome) and [`wire`] (answers); [`destination`], which goes to
//! [`activities`] ([`calendar`], [`upload`], [`sports`]) and to [`weight`].

mod activities;
mod api;
mod authorize;
mod calendar;
mod destination;
mod limits;
mod sign_in;
mod sports;
mod tokens;
mod upload;
mod weight;
mod wire;

use std::sync::Arc;

use baton_core::{
    Connection, Destination, Error, Format, Kind, Result, Service, ServiceInfo, SignInFlow, SignInMethod,
    Source, TokenCell,
};

use self::api::Api;
use self::destination::Deliveries;
use crate::World;

const NAME: &str = "Strava";

static INFO: ServiceInfo = ServiceInfo {
    id: "strava",
    name: NAME,
    reads: &[],
    writes: &[Kind::Activity, Kind::Body],
    newest_only: &[Kind::Body],
    replaces: &[],
    accepts: &[Format::Fit, Format::Tcx, Format::Gpx],
    sign_in: &[
        SignInMethod { id: sign_in::BROWSER, name: "In your browser", needs_window: false },
        SignInMethod { id: sign_in::PASTE, name: "Paste the address from your browser", needs_window: false },
    ],
    notice: None,
    home: "https://www.strava.com",
    min_interval_minutes: 60,
    // Strava's terms let what was read there be kept for a week.
    keep_raw: false,
};

/// The service.
pub struct Strava {
    world: Arc<World>,
}

impl Strava {
    pub fn new(world: Arc<World>) -> Strava {
        Strava { world }
    }
}

impl Service for Strava {
    fn info(&self) -> &'static ServiceInfo {
        &INFO
    }

    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        if let Some(domain) = domain {
            return Err(Error::bad_input(format!("Strava is the same everywhere; there is no “{domain}”")));
        }
        sign_in::begin(method, &self.world)
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        Ok(Box::new(Athlete { deliveries: Deliveries::new(Arc::new(Api::new(&self.world, tokens))) }))
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
