//! The simulated Strava behaves as the real one is known to.

#![expect(clippy::unwrap_used, reason = "a step that fails is a failed test, in a helper as in a test")]

mod athletes;
mod limits;
mod reading;
mod samples;
mod sign_in;
mod support;
mod swagger;
mod uploads;
