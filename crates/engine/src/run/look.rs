//! Stages 1 and 2: lists the sources, then decides. No samples, and nothing is sent.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use baton_core::same::Outline;
use baton_core::{
    Entry, Event, IfSimilar, Kind, Result, RunEvent, ServiceInfo, SkipReason, Source, Span, Stage, Time,
    Window,
};
use chrono::TimeDelta;
use futures::StreamExt;
use futures::future::join_all;

use super::Output;
use super::session::Session;
use crate::config::Route;
use crate::hex;
use crate::ledger::{Coverage, DeliveryState, EntryId, PlannedRow};
use crate::plan::{self, Arrivals, Floor, Plan, Policy, Verdict, View};
use crate::routes;

/// So many entries are remembered in one commit.
const PAGE: usize = 256;
/// Own copies are looked for this much before and after the period.
const MARGIN: TimeDelta = TimeDelta::minutes(1);
/// Recordings of the same workout begin at other moments: those to be merged are looked for this much around a period.
const AROUND: TimeDelta = TimeDelta::hours(12);

/// A plan and, for each route, up to when its whole period has now been listed.
pub(super) struct Looked {
    pub plan: Plan,
    coverage: Vec<(String, Coverage)>,
}

/// The period that a route asks for.
struct Period {
    window: Window,
    /// What began earlier is too old.
    floor: Option<Floor>,
}

pub(super) async fn look(session: &Session) -> Result<Looked> {
    session.inner.entering(Stage::List);
    let now = session.inner.now();
    let mut periods = HashMap::new();
    let mut windows: HashMap<String, Window> = HashMap::new();
    for route in &session.routes {
        let period = period(session, route, now).await?;
        let window = windows.entry(route.from.clone()).or_insert(period.window);
        *window = union(*window, period.window);
        if route.merges() {
            for account in session.mergeable() {
                let window = windows.entry(account).or_insert(period.window);
                *window = union(*window, widened(period.window, AROUND));
            }
        }
        periods.insert(route.id.clone(), period);
    }
    let listed = join_all(windows.iter().map(|(account, window)| list(session, account, *window))).await;
    let complete: HashSet<&String> =
        windows.keys().zip(listed).filter_map(|(account, complete)| complete.then_some(account)).collect();
    if let Some(error) = session.ended_by() {
        return Err(error);
    }
    session.inner.entering(Stage::Plan);
    let view = view(session, &windows).await?;
    let floors = periods.iter().filter_map(|(id, period)| period.floor.map(|floor| (id.clone(), floor)));
    let policy = Policy { from: floors.collect(), ..policy(session) };
    let (routes, limit, until) = (session.routes.clone(), session.scope.limit, session.scope.until);
    let mut plan = crate::blocking(move || Ok(plan::plan(&routes, &view, &policy, now))).await?;
    if until.is_some() || session.scope.since.is_some() {
        let wanted = Window { from: session.scope.since, until };
        plan.decisions.retain(|decision| wanted.contains(decision.start()));
    }
    plan.limit(limit);
    let whole = session.scope.since.is_none() && until.is_none() && plan.beyond_limit == 0;
    let covered = session.routes.iter().filter(|route| whole && complete.contains(&route.from));
    let coverage =
        covered.map(|route| (route.id.clone(), Coverage { options: options(route), until: now })).collect();
    Ok(Looked { plan, coverage })
}

/// The rules of this moment, without any first day.
fn policy(session: &Session) -> Policy {
    Policy {
        writes: of_destinations(session, |info| info.writes),
        newest_only: of_destinations(session, |info| info.newest_only),
        replaces: of_destinations(session, |info| info.replaces),
        blocked: session.blocked_ids(),
        from: HashMap::new(),
        files_only: matches!(session.scope.output, Output::Folder(_)),
        mergeable: session.mergeable().into_iter().collect(),
    }
}

