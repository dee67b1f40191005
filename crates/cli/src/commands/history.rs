//! `history`: what was done when.

use baton_engine::{Run, Trigger};

use crate::args;
use crate::context::Context;
use crate::failure::{Exit, Result};
use crate::output;
use crate::words;

pub async fn run(arguments: args::History, context: &Context<'_>) -> Result<Exit> {
    let engine = context.engine().await?;
    let runs = engine.runs(arguments.limit).await?;
    if context.output.json {
        for run in runs {
            output::object(&run)?;
        }
        return Ok(Exit::Done);
    }
    if runs.is_empty() {
        context.output.say("No syncs yet.");
        return Ok(Exit::Done);
    }
    let rows = runs.iter().map(|run| {
        let began = match run.trigger {
            Trigger::Person => "by hand",
            Trigger::Schedule => "on schedule",
            Trigger::Waking => "after waking",
            Trigger::News => "told by a service",
        };
        let length = run.finished.map(|finished| words::took((finished - run.started).as_seconds_f64()));
        [words::moment(run.started, None), began.to_owned(), length.unwrap_or_default(), result(run)]
    });
    context.output.table(["when", "began", "took", "result"], &["took"], rows.collect())?;
    Ok(Exit::Done)
}

fn result(run: &Run) -> String {
    let counts = words::counts("sent", [run.created, run.already_there, run.skipped, run.failed]);
    match (&run.error, run.finished) {
        (Some(error), _) => format!("{counts}; {}", error.message),
        (None, None) => format!("{counts}; cut off, or still going on"),
        (None, Some(_)) => counts,
    }
}
