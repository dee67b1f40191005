//! Runs: the nine stages, from a listing to a receipt. `look` lists and plans, `make` fetches and encodes ahead,
//! `deliver` hands over in order and records; `execute` lets them work side by side.

mod check;
mod deliver;
mod execute;
mod look;
mod make;
mod session;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use baton_core::{
    Attention, Changed, Entry, Error, ErrorKind, Event, IfSimilar, Result, RunEvent, Span, Time,
};
use serde::Serialize;

use crate::config::Route;
use crate::ledger::{EntryId, Run, Trigger};
use crate::plan::{self, Decision, Partner, Plan, Policy, Verdict};
use crate::{Engine, Stop, blocking, files};
pub(crate) use make::{clean_item, encode_options, merged};
use session::Session;

/// A program that is just being started holds copies of this one's open files, locks included, until it begins.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// What a plan or a sync is about. The default is every enabled route and what is new.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Only this route, even where it is disabled.
    pub route: Option<String>,
    /// What began earlier is left out; replaces the route's own first day.
    pub since: Option<Time>,
    /// What began at or after this moment is left out.
    pub until: Option<Time>,
    /// So many are sent at most, the oldest first.
    pub limit: Option<usize>,
    /// For a plan: also asks the destinations what they hold already. Such entries are skipped as delivered.
    pub look: bool,
    pub output: Output,
    pub trigger: Trigger,
}

/// Where the files go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Output {
    /// To the destinations.
    #[default]
    Deliver,
    /// Into this folder and nowhere else. Nothing is recorded as delivered, and what was delivered before is written
    /// too. Without any route, everything that any account records is written as FIT.
    Folder(PathBuf),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct RunSummary {
    pub run: i64,
    /// Created at a destination; with [`Output::Folder`] the files written.
    pub created: u64,
    pub already_there: u64,
    pub skipped: u64,
    pub failed: u64,
    /// How many more would have been sent but for the limit.
    pub beyond_limit: u64,
    /// The accounts that this run had to leave, and why.
    pub blocked: Vec<Attention>,
    /// Why it ended early; `Cancelled` where it was stopped.
    pub error: Option<Error>,
}

impl RunSummary {
    /// Whether somebody must sign in (or agree to something) before the rest can go.
    pub fn needs_person(&self) -> bool {
        self.blocked.iter().any(|attention| attention.error.kind.needs_person())
    }
}

impl Engine {
    /// What a sync would do now: lists and decides, and stops there.
    ///
    /// # Errors
    /// `BadInput` for an unknown route or a faulty configuration, `Storage`. An account that cannot be listed is no
    /// error: its entries are skipped as `AccountBlocked`, and [`Engine::attention`] tells why.
    pub async fn plan(&self, scope: &Scope) -> Result<Plan> {
        let mut session = Session::begin(self, scope.clone(), Stop::default()).await?;
        session.connect();
        let mut plan = look::look(&session).await?.plan;
        if session.scope.look {
            look::look_up(&session, &mut plan).await?;
        }
        Ok(plan)
    }

    /// Carries everything in the scope from its source to its destination, once.
    ///
    /// # Errors
    /// `Busy` where another sync is running, in this process or another; `BadInput`; `Storage`. What goes wrong later
    /// is in the summary, and each entry's end is an event.
    pub async fn sync(&self, scope: Scope) -> Result<RunSummary> {
        self.run(scope, Work::Sync).await
    }

    /// Sends entries to a destination, even if they were skipped or given up. What is there already is found and not
    /// sent twice. `if_similar` says what to do where something is there that begins and ends like one of them; `None`
    /// is as the route says.
    ///
    /// # Errors
    /// As [`Engine::sync`], and `BadInput` for an unknown entry or account.
    pub async fn send(
        &self,
        entries: &[EntryId],
        destination: &str,
        if_similar: Option<IfSimilar>,
    ) -> Result<RunSummary> {
        let (entries, to) = (entries.to_vec(), destination.to_owned());
        self.run(Scope::default(), Work::Send { entries, to, if_similar }).await
    }

