//! Files as others see them: round trips, damage, sample files, and Garmin's own SDK as the judge of what is written.

#![expect(clippy::unwrap_used, reason = "what cannot go on in a test fails it")]

mod any_bytes;
mod every_field;
mod fields;
mod losses;
mod mutations;
mod odd_files;
mod oracle;
mod packed;
mod readers;
mod real_files;
mod round_trip;
mod sample_files;
mod samples;
mod sdk;
