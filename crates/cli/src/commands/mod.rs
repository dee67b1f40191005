//! The commands: each a short walk from arguments over a call of the engine to what is printed.

mod accounts;
mod convert;
mod doctor;
mod entries;
mod history;
mod plan;
mod routes;
mod settings;
mod shell;
mod sync;
mod webhook;

use std::path::Path;

use baton_core::Error;

use crate::args::Command;
use crate::context::Context;
use crate::failure::{Exit, Result};

/// Runs one command to its end.
pub fn run(command: Command, context: &Context<'_>) -> Result<Exit> {
    let mut runtime = match command {
        Command::Completions(arguments) => return shell::completions(arguments.shell),
        Command::Man(arguments) => return shell::man(arguments, context),
        Command::Services => return accounts::services(context),
        // These speak with services or convert; the others look something up and need no threads of their own.
        Command::Connect(_)
        | Command::Sync(_)
        | Command::Watch(_)
        | Command::Send(_)
        | Command::Convert(_)
        | Command::Import(_)
        | Command::Export(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime =
        runtime.enable_all().build().map_err(|error| Error::storage(Path::new("threads"), &error))?;
    let result = runtime.block_on(run_async(command, context));
    // What still waits in the background (a listener for the browser) has no say any more.
    runtime.shutdown_background();
    result
}

async fn run_async(command: Command, context: &Context<'_>) -> Result<Exit> {
    match command {
        Command::Connect(arguments) => accounts::connect(arguments, context).await,
        Command::Disconnect(arguments) => accounts::disconnect(arguments, context).await,
        Command::Accounts => accounts::accounts(context).await,
        Command::Services => accounts::services(context),
        Command::Routes(arguments) => routes::run(arguments, context).await,
        Command::List(arguments) => entries::list(arguments, context).await,
        Command::Show(arguments) => entries::show(arguments, context).await,
        Command::Sync(arguments) => sync::run(arguments, context).await,
        Command::Watch(arguments) => sync::watch(arguments, context).await,
        Command::Owner(arguments) => entries::owner(arguments, context).await,
        Command::Send(arguments) => sync::send(arguments, context).await,
        Command::Convert(arguments) => convert::convert(arguments, context).await,
        Command::Import(arguments) => sync::import(arguments, context).await,
        Command::Export(arguments) => convert::export(arguments, context).await,
        Command::History(arguments) => history::run(arguments, context).await,
        Command::Config(arguments) => settings::run(arguments, context).await,
        Command::Doctor => doctor::run(context).await,
        Command::Completions(arguments) => shell::completions(arguments.shell),
        Command::Man(arguments) => shell::man(arguments, context),
    }
}
