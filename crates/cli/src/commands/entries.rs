//! `list` and `show`: what the accounts hold, and what became of it.

use baton_core::{Entry, ErrorKind, Owner, RecordedBy};
use baton_engine::{Delivery, DeliveryState, Engine, EntriesQuery, EntryId, EntryLine};

use super::accounts::kinds;
use crate::args;
use crate::context::Context;
use crate::failure::{Exit, Failure, Result};
use crate::names::Names;
use crate::output;
use crate::words;

/// An entry as the command line names it: `account/key`.
pub fn name(account: &str, entry: &Entry) -> String {
    format!("{account}/{}", entry.key)
}

/// The entry that a person named: `account/key`, or the key alone where one account has it.
///
/// # Errors
/// `BadInput` where no such entry was ever listed.
pub async fn find(engine: &Engine, names: &Names, named: &str) -> Result<EntryLine> {
    let unknown = || {
        Failure::usage(format!("there is no entry “{named}”")).hint("`baton list` shows those that there are")
    };
    if let Some((account, key)) = named.split_once('/') {
        return engine.entry(account, key).await.map_err(|error| match error.kind {
            ErrorKind::BadInput => unknown(),
            _ => error.into(),
        });
    }
    for account in names.accounts() {
        if let Ok(line) = engine.entry(&account.id, named).await {
            return Ok(line);
        }
    }
    Err(unknown())
}

pub async fn list(arguments: args::List, context: &Context<'_>) -> Result<Exit> {
    let engine = context.engine().await?;
    let names = Names::load(&engine).await?;
    let query = EntriesQuery {
        search: arguments.search.unwrap_or_default(),
        account: arguments.account.map(|account| names.resolve(&account)).transpose()?,
        limit: arguments.limit,
        ..EntriesQuery::default()
    };
    let lines = engine.entries(query).await?;
    if context.output.json {
        for line in lines {
            output::object(&line)?;
        }
        return Ok(Exit::Done);
    }
    if lines.is_empty() {
        context.output.say("Nothing is listed. `baton sync --dry-run` looks what the accounts hold.");
        return Ok(Exit::Done);
    }
    let rows = lines.into_iter().map(|line| {
        let EntryLine { account, entry, deliveries, .. } = line;
        let became = deliveries
            .iter()
            .filter(|delivery| delivery.state != DeliveryState::Skipped)
            .map(|delivery| format!("{} {}", names.label(&delivery.destination), short_state(delivery)))
            .collect::<Vec<_>>();
        [
            words::moment(entry.span.start, entry.utc_offset),
            words::duration(entry.span.seconds()),
            entry.title.clone(),
            words::sport(entry.sport, entry.sub_sport),
            became.join(", "),
            name(&account, &entry),
        ]
    });
    context.output.table(
        ["when", "time", "title", "sport", "went to", "entry"],
        &["time"],
        rows.collect(),
    )?;
    Ok(Exit::Done)
}

pub async fn show(arguments: args::Show, context: &Context<'_>) -> Result<Exit> {
    let engine = context.engine().await?;
    let names = Names::load(&engine).await?;
    let line = find(&engine, &names, &arguments.entry).await?;
    if context.output.json {
        output::object(&line)?;
        return Ok(Exit::Done);
    }
    let EntryLine { account, entry, deliveries, .. } = &line;
    let mut rows = vec![
        ["entry".to_owned(), name(account, entry)],
        ["title".to_owned(), entry.title.clone()],
        ["when".to_owned(), words::moment(entry.span.start, entry.utc_offset)],
        ["time".to_owned(), words::duration(entry.span.seconds())],
        ["kind".to_owned(), kinds(&[entry.kind])],
        ["sport".to_owned(), words::sport(entry.sport, entry.sub_sport)],
        ["from".to_owned(), names.label(account)],
    ];
    if let RecordedBy::Elsewhere(by) = &entry.recorded_by {
        rows.push(["recorded by".to_owned(), by.clone()]);
    }
    match entry.owner {
        Owner::Certain => {}
        Owner::Doubtful => rows.push(["owner".to_owned(), "in doubt; `baton owner` settles it".to_owned()]),
        Owner::Mine => rows.push(["owner".to_owned(), "you, as you said".to_owned()]),
        Owner::NotMine => rows.push(["owner".to_owned(), "somebody else, as you said".to_owned()]),
    }
    if let Some(gone) = line.gone {
        let since = words::moment(gone, None);
        rows.push(["state".to_owned(), format!("deleted at its source, seen {since}; copies stay")]);
    }
    if let Some(measured) = &entry.measured {
        rows.extend(words::measured(measured));
    }
    if entry.in_progress {
        rows.push(["state".to_owned(), "still going on".to_owned()]);
    }
    rows.retain(|[_, value]| !value.is_empty());
    context.output.table(["", ""], &[], rows)?;
    if deliveries.is_empty() {
        output::line("\nNot sent anywhere yet")?;
    }
    for delivery in deliveries {
        output::line("")?;
        for line in became(delivery, entry.utc_offset, &names, &engine) {
            output::line(line)?;
        }
    }
    Ok(Exit::Done)
}

