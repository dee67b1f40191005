//! `sync`, `send`, `import` and `watch`: what carries entries from one account to another.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use baton_core::{Attention, ErrorKind, Event, IfSimilar, Outcome, RunEvent};
use baton_engine::{Engine, EntryId, Imported, Output, Receiver, RunSummary, Scope, Stop};
use chrono::Local;

use super::{entries, plan, webhook};
use crate::args;
use crate::context::Context;
use crate::dates;
use crate::failure::{Exit, Failure, Hint, Result};
use crate::names::Names;
use crate::output::{self, Output as Talk};
use crate::progress::Progress;
use crate::words;

pub async fn run(arguments: args::Sync, context: &Context<'_>) -> Result<Exit> {
    let window =
        dates::window(arguments.since.as_deref(), arguments.until.as_deref(), (context.clock)(), &Local)?;
    let engine = context.logged_engine().await?;
    let names = Names::load(&engine).await?;
    let routes = engine.routes().await?;
    // Without a first day a route's own counts; "all" replaces it by the oldest day there is.
    let everything = arguments.since.is_some() && window.from.is_none();
    let scope = Scope {
        route: arguments.route,
        since: if everything { Some(baton_core::Time::UNIX_EPOCH) } else { window.from },
        until: window.until,
        limit: arguments.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        output: arguments.out.map_or(Output::Deliver, Output::Folder),
        ..Scope::default()
    };
    if names.accounts().is_empty() {
        return Err(Failure::usage("there are no accounts yet"))
            .hint("`baton services` shows what can be connected, `baton connect <SERVICE>` signs in");
    }
    if routes.is_empty() && scope.output == Output::Deliver {
        return Err(no_routes());
    }
    if arguments.dry_run {
        let events = engine.listen();
        let planned = engine.plan(&scope).await?;
        plan::show(&planned, &names, context)?;
        let left = left_alone(&engine, events).await?;
        return Ok(trouble(&left, &names, context));
    }
    if scope.output == Output::Folder("-".into()) {
        return to_stdout(&engine, scope, &names, context).await;
    }
    let to_folder = scope.output != Output::Deliver;
    let mut progress =
        Progress::new(context.output, names.destinations(&routes), String::new()).writing_files(to_folder);
    let summary = follow(&engine, &mut progress, context, engine.sync(scope)).await?;
    Ok(finish(&summary, &names, context))
}

/// `--out -`: the one file goes to stdout, and nothing else does.
async fn to_stdout(engine: &Engine, scope: Scope, names: &Names, context: &Context<'_>) -> Result<Exit> {
    let made = follow(engine, &mut Silent, context, engine.one_file(scope)).await?;
    let exit = finish(&made.0, names, context);
    match made.1 {
        Some(file) => output::bytes(&file.bytes)?,
        None => context.output.say("There is nothing to write."),
    }
    Ok(exit)
}

pub async fn send(arguments: args::Send, context: &Context<'_>) -> Result<Exit> {
    let engine = context.logged_engine().await?;
    let names = Names::load(&engine).await?;
    let to = names.resolve(&arguments.to)?;
    let mut ids = Vec::new();
    for named in &arguments.entries {
        let line = entries::find(&engine, &names, named).await?;
        ids.push(EntryId { account: line.account, key: line.entry.key });
    }
    let mut progress = Progress::new(context.output, BTreeMap::new(), names.label(&to));
    let if_similar = arguments.even_if_similar.then_some(IfSimilar::Send);
    let summary = follow(&engine, &mut progress, context, engine.send(&ids, &to, if_similar)).await?;
    Ok(finish(&summary, &names, context))
}

