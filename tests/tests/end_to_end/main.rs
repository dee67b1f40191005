//! The real `baton` program against the simulated services, from the first sign-in to the last receipt.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod bad_input;
mod body;
mod body_bad_input;
mod export;
mod folder_body;
mod folder_watch;
mod garmin_source;
mod intervals;
mod kills;
mod machine;
mod merging;
mod news;
mod outcomes;
mod polar;
mod runalyze;
mod scale;
mod secrets;
mod similar;
mod strava;
mod strava_source;
mod two_processes;
#[cfg(target_os = "linux")]
mod unattended;
mod variables;
mod whole_job;
mod world;
