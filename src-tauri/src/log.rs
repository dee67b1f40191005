//! The log: a file for each day in the data directory, the same as the command line's. Nothing secret reaches it,
//! because secrets have no way to be printed.

use std::path::Path;

use baton_core::{Event, Outcome, RunEvent};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::prelude::*;

/// Days of which the log is kept.
const DAYS: usize = 7;

/// Begins to log. A folder that cannot be written to costs the log and nothing else.
pub fn begin(home: &Path) {
    let ours = ["baton_desktop", "baton_core", "baton_engine", "baton_fit", "baton_services"];
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_targets(ours.map(|name| (name, LevelFilter::INFO)))
        // The web view's own library tells whole addresses, which can hold tickets.
        .with_targets(["wry", "tao", "tauri", "tauri_runtime_wry"].map(|name| (name, LevelFilter::OFF)));
    let folder = home.join("logs");
    let file = std::fs::create_dir_all(&folder).ok().and_then(|()| {
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("baton")
            .filename_suffix("log")
            .max_log_files(DAYS)
            .build(&folder)
            .ok()
    });
    let file = file.map(|file| layer().with_ansi(false).with_writer(file).with_filter(targets));
    // A second start in one process would be refused, which is as good.
    let _ = tracing_subscriber::registry().with(file).try_init();
}

/// Writes down what a run did.
pub fn note(event: &Event) {
    match event {
        Event::Run(RunEvent::StepDone { step, route, outcome, .. }) => match outcome {
            Outcome::Created { key, .. } => tracing::info!(step, route, id = key.id, "sent"),
            Outcome::AlreadyThere { .. } => tracing::info!(step, route, "already there"),
            Outcome::Skipped { .. } => {}
            Outcome::Failed { error } => {
                tracing::warn!(step, route, kind = error.kind.name(), %error, "failed");
            }
        },
        Event::Run(RunEvent::Started { run }) => tracing::info!(run, "a run begins"),
        Event::Run(RunEvent::Finished { run, created, already_there, skipped, failed, error }) => {
            let error = error.as_ref().map(|error| error.kind.name());
            tracing::info!(run, created, already_there, skipped, failed, error, "a run ended");
        }
        _ => {}
    }
}