/// What the ledger knows of the routes' accounts around a time, with today's rules. Nothing is listed.
pub(super) async fn remembered(session: &Session, span: Span) -> Result<(View, Policy)> {
    let window = widened(Window { from: Some(span.start), until: Some(span.end) }, AROUND);
    let sources = session.routes.iter().map(|route| route.from.clone());
    let merged = session.routes.iter().any(Route::merges).then(|| session.mergeable());
    let accounts = sources.chain(merged.into_iter().flatten());
    let windows = accounts.map(|account| (account, window)).collect();
    Ok((view(session, &windows).await?, policy(session)))
}

/// Asks the destinations for what the plan would send: what is there already is skipped, unless it is to be sent beside
/// that. A destination that does not answer is left alone, and its entries are skipped as blocked: a plan never shows a
/// wrong count.
pub(super) async fn look_up(session: &Session, plan: &mut Plan) -> Result<()> {
    for decision in &mut plan.decisions {
        let (Verdict::Send { if_similar, .. }, [entry]) = (&decision.verdict, decision.entries.as_slice())
        else {
            continue;
        };
        // What is merged goes beside it, and so does what is sent anyway.
        if *if_similar == IfSimilar::Send || decision.merged_with.is_some() {
            continue;
        }
        let Some(connection) = session.connection(&decision.to) else { continue };
        let Some(destination) = connection.destination() else { continue };
        if session.blocked(&decision.to).is_none() {
            match destination.similar(entry.kind, &Outline::from(&**entry)).await {
                Ok(None) => continue,
                Ok(Some(_)) => {
                    decision.verdict = Verdict::Skip { skip: SkipReason::Delivered };
                    continue;
                }
                Err(error) if session.reached(&decision.to, &error).await => continue,
                Err(_) => {}
            }
        }
        if let Some(error) = session.ended_by() {
            return Err(error);
        }
        decision.verdict = Verdict::Skip { skip: SkipReason::AccountBlocked };
    }
    Ok(())
}

/// Writes the plan down before it is carried out: what is waiting outlives a crash, however long the history is, and
/// what is skipped has its row.
pub(super) async fn write_down(session: &Session, looked: &Looked) -> Result<()> {
    if session.scope.output != Output::Deliver {
        return Ok(());
    }
    let mut rows = Vec::new();
    for decision in &looked.plan.decisions {
        let skip = match &decision.verdict {
            // These have their row already.
            Verdict::Skip { skip: SkipReason::Delivered | SkipReason::GaveUp { .. } } => continue,
            // These are still to be sent.
            Verdict::Send { .. }
            | Verdict::Skip { skip: SkipReason::AccountBlocked | SkipReason::InProgress } => None,
            Verdict::Skip { skip } => Some(skip.clone()),
        };
        rows.extend(decision.entries.iter().map(|entry| PlannedRow {
            source: decision.from.clone(),
            key: entry.key.clone(),
            destination: decision.to.clone(),
            route: decision.route.clone(),
            start: entry.span.start,
            revision: entry.revision.clone(),
            skip: skip.clone(),
        }));
    }
    // Where two routes go the same way, sending comes after skipping and stays.
    rows.sort_by_key(|row| row.skip.is_none());
    let ledger = &session.inner.ledger;
    let written = ledger.put_plan(rows, session.inner.now());
    let covered = ledger.put_coverage(looked.coverage.clone());
    written.await?;
    covered.await
}

/// A route's own days, or the last weeks where the rest has been seen.
async fn period(session: &Session, route: &Route, now: Time) -> Result<Period> {
    let look_back = TimeDelta::days(i64::from(session.config.preferences.look_back_days));
    let until = match (session.scope.until, route.until) {
        (Some(scope), Some(route)) => Some(scope.min(route)),
        (scope, route) => scope.or(route),
    };
    if let Some(since) = session.scope.since {
        return Ok(Period {
            window: Window { from: Some(since), until },
            floor: Some(Floor { time: since, late_arrivals: false }),
        });
    }
    let coverage = session.inner.ledger.coverage(&route.id).await?;
    let covered = coverage.filter(|coverage| coverage.options == options(route));
    let recent = covered.as_ref().map_or(now, |coverage| coverage.until.min(now)) - look_back;
    let lists_all = session
        .connection(&route.from)
        .is_some_and(|connection| connection.source().is_some_and(Source::lists_all));
    let from = match (route.since, covered) {
        (Some(since), Some(_)) if !lists_all => since.max(recent),
        (Some(since), _) => since,
        (None, _) => recent,
    };
    let floor = Floor { time: route.since.unwrap_or(from), late_arrivals: route.since.is_none() };
    Ok(Period { window: Window { from: Some(from), until }, floor: Some(floor) })
}

