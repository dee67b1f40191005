//! Every service that Baton speaks with, one folder each, and the HTTP that they share. The only crate that talks to
//! vendors.
//!
//! Start at [`all`]; then read a vendor's `mod.rs`, which goes from what the service is over its sign-in to its data.

use std::sync::Arc;

use baton_core::{Clock, Service};

pub mod endpoints;
pub mod folder;
pub mod garmin;
pub mod http;
pub mod intervals;
pub mod loopback;
mod loose;
pub mod oauth;
pub mod peloton;
pub mod polar;
pub mod receiver;
mod renewal;
pub mod runalyze;
pub mod strava;
#[cfg(test)]
mod test_server;
pub mod trainerroad;
pub mod visit;
pub mod withings;

pub use endpoints::Endpoints;
use http::Http;

/// The vendors' hosts whose base addresses can be replaced by simulators.
const ENDPOINTS: &[(&str, &[&str])] = &[
    ("garmin", &["sso", "connect", "connectapi", "diauth", "consumer"]),
    ("peloton", &["auth", "api", "members"]),
    ("withings", &["account", "api"]),
    ("trainerroad", &["web"]),
    ("strava", &["web", "api"]),
    ("polar", &["flow", "auth", "account", "api"]),
    ("intervals", &["web"]),
    ("runalyze", &["web"]),
];

/// What services need of the world outside.
pub struct World {
    pub endpoints: Endpoints,
    pub clock: Clock,
    pub http: Http,
}

impl World {
    pub fn new(endpoints: Endpoints, clock: Clock) -> World {
        let http = Http::new(&endpoints, clock.clone());
        World { endpoints, clock, http }
    }
}

/// All services, in the order in which menus show them.
pub fn all(world: &Arc<World>) -> Vec<Arc<dyn Service>> {
    vec![
        Arc::new(peloton::Peloton::new(world.clone())),
        Arc::new(polar::Polar::new(world.clone())),
        Arc::new(withings::Withings::new(world.clone())),
        Arc::new(garmin::Garmin::new(world.clone())),
        Arc::new(strava::Strava::new(world.clone())),
        Arc::new(intervals::Intervals::new(world.clone())),
        Arc::new(runalyze::Runalyze::new(world.clone())),
        Arc::new(trainerroad::TrainerRoad::new(world.clone())),
        Arc::new(folder::Folder::new(world.clone())),
    ]
}
