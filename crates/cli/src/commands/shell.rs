//! `completions` and `man`: what a shell and `man` want to know of this program.

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::{self, Arguments};
use crate::context::Context;
use crate::failure::{Exit, Result};
use crate::output;

/// The script for a shell.
pub fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "baton", &mut script);
    output::bytes(&script)?;
    Ok(Exit::Done)
}

/// The manual page, or with `--out` a page for each command.
pub fn man(arguments: args::Man, context: &Context<'_>) -> Result<Exit> {
    let mut command = Arguments::command();
    command.build();
    let Some(folder) = arguments.out else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        output::bytes(&page)?;
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(&folder).map_err(|error| baton_core::Error::storage(&folder, &error))?;
    let mut commands = vec![command];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().cloned());
        let page = Man::new(command)
            .generate_to(&folder)
            .map_err(|error| baton_core::Error::storage(&folder, &error))?;
        if context.output.json {
            output::object(&serde_json::json!({ "file": page }))?;
        } else {
            output::line(page.to_string_lossy())?;
        }
    }
    Ok(Exit::Done)
}
