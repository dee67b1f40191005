//! The simulated Withings behaves as the real one is known to, and its generated histories agree with the facts stated
//! beside them.

#![expect(clippy::unwrap_used, reason = "a step that fails is a failed test, in a helper as in a test")]

mod generator;
mod limits;
mod measures;
mod samples;
mod sign_in;
mod support;
