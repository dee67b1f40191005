//! Simulated vendors with a memory, for tests, benchmarks and the demo.

pub mod garmin;
pub mod peloton;
pub mod program;
pub mod server;