    /// What an entry would be merged with if it were sent now, as far as listings have told; nothing is listed for it.
    pub(crate) async fn partner_of(&self, account: &str, entry: &Entry) -> Result<Option<Partner>> {
        let mut session = Session::begin(self, Scope::default(), Stop::default()).await?;
        if !session.routes.iter().any(|route| route.from == account && route.merges()) {
            return Ok(None);
        }
        session.connect();
        let (view, policy) = look::remembered(&session, entry.span).await?;
        let now = self.inner.now();
        let plan = plan::plan(&session.routes, &view, &Policy { blocked: HashSet::new(), ..policy }, now);
        let own = plan.decisions.into_iter().filter(|decision| decision.from == account);
        let mut with = own.filter_map(|decision| {
            let sends = decision.entries.iter().any(|sent| sent.key == entry.key);
            decision.merged_with.filter(|_| sends)
        });
        Ok(with.next())
    }

    /// Holds every sync off until it is dropped.
    ///
    /// # Errors
    /// `Busy` where one is running, in this process or another.
    pub(crate) async fn not_running(&self) -> Result<files::FileLock> {
        let busy = || Error::new(ErrorKind::Busy, "a sync is already running; wait for it or stop it first");
        if self.inner.running.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return Err(busy());
        }
        let path = self.home().join("locks/run.lock");
        let lock = blocking(move || files::lock(&path, LOCK_PATIENCE)).await;
        lock.map_err(|error| if error.kind == ErrorKind::Busy { busy() } else { error })
    }

    async fn run(&self, scope: Scope, work: Work) -> Result<RunSummary> {
        let _lock = self.not_running().await?;
        let stop = Stop::default();
        let _running = Running::mark(self, &stop);
        let (inner, trigger) = (&self.inner, scope.trigger);
        // Faults of the person's own come before anything is written down.
        let mut session = Session::begin(self, scope, stop).await?;
        session.routes = work.routes(&session)?;
        session.connect();
        self.expire().await;
        let started = inner.now();
        let id = inner.ledger.begin_run(trigger, started).await?;
        session.run = Some(id);
        inner.events.send(Event::Run(RunEvent::Started { run: id }));
        let session = Arc::new(session);
        let outcome = session.carry_out(&work).await;
        self.finish(&session, Run::started(id, trigger, started), outcome).await
    }

    async fn finish(&self, session: &Session, mut run: Run, outcome: Result<u64>) -> Result<RunSummary> {
        let inner = &self.inner;
        let tally = session.tally();
        run.finished = Some(inner.now());
        (run.created, run.already_there) = (tally.created, tally.already_there);
        (run.skipped, run.failed) = (tally.skipped, tally.failed);
        let beyond_limit = *outcome.as_ref().unwrap_or(&0);
        run.error = session.ended_by().or(outcome.err());
        session.unblock().await?;
        // A full disk must not hide what the run did.
        let recorded = inner.ledger.finish_run(run.clone()).await;
        run.error = run.error.or(recorded.err());
        inner.events.send(Event::Run(RunEvent::Finished {
            run: run.id,
            created: run.created,
            already_there: run.already_there,
            skipped: run.skipped,
            failed: run.failed,
            error: run.error.clone(),
        }));
        inner.events.send(Event::Changed { what: Changed::Runs });
        inner.events.send(Event::Changed { what: Changed::Entries });
        self.tell_accounts().await?;
        Ok(RunSummary {
            run: run.id,
            created: run.created,
            already_there: run.already_there,
            skipped: run.skipped,
            failed: run.failed,
            beyond_limit,
            blocked: session.blocked_accounts(),
            error: run.error,
        })
    }
}

