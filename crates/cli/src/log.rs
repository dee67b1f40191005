//! The log: a file for each day in `<home>/logs`, and stderr with `-v`. Nothing secret reaches it, because secrets have
//! no way to be printed.

use std::path::Path;

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::prelude::*;

/// Days of which the log is kept.
const DAYS: usize = 7;

/// Begins to log. A folder that cannot be written to costs the log and nothing else.
pub fn begin(home: &Path, verbose: u8) {
    let ours = |level| {
        Targets::new().with_default(LevelFilter::WARN.min(level)).with_targets(
            ["baton", "baton_core", "baton_engine", "baton_fit", "baton_services"].map(|name| (name, level)),
        )
    };
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
    let file =
        file.map(|file| layer().with_ansi(false).with_writer(file).with_filter(ours(LevelFilter::INFO)));
    let talk = match verbose {
        0 => None,
        1 => Some(LevelFilter::INFO),
        _ => Some(LevelFilter::TRACE),
    };
    let talk = talk.map(|level| {
        let colours = console::colors_enabled_stderr();
        layer().with_ansi(colours).with_writer(std::io::stderr).with_filter(ours(level))
    });
    // A second start in one process would be refused, which is as good.
    let _ = tracing_subscriber::registry().with(file).with(talk).try_init();
}
