//! The real `baton` program against the simulated services, from the first sign-in to the last receipt.

mod bad_input;
mod kills;
mod machine;
mod outcomes;
mod secrets;
mod two_processes;
mod whole_job;
mod world;
