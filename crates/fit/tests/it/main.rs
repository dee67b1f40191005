//! Files as others see them: round trips, damage, sample files, and Garmin's own SDK as the judge of what is written.

#![expect(clippy::unwrap_used, reason = "what cannot go on in a test fails it")]

mod any_bytes;
mod oracle;
mod readers;
mod round_trip;
mod sample_files;
mod samples;
