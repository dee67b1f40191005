//! `routes`: what goes where.

use baton_core::{IfSimilar, Kind, Time};
use baton_engine::Route;
use chrono::Local;
use serde_json::json;

use super::accounts::kinds;
use crate::args;
use crate::context::Context;
use crate::dates;
use crate::failure::{Exit, Failure, Result};
use crate::names::Names;
use crate::output;
use crate::prompts;
use crate::words;

pub async fn run(arguments: args::Routes, context: &Context<'_>) -> Result<Exit> {
    match arguments.command {
        None => list(context).await,
        Some(args::RoutesCommand::Add(arguments)) => add(*arguments, context).await,
        Some(args::RoutesCommand::Remove { route }) => {
            let engine = context.logged_engine().await?;
            engine.delete_route(&route).await?;
            if context.output.json {
                output::object(&json!({ "removed": route }))?;
            } else {
                output::line(format!("Removed the route {route}. What it sent stays where it is."))?;
            }
            Ok(Exit::Done)
        }
    }
}

async fn list(context: &Context<'_>) -> Result<Exit> {
    let engine = context.engine().await?;
    let routes = engine.routes().await?;
    if context.output.json {
        for route in routes {
            output::object(&route)?;
        }
        return Ok(Exit::Done);
    }
    if routes.is_empty() {
        context.output.say("No routes yet. `baton routes add <FROM> <TO>` adds one.");
        return Ok(Exit::Done);
    }
    let names = Names::load(&engine).await?;
    let rows = routes.iter().map(|route| {
        [
            route.id.clone(),
            names.label(&route.from),
            names.label(&route.to),
            kinds(&route.kinds),
            days(route),
            options(route),
        ]
    });
    context.output.table(["route", "from", "to", "carries", "days", "options"], &[], rows.collect())?;
    Ok(Exit::Done)
}

async fn add(arguments: args::AddRoute, context: &Context<'_>) -> Result<Exit> {
    let engine = context.logged_engine().await?;
    let names = Names::load(&engine).await?;
    let (from, to) = (names.resolve(&arguments.from)?, names.resolve(&arguments.to)?);
    let window =
        dates::window(arguments.since.as_deref(), arguments.until.as_deref(), (context.clock)(), &Local)?;
    let mut route = Route::new(from, to);
    // A route without a first day looks back some days only; one with the oldest day there is carries all.
    route.since = if arguments.since.is_some() { window.from.or(Some(Time::UNIX_EPOCH)) } else { None };
    route.until = window.until;
    route.kinds = if arguments.kinds.is_empty() { shared_kinds(&names, &route)? } else { arguments.kinds };
    route.include_sports = arguments.only;
    route.exclude_sports = arguments.except;
    route.format = arguments.format;
    route.title = arguments.title;
    route.description = arguments.description;
    route.gear = arguments.gear;
    route.join_gap_seconds = arguments.join_gap;
    route.recorded_elsewhere = arguments.recorded_elsewhere;
    route.if_similar = arguments.if_similar;
    let saved = engine.save_route(route).await?;
    if context.output.json {
        output::object(&saved)?;
        return Ok(Exit::Done);
    }
    let route = &saved.route;
    let (from, to) = (names.label(&route.from), names.label(&route.to));
    let words = format!("{from} → {to}, {}, {}", kinds(&route.kinds), days(route));
    output::line(format!("Added the route {}: {words}", route.id))?;
    for warning in &saved.warnings {
        prompts::say(&format!("Note: {warning}."));
    }
    context.output.say("Next: `baton sync --dry-run` shows what would be sent.");
    Ok(Exit::Done)
}

/// What one account has and the other takes.
fn shared_kinds(names: &Names, route: &Route) -> Result<Vec<Kind>> {
    let account = |id: &str| names.accounts().iter().find(|account| account.id == id);
    let (Some(from), Some(to)) = (account(&route.from), account(&route.to)) else {
        return Ok(route.kinds.clone());
    };
    let shared: Vec<_> = from.reads.iter().copied().filter(|kind| to.writes.contains(kind)).collect();
    if !shared.is_empty() {
        return Ok(shared);
    }
    let (from_name, to_name) = (&from.service_name, &to.service_name);
    Err(match (from.reads.is_empty(), to.writes.is_empty()) {
        (true, _) => Failure::usage(format!("nothing can be read from {from_name}, only sent there")),
        (_, true) => Failure::usage(format!("nothing can be sent to {to_name}, only read from there")),
        _ => Failure::usage(format!("{from_name} has nothing that {to_name} takes")),
    })
}

/// `since 2026-11-01`
fn days(route: &Route) -> String {
    let since = match route.since {
        None => "new ones".to_owned(),
        Some(since) if since <= Time::UNIX_EPOCH => "all".to_owned(),
        Some(since) => format!("since {}", day(since)),
    };
    match route.until {
        Some(until) => format!("{since}, before {}", day(until)),
        None => since,
    }
}

/// A moment without its time where that is midnight here.
fn day(time: Time) -> String {
    let text = words::moment(time, None);
    text.strip_suffix(" 00:00").unwrap_or(&text).to_owned()
}

fn options(route: &Route) -> String {
    let mut options = Vec::new();
    if !route.enabled {
        options.push("off".to_owned());
    }
    if !route.include_sports.is_empty() {
        options.push(format!("only {}", route.include_sports.join(", ")));
    }
    if !route.exclude_sports.is_empty() {
        options.push(format!("except {}", route.exclude_sports.join(", ")));
    }
    options.extend(route.format.map(|format| format!("as {}", format.extension())));
    options.extend(route.title.as_ref().map(|title| format!("title {title}")));
    options.extend(route.description.as_ref().map(|text| format!("description {text}")));
    options.extend(route.gear.as_ref().map(|gear| format!("gear {gear}")));
    options.extend(route.join_gap_seconds.map(|gap| format!("joined within {gap} s")));
    if route.recorded_elsewhere {
        options.push("recorded elsewhere too".to_owned());
    }
    match route.if_similar {
        IfSimilar::Leave => {}
        IfSimilar::Send => options.push("beside similar ones".to_owned()),
        IfSimilar::Merge => options.push("merged with similar ones".to_owned()),
    }
    options.join("; ")
}