/// `import`: files are sent as if a source had listed them.
pub async fn import(arguments: args::Import, context: &Context<'_>) -> Result<Exit> {
    let engine = context.logged_engine().await?;
    let names = Names::load(&engine).await?;
    let to = arguments.to.map(|to| names.resolve(&to)).transpose()?;
    let writable = names.accounts().iter().find(|account| !account.writes.is_empty());
    let label = to.as_deref().or(writable.map(|account| account.id.as_str())).map(|id| names.label(id));
    let mut progress = Progress::new(context.output, BTreeMap::new(), label.unwrap_or_default());
    let work = engine.import(&arguments.files, to.as_deref());
    let Imported { summary, left_out } = follow(&engine, &mut progress, context, work).await?;
    for (path, remark) in left_out {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        context.output.say(format!("{name}, {remark}. It is left out."));
    }
    Ok(finish(&summary, &names, context))
}

/// `watch`: syncs by the schedule until it is told to end.
pub async fn watch(arguments: args::Watch, context: &Context<'_>) -> Result<Exit> {
    let engine = context.logged_engine().await?;
    let names = Names::load(&engine).await?;
    let routes = engine.routes().await?;
    if routes.is_empty() {
        return Err(no_routes());
    }
    let listening = webhook::listen(&arguments).await?;
    match engine.next_sync().await? {
        Some(next) => {
            let next = words::moment(next, None);
            context.output.say(format!("Syncing by the schedule. The next sync is at {next}. Ctrl-C ends."));
        }
        None => context.output.say("Paused. `baton config set schedule.paused false` goes on."),
    }
    let mut shown = Watched {
        progress: Progress::new(context.output, names.destinations(&routes), String::new()),
        attention: engine.attention().await?,
        names: &names,
        context,
    };
    trouble(&shown.attention, &names, context);
    let stop = Stop::default();
    let thrown = stop.clone();
    let keep = async {
        match listening {
            Some(listening) => listening.keep(&engine, &names, context).await,
            None => std::future::pending().await,
        }
    };
    let work = async {
        tokio::select! {
            ended = engine.run_schedule(stop) => ended,
            () = keep => Ok(()),
        }
    };
    follow_until(&engine, &mut shown, context, move || thrown.stop(), work).await?;
    Ok(Exit::Done)
}

/// Who is told of each event.
trait Listener {
    fn hear(&mut self, event: &Event) -> Result<()>;
}

impl Listener for Progress {
    fn hear(&mut self, event: &Event) -> Result<()> {
        self.show(event)
    }
}

/// Nobody is told: stdout is taken.
struct Silent;

impl Listener for Silent {
    fn hear(&mut self, _: &Event) -> Result<()> {
        Ok(())
    }
}

/// Runs that follow each other: what comes to need the person is said once.
struct Watched<'a> {
    progress: Progress,
    attention: Vec<Attention>,
    names: &'a Names,
    context: &'a Context<'a>,
}

impl Listener for Watched<'_> {
    fn hear(&mut self, event: &Event) -> Result<()> {
        self.progress.show(event)?;
        if let Event::Attention { list } = event {
            let known = |new: &&Attention| {
                self.attention.iter().any(|old| old.account == new.account && old.error == new.error)
            };
            let new: Vec<_> = list.iter().filter(|attention| !known(attention)).cloned().collect();
            trouble(&new, self.names, self.context);
            self.attention.clone_from(list);
        }
        Ok(())
    }
}

/// Shows a run's events while it goes on. Ctrl-C stops the run, a second one the program.
async fn follow<T>(
    engine: &Engine,
    listener: &mut impl Listener,
    context: &Context<'_>,
    work: impl Future<Output = baton_core::Result<T>>,
) -> Result<T> {
    let running = engine.clone();
    follow_until(engine, listener, context, move || running.cancel(), work).await
}

async fn follow_until<T>(
    engine: &Engine,
    listener: &mut impl Listener,
    context: &Context<'_>,
    stop: impl Fn() + Send + 'static,
    work: impl Future<Output = baton_core::Result<T>>,
) -> Result<T> {
    let mut events = engine.listen();
    let stopping = tokio::spawn(stop_on_signal(stop, context.output));
    // Once nobody reads any more, the run goes on in silence: what is begun is not left half done.
    let mut listening = true;
    let mut hear = |event: Event| {
        note(&event);
        listening = listening && listener.hear(&event).is_ok();
    };
    let mut work = pin!(work);
    let result = loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => hear(event),
            result = &mut work => break result,
        }
    };
    while let Ok(event) = events.try_recv() {
        hear(event);
    }
    stopping.abort();
    Ok(result?)
}

