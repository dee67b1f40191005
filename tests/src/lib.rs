//! Simulated vendors with a memory, for tests, benchmarks and the demo.

pub mod clock;
pub mod control;
pub mod fit_sdk;
pub mod garble;
pub mod garmin;
pub mod intervals;
pub mod peloton;
pub mod polar;
pub mod program;
pub mod runalyze;
pub mod server;
pub mod strava;
pub mod trainerroad;
pub mod web_fault;
pub mod withings;