/// What decides which entries a route carries. Where it changes, the whole period is listed again.
fn options(route: &Route) -> String {
    let chosen = (
        (&route.from, &route.to, &route.kinds, route.since, route.until),
        (&route.include_sports, &route.exclude_sports, route.join_gap_seconds, route.recorded_elsewhere),
    );
    hex::sha256_of(&[&serde_json::to_string(&chosen).unwrap_or_default()])
}

fn widened(window: Window, by: TimeDelta) -> Window {
    Window { from: window.from.map(|from| from - by), until: window.until.map(|until| until + by) }
}

fn union(a: Window, b: Window) -> Window {
    Window {
        from: a.from.zip(b.from).map(|(a, b)| a.min(b)),
        until: a.until.zip(b.until).map(|(a, b)| a.max(b)),
    }
}

/// Remembers one account's listing page by page. `true` where it came to its end.
async fn list(session: &Session, account: &str, window: Window) -> bool {
    if session.blocked(account).is_some() {
        return false;
    }
    let Some(connection) = session.connection(account) else { return false };
    let Some(source) = connection.source() else { return false };
    let mut pages = source.list(window).chunks(PAGE);
    let mut entries = 0;
    let mut keys = HashSet::new();
    loop {
        match session.stop.or(pages.next()).await {
            None => return false,
            Some(None) => break,
            Some(Some(page)) => {
                let mut failure = None;
                let mut good = Vec::with_capacity(page.len());
                for entry in page {
                    match entry {
                        Ok(entry) => {
                            keys.extend(entry.measured.is_some().then(|| entry.key.clone()));
                            good.push(entry);
                        }
                        Err(error) => {
                            failure = Some(error);
                            break;
                        }
                    }
                }
                entries += good.len() as u64;
                if let Err(error) = session.inner.ledger.put_entries(account, good).await {
                    session.end(error);
                    return false;
                }
                session
                    .inner
                    .events
                    .send(Event::Run(RunEvent::Listed { account: account.to_owned(), entries }));
                if let Some(error) = failure {
                    let error = error.while_doing(format!("listing {}", session.name(account)));
                    if session.reached(account, &error).await {
                        tracing::warn!(account, kind = error.kind.name(), "a listing ended early");
                    }
                    return false;
                }
            }
        }
    }
    let current_only = session.info(account).map_or(&[][..], |info| info.current_only);
    let now = session.inner.now();
    if let Err(error) = session.inner.ledger.put_gone(account, window, keys, current_only, now).await {
        session.end(error);
        return false;
    }
    session.worked(account);
    true
}

