//! Peloton's payloads, as files, in the eyes of Garmin's own decoder: every generated discipline against the truth
//! that it was generated from, and every real payload at hand against what the payload itself says.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod generated;
mod samples;
mod sdk;