pub async fn owner(arguments: args::Owner, context: &Context<'_>) -> Result<Exit> {
    let engine = context.logged_engine().await?;
    let names = Names::load(&engine).await?;
    let mut ids = Vec::new();
    for named in &arguments.entries {
        let line = find(&engine, &names, named).await?;
        ids.push(EntryId { account: line.account, key: line.entry.key });
    }
    engine.answer_owner(&ids, arguments.mine).await?;
    let count = words::count(ids.len() as u64, "measurement is", "measurements are");
    if context.output.json {
        output::object(&serde_json::json!({ "entries": ids, "mine": arguments.mine }))?;
    } else if arguments.mine {
        output::line(format!("{count} yours. The next sync sends what a route carries."))?;
    } else {
        output::line(format!("{count} somebody else's and will not be sent."))?;
    }
    Ok(Exit::Done)
}

/// A delivery in one or two words.
fn short_state(delivery: &Delivery) -> &'static str {
    match delivery.state {
        DeliveryState::Planned => "waiting",
        DeliveryState::Sending => "cut off",
        DeliveryState::Created => "sent",
        DeliveryState::AlreadyThere => "already there",
        DeliveryState::Failed => "failed",
        DeliveryState::Skipped => "skipped",
    }
}

/// A delivery in full: where to, how it ended, where the file is.
fn became(delivery: &Delivery, utc_offset: Option<i32>, names: &Names, engine: &Engine) -> Vec<String> {
    let when = words::moment(delivery.changed, None);
    let mut lines =
        vec![format!("→ {}: {}, {when}", names.label(&delivery.destination), short_state(delivery))];
    let mut detail = |name: &str, value: String| lines.push(format!("  {name:<10}{value}"));
    if let Some(remote) = &delivery.remote {
        detail("there", remote.id.clone());
        if let Some(link) = &remote.link {
            detail("link", link.clone());
        }
    }
    if let Some(similar) = &delivery.similar {
        detail("because", format!("{} is there", words::similar(similar, utc_offset)));
        detail("", "`baton send` with --even-if-similar sends this one as well".to_owned());
    }
    if let Some(skip) = &delivery.skip {
        detail("because", words::skip(skip));
    }
    if let Some(error) = &delivery.error {
        detail("because", error.message.clone());
        detail("tries", delivery.attempts.to_string());
    }
    if let Some(next_try) = delivery.next_try {
        detail("next try", format!("not before {}", words::moment(next_try, None)));
    }
    if let Some(first) = &delivery.joined_into {
        detail("joined", format!("with {}/{first}", delivery.source));
    }
    if let Some(merged) = &delivery.merged_with {
        let name = format!("{}/{}", merged.account, merged.key);
        detail("merged", format!("with “{}”, {} ({name})", merged.title, names.label(&merged.account)));
    }
    if let Some(file) = &delivery.file {
        detail("file", engine.archive().path(file).display().to_string());
    }
    for remark in &delivery.remarks {
        detail("note", remark.clone());
    }
    lines
}