/// Writes into the log what a run did.
fn note(event: &Event) {
    match event {
        Event::Run(RunEvent::StepDone { step, route, outcome, .. }) => match outcome {
            Outcome::Created { key, .. } => tracing::info!(step, route, id = key.id, "sent"),
            Outcome::AlreadyThere { .. } => tracing::info!(step, route, "already there"),
            Outcome::Skipped { skip } => tracing::debug!(step, route, reason = skip.name(), "skipped"),
            Outcome::Failed { error } => {
                tracing::warn!(step, route, kind = error.kind.name(), %error, "failed");
            }
        },
        Event::Run(RunEvent::Started { run }) => tracing::info!(run, "a run begins"),
        Event::Run(RunEvent::Finished { run, created, already_there, skipped, failed, error }) => {
            let ended_by = error.as_ref().map(|error| error.kind.name());
            tracing::info!(run, created, already_there, skipped, failed, ended_by, "a run ends");
        }
        _ => {}
    }
}

/// Waits for Ctrl-C or an order to end, and stops what is going on.
async fn stop_on_signal(stop: impl Fn(), output: Talk) {
    let Ok(mut signals) = Signals::new() else { return };
    signals.next().await;
    output.say("Stopping. What is left is sent by the next sync.");
    loop {
        // Again and again: the run may be about to begin just now.
        stop();
        tokio::select! {
            () = signals.next() => std::process::exit(130),
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
    }
}

/// Ctrl-C and, where there is one, the system's order to end.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals {})
    }

    async fn next(&mut self) {
        // An error means that this system has no Ctrl-C: then nothing ever comes.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn no_routes() -> Failure {
    Failure::usage("there are no routes yet").hint("`baton routes add <FROM> <TO>` says what goes where")
}

/// What is left to say after a run, and the exit status.
fn finish(summary: &RunSummary, names: &Names, context: &Context<'_>) -> Exit {
    let output = context.output;
    if summary.beyond_limit > 0 {
        let more = words::count(summary.beyond_limit, "more waits", "more wait");
        output.say(format!("{more} beyond the limit. The next sync goes on."));
    }
    let mut exit = if summary.failed > 0 { Exit::Partly } else { Exit::Done };
    exit = exit.worse(trouble(&summary.blocked, names, context));
    if let Some(error) = &summary.error {
        exit = exit.worse(Exit::of(&error.kind));
        // Whoever stopped it knows.
        if error.kind != ErrorKind::Cancelled {
            exit = exit.worse(output.report(error.clone().into()));
        }
    }
    exit
}

/// The accounts that a plan could not look at. What was in the way earlier and is not any more does not count.
async fn left_alone(engine: &Engine, mut events: Receiver) -> Result<Vec<Attention>> {
    let mut heard = None;
    while let Ok(event) = events.try_recv() {
        if let Event::Attention { list } = event {
            heard = Some(list);
        }
    }
    if let Some(list) = heard {
        return Ok(list);
    }
    let mut list = engine.attention().await?;
    list.retain(|attention| attention.error.kind.needs_person() || attention.error.kind.until().is_some());
    Ok(list)
}

/// Says which accounts could not go on, and what to do.
fn trouble(attention: &[Attention], names: &Names, context: &Context<'_>) -> Exit {
    attention.iter().fold(Exit::Done, |exit, attention| {
        let account = attention.account.as_deref();
        let service = account.and_then(|id| names.service(id).or(Some(id)));
        let failure = Failure::from(attention.error.clone());
        let failure = match words::next_step(&attention.error.kind, service) {
            Some(step) => failure.hint(step),
            None => failure,
        };
        exit.worse(context.output.report(failure))
    })
}
