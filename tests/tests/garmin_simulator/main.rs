//! The simulated Garmin Connect itself: what it lets in, what it refuses, what it remembers.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod body;
mod client;
mod data;
mod sign_in;
