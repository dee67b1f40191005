//! `doctor`: what is in order on this computer, and what is not.

use baton_core::Error;
use baton_engine::AccountState;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Result};
use crate::output;
use crate::words;

/// Prints one line for each thing looked at. What is wrong sets the exit status: 3 where somebody must sign in or
/// unlock, else 1.
pub async fn run(context: &Context<'_>) -> Result<Exit> {
    let engine = context.engine().await?;
    let found = engine.diagnostics().await?;
    let checks = [
        (format!("settings  {}", engine.config_path().display()), trouble(&found.config)),
        (format!("folder    {}", found.home.display()), trouble(&found.home_writable)),
        (format!("sign-ins  sealed by {}", found.vault_kind), trouble(&found.vault)),
        (format!("clock     {}", words::moment(found.clock, None)), trouble(&found.clock_check)),
    ];
    let mut exit = Exit::Done;
    for (_, check) in &checks {
        if let Some(error) = check {
            exit = exit.worse(Exit::Partly).worse(Exit::of(&error.kind));
        }
    }
    for account in &found.accounts {
        exit = exit.worse(match &account.state {
            AccountState::Connected => Exit::Done,
            AccountState::NeedsPerson { error, .. } => Exit::of(&error.kind),
            AccountState::Resting { .. } | AccountState::Trouble { .. } | AccountState::UnknownService => {
                Exit::Partly
            }
        });
    }
    let output = context.output;
    if output.json {
        output::object(&found)?;
        return Ok(exit);
    }
    output::line(format!("Baton {} on {}", found.version, found.system))?;
    for (words, check) in checks {
        match check {
            None => output::line(format!("ok       {words}"))?,
            Some(error) => output::line(format!("trouble  {words}: {}", error.message))?,
        }
    }
    for account in &found.accounts {
        let (word, state) = match &account.state {
            AccountState::Connected => ("ok", "connected".to_owned()),
            AccountState::NeedsPerson { error, .. } => ("trouble", error.message.clone()),
            AccountState::Resting { error, until } => {
                ("waiting", format!("until {}: {}", words::moment(*until, None), error.message))
            }
            AccountState::Trouble { error, .. } => ("trouble", error.message.clone()),
            AccountState::UnknownService => ("trouble", "this Baton does not know the service".to_owned()),
        };
        output::line(format!("{word:<9}account   {}: {state}", account.id))?;
    }
    for (service, until) in &found.sign_in_cool_downs {
        let until = words::moment(*until, None);
        output::line(format!("waiting  sign-in   {service} takes no sign-ins until {until}"))?;
    }
    output::line("")?;
    output::line(format!("routes   {}", found.routes))?;
    for (account, entries) in &found.entries {
        output::line(format!("entries  {account}: {}", words::number(*entries)))?;
    }
    let last = found.last_run.map_or_else(|| "never".to_owned(), |time| words::moment(time, None));
    output::line(format!("synced   {last}"))?;
    let (files, size) =
        (words::count(found.archive_files, "file", "files"), words::size(found.archive_bytes));
    output::line(format!("archive  {files}, {size}; history {}", words::size(found.ledger_bytes)))?;
    Ok(exit)
}

/// What is wrong, if anything is: a check shows it as its field `error`.
fn trouble(check: &impl Serialize) -> Option<Error> {
    let check = serde_json::to_value(check).ok()?;
    serde_json::from_value(check.get("error")?.clone()).ok()
}
