//! The simulated Peloton behaves as the real one is known to, and its generated workouts agree with the facts stated
//! beside them.

#![expect(clippy::unwrap_used, reason = "a step that fails is a failed test, in a helper as in a test")]

mod api;
mod generator;
mod sign_in;
mod support;
