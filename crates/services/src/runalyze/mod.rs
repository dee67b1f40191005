//! Runalyze: what it is, how to sign in with a personal token, and what it takes: files of activities.
//!
//! Its interface takes files and lists nothing, so that it cannot be looked whether one arrived. In the order of an account's
//! life: [`sign_in`] (the token), [`api`] (requests and the delivery).

mod api;
mod sign_in;

use std::sync::Arc;

use baton_core::{
    Connection, Destination, Error, Format, Kind, Result, Service, ServiceInfo, SignInFlow, SignInMethod,
    Source, TokenCell,
};

use self::api::Uploads;
use crate::World;

const NAME: &str = "Runalyze";

static INFO: ServiceInfo = ServiceInfo {
    id: "runalyze",
    name: NAME,
    reads: &[],
    writes: &[Kind::Activity],
    newest_only: &[],
    replaces: &[],
    accepts: &[Format::Fit, Format::Tcx, Format::Gpx],
    sign_in: &[SignInMethod { id: sign_in::KEY, name: "With your personal token", needs_window: false }],
    notice: None,
    home: "https://runalyze.com",
    min_interval_minutes: 15,
    current_only: &[],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

/// The service.
pub struct Runalyze {
    world: Arc<World>,
}

impl Runalyze {
    pub fn new(world: Arc<World>) -> Runalyze {
        Runalyze { world }
    }
}

impl Service for Runalyze {
    fn info(&self) -> &'static ServiceInfo {
        &INFO
    }

    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        if let Some(domain) = domain {
            return Err(Error::bad_input(format!("Runalyze is the same everywhere; there is no “{domain}”")));
        }
        sign_in::begin(method, &self.world)
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        Ok(Box::new(Athlete { uploads: Uploads::new(&self.world, tokens) }))
    }
}

/// A signed-in athlete.
struct Athlete {
    uploads: Uploads,
}

impl Connection for Athlete {
    fn source(&self) -> Option<&dyn Source> {
        None
    }

    fn destination(&self) -> Option<&dyn Destination> {
        Some(&self.uploads)
    }
}
