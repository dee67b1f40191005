//! `convert` and `export`: files on this computer, nothing is sent.

use std::path::PathBuf;

use baton_engine::EntryId;
use serde_json::json;

use super::entries;
use crate::args;
use crate::context::Context;
use crate::failure::{Exit, Result};
use crate::names::Names;
use crate::output;

pub async fn convert(arguments: args::Convert, context: &Context<'_>) -> Result<Exit> {
    let engine = context.engine().await?;
    let mut exit = Exit::Done;
    for file in &arguments.files {
        match engine.convert(file, arguments.format, &arguments.out).await {
            Ok(written) => tell(&written, context)?,
            // The other files have nothing to do with this one.
            Err(error) => exit = exit.worse(context.output.report(error.into())),
        }
    }
    Ok(exit)
}

pub async fn export(arguments: args::Export, context: &Context<'_>) -> Result<Exit> {
    let engine = context.logged_engine().await?;
    let names = Names::load(&engine).await?;
    let mut ids = Vec::new();
    // All names are checked before the first file is written.
    for named in &arguments.entries {
        let line = entries::find(&engine, &names, named).await?;
        ids.push(EntryId { account: line.account, key: line.entry.key });
    }
    let mut exit = Exit::Done;
    for id in &ids {
        match engine.export(id, arguments.format, &arguments.out).await {
            Ok(written) => tell(&[written], context)?,
            Err(error) => {
                let error = error.while_doing(format!("{}/{}", id.account, id.key));
                exit = exit.worse(context.output.report(error.into()));
            }
        }
    }
    Ok(exit)
}

/// The path of each file written, a line for each.
fn tell(written: &[PathBuf], context: &Context<'_>) -> Result<()> {
    written.iter().try_for_each(|path| {
        if context.output.json {
            output::object(&json!({ "file": path }))
        } else {
            output::line(path.to_string_lossy())
        }
    })
}
