//! The `baton` program: reads the command line, runs one command, and says by its exit status how it ended.

mod args;
mod commands;
mod context;
mod dates;
mod failure;
mod log;
mod names;
mod output;
mod progress;
mod prompts;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use baton_engine::environment::Environment;
use clap::{ColorChoice, CommandFactory, FromArgMatches};

use args::Arguments;
use context::Context;
use failure::Exit;
use output::Output;

fn main() -> ExitCode {
    // Another provider in place already would serve as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let environment = |name: &str| std::env::var_os(name);
    let arguments = match read(std::env::args_os().collect(), &environment) {
        Ok(arguments) => arguments,
        Err(error) => {
            // The help goes to stdout and ends well, all else goes to stderr.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    let output = Output::new(&arguments.global);
    let context = Context::new(arguments.global, output, &environment);
    commands::run(arguments.command, &context).unwrap_or_else(|failure| output.report(failure)).into()
}

/// Reads the command line and settles whether there are colours, before anything is printed.
fn read(words: Vec<OsString>, environment: Environment<'_>) -> Result<Arguments, clap::Error> {
    let plain = words.iter().any(|word| word == "--no-color")
        || environment("NO_COLOR").is_some_and(|value| !value.is_empty());
    let mut command = Arguments::command();
    if plain {
        console::set_colors_enabled(false);
        console::set_colors_enabled_stderr(false);
        command = command.color(ColorChoice::Never);
    }
    Arguments::from_arg_matches(&command.try_get_matches_from(words)?)
}