/// What the ledger knows of the periods, and of what is still open from before.
async fn view(session: &Session, windows: &HashMap<String, Window>) -> Result<View> {
    let ledger = &session.inner.ledger;
    let to_folder = session.scope.output != Output::Deliver;
    let mut view = View::default();
    for (account, window) in windows {
        let mut entries = ledger.entries_between(account, window.from, window.until).await?;
        let destinations: BTreeSet<&String> =
            session.routes.iter().filter(|route| route.from == *account).map(|route| &route.to).collect();
        let destinations: Vec<&String> = destinations.into_iter().filter(|_| !to_folder).collect();
        // Whether what may be merged went there by itself already.
        let merging = session.routes.iter().filter(|route| route.merges() && !to_folder);
        let merging: BTreeSet<&String> =
            merging.map(|route| &route.to).filter(|to| !destinations.contains(to)).collect();
        for destination in &destinations {
            merge(&mut entries, ledger.open_entries(account, destination).await?);
            for kind in session.info(destination).map_or(&[][..], |info| info.newest_only) {
                // What comes late is not the newest where a newer one went before the period.
                let newest = ledger.newest_delivered(account, destination, *kind).await?;
                merge(&mut entries, newest.into_iter().collect());
            }
        }
        // Some of them lie outside of the period, and may have gone to the other destinations long ago.
        let reach = reach(*window, &entries);
        for destination in destinations.into_iter().chain(merging) {
            let known = ledger.known_deliveries(account, destination, reach.from, reach.until).await?;
            for with in known.values().filter(|known| known.state == DeliveryState::Sending) {
                let Some(with) = &with.merged_with else { continue };
                let id = EntryId { account: with.account.clone(), key: with.key.clone() };
                if let Some(line) = ledger.entry(&id).await? {
                    view.begun.insert(id, Arc::new(line.entry));
                }
            }
            view.deliveries.insert((account.clone(), destination.clone()), known);
        }
        if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
            let (from, until) = (first.span.start - MARGIN, last.span.start + MARGIN);
            let arrivals = ledger.arrivals(account, Some(from), Some(until)).await?;
            view.arrivals.insert(account.clone(), Arrivals::new(arrivals));
        }
        view.entries.insert(account.clone(), entries);
    }
    if !to_folder {
        add_ways_back(session, windows, &mut view).await?;
    }
    Ok(view)
}

/// Adds what went with another entry, and what must not come back to where it is from.
async fn add_ways_back(session: &Session, windows: &HashMap<String, Window>, view: &mut View) -> Result<()> {
    let ledger = &session.inner.ledger;
    for route in &session.routes {
        let Some(window) = windows.get(&route.from) else { continue };
        let entries = view.entries.get(&route.from).map(Vec::as_slice).unwrap_or_default();
        let reach = widened(reach(*window, entries), AROUND);
        // A route that was switched off may have carried before.
        let all = session.config.routes.values();
        if routes::way(all, &route.to, &route.from, Kind::Activity).is_some() {
            let carried_on = ledger.carried_on(&route.to, reach.from, reach.until).await?;
            view.carried_on.insert((route.from.clone(), route.to.clone()), carried_on);
        }
        let merged = ledger.merged(&route.to, reach.from, reach.until).await?;
        view.merged.entry(route.to.clone()).or_default().extend(merged);
    }
    Ok(())
}

/// The period, stretched to the first and the last of these.
fn reach(period: Window, entries: &[Arc<Entry>]) -> Window {
    let starts = || entries.iter().map(|entry| entry.span.start);
    let after = starts().max().map(|last| last + TimeDelta::milliseconds(1));
    Window {
        from: period.from.map(|from| starts().fold(from, Time::min)),
        until: period.until.map(|until| after.map_or(until, |after| until.max(after))),
    }
}

/// Adds what is not among them yet; oldest first, as before.
fn merge(entries: &mut Vec<Arc<Entry>>, more: Vec<Arc<Entry>>) {
    if more.is_empty() {
        return;
    }
    let known: HashSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    let new: Vec<Arc<Entry>> = more.into_iter().filter(|entry| !known.contains(entry.key.as_str())).collect();
    entries.extend(new);
    entries.sort_by(|a, b| a.span.start.cmp(&b.span.start).then_with(|| a.key.cmp(&b.key)));
}

/// What the service of each destination says of some kinds.
fn of_destinations(
    session: &Session,
    kinds: impl Fn(&ServiceInfo) -> &'static [Kind],
) -> HashMap<String, Vec<Kind>> {
    if session.scope.output != Output::Deliver {
        return HashMap::new();
    }
    let ends = session.routes.iter().map(|route| &route.to);
    ends.filter_map(|account| session.info(account).map(|info| (account.clone(), kinds(info).to_vec())))
        .collect()
}