/// What a run is to do.
enum Work {
    Sync,
    Send { entries: Vec<EntryId>, to: String, if_similar: Option<IfSimilar> },
}

impl Work {
    fn routes(&self, session: &Session) -> Result<Vec<Route>> {
        let Work::Send { entries, to, .. } = self else { return Ok(session.routes.clone()) };
        let accounts = &session.config.accounts;
        if !accounts.contains_key(to) {
            return Err(crate::accounts::no_account(to, accounts.keys()));
        }
        let mut sources: Vec<&str> = entries.iter().map(|entry| entry.account.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        Ok(sources.into_iter().map(|from| session.route_between(from, to)).collect())
    }
}

impl Session {
    /// Stages 1 to 9. Returns how many more there were than the limit allowed.
    async fn carry_out(self: &Arc<Self>, work: &Work) -> Result<u64> {
        let plan = match work {
            Work::Sync => {
                let looked = look::look(self).await?;
                if self.stop.is_stopped() {
                    return Ok(0);
                }
                look::write_down(self, &looked).await?;
                looked.plan
            }
            Work::Send { entries, to, if_similar } => self.plan_by_hand(entries, to, *if_similar).await?,
        };
        let (send, skip) = plan.counts();
        self.inner.events.send(Event::Run(RunEvent::Planned { send, skip }));
        execute::execute(self, &plan.decisions).await?;
        Ok(plan.beyond_limit)
    }

    /// The plan that a person made: everything named is sent.
    async fn plan_by_hand(
        &self,
        entries: &[EntryId],
        to: &str,
        if_similar: Option<IfSimilar>,
    ) -> Result<Plan> {
        let mut decisions = Vec::new();
        for id in entries {
            let line = self.inner.ledger.entry(id).await?.ok_or_else(|| {
                Error::bad_input(format!(
                    "{} has no entry “{}”; `list` shows those that there are",
                    id.account, id.key
                ))
            })?;
            let sending = |delivery: &&crate::Delivery| {
                delivery.destination == to && delivery.state == crate::DeliveryState::Sending
            };
            let begun = line.deliveries.iter().find(sending);
            let check_first = begun.is_some();
            let route = self.route_between(&id.account, to);
            // What was begun with another recording is finished with it.
            let if_similar = match begun.and_then(|begun| begun.merged_with.as_ref()) {
                Some(_) => IfSimilar::Merge,
                None => if_similar.unwrap_or(route.if_similar),
            };
            decisions.push(Decision {
                route: route.id,
                from: id.account.clone(),
                to: to.to_owned(),
                entries: vec![Arc::new(line.entry)],
                verdict: Verdict::Send { check_first, replaces: None, if_similar },
                merged_with: None,
                note: None,
                last: false,
            });
        }
        plan::sort(&mut decisions);
        decisions.dedup_by(|a, b| a.from == b.from && a.entries == b.entries);
        let merges = decisions.iter().any(Decision::merges);
        if let (true, Some(first), Some(last)) = (merges, decisions.first(), decisions.last()) {
            let span = Span::new(first.start(), last.start());
            let (view, policy) = look::remembered(self, span).await?;
            plan::find_partners(&mut decisions, &self.routes, &view, &policy);
        }
        Ok(Plan { decisions, beyond_limit: 0 })
    }
}

impl Run {
    fn started(id: i64, trigger: Trigger, started: Time) -> Run {
        let (created, already_there, skipped, failed) = (0, 0, 0, 0);
        Run { id, trigger, started, finished: None, created, already_there, skipped, failed, error: None }
    }
}

/// Lets the engine stop this run; forgotten when it is over, however it ends.
pub(crate) struct Running<'a>(&'a Engine);

impl<'a> Running<'a> {
    pub(crate) fn mark(engine: &'a Engine, stop: &Stop) -> Running<'a> {
        *engine.inner.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop.clone());
        Running(engine)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.inner.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.0.inner.events.end_progress();
    }
}
